"""When a rule runs: its schedule, its threshold and its suppression.

The trap: the bounds of two values are not the whole rule. The service also compares them: a period
below the frequency leaves gaps, and from two days of period on it refuses more than one run an
hour.
"""

from __future__ import annotations

from datetime import timedelta

from vedette.finding import Finding
from vedette.model import limits
from vedette.model.assumptions import SHORTEST_SUPPRESSION, named, suppresses_nothing
from vedette.model.detection import Schedule, Suppression, TriggerOperator
from vedette.model.document import Document
from vedette.model.durations import short_duration
from vedette.model.reading import duration_at, value_at
from vedette.model.shape import count, text


def load_schedule(document: Document) -> tuple[Schedule | None, list[Finding]]:
    """The schedule of a Scheduled rule; None if one of its four values is missing or unusable."""
    shortest, longest = limits.SHORTEST_SCHEDULE, limits.LONGEST_SCHEDULE
    frequency, findings = duration_at(
        document, ("queryFrequency",), shortest, longest, "frequency-out-of-range"
    )
    period, more = duration_at(document, ("queryPeriod",), shortest, longest, "period-out-of-range")
    findings += more
    if frequency is not None and period is not None:
        findings += _compare(document, frequency, period)
    operator = _operator(text(value_at(document, ("triggerOperator",))))
    threshold = count(value_at(document, ("triggerThreshold",)))
    if frequency is None or period is None or operator is None or threshold is None:
        return None, findings
    return Schedule(frequency, period, operator, threshold), findings


def _compare(document: Document, frequency: timedelta, period: timedelta) -> list[Finding]:
    findings: list[Finding] = []
    if period < frequency:
        message = (
            f"'queryPeriod' ({short_duration(period)}) is below 'queryFrequency' "
            f"({short_duration(frequency)}): no run would see what happens in between"
        )
        hint = f"look back at least {short_duration(frequency)}"
        place = document.locate(("queryPeriod",))
        findings.append(Finding(place, "period-below-frequency", message, hint))
    if period >= limits.LONG_PERIOD and frequency < limits.LONG_PERIOD_FREQUENCY:
        message = (
            f"a rule that looks back {short_duration(period)} may run once an hour at most, "
            f"not every {short_duration(frequency)}"
        )
        hint = "a 'queryPeriod' of 2d or more needs a 'queryFrequency' of 1h or more"
        place = document.locate(("queryFrequency",))
        findings.append(Finding(place, "long-period-frequency", message, hint))
    return findings


def _operator(name: str) -> TriggerOperator | None:
    return named(limits.SHORT_OPERATORS.get(name.casefold(), name), TriggerOperator)


def load_suppression(
    document: Document, schedule: Schedule | None
) -> tuple[Suppression, list[Finding]]:
    """The suppression, by default off; ``schedule`` is the rule's, None if it has none."""
    path = ("suppressionDuration",)
    duration, findings = duration_at(
        document,
        path,
        SHORTEST_SUPPRESSION,
        limits.LONGEST_SUPPRESSION,
        "suppression-out-of-range",
    )
    enabled = value_at(document, ("suppressionEnabled",)) is True
    if duration is None:
        path, duration = ("suppressionEnabled",), Suppression().duration
    frequency = timedelta() if schedule is None else schedule.frequency
    if enabled and suppresses_nothing(frequency, duration):
        message = (
            f"the suppression of {short_duration(duration)} ends before the next run, "
            f"{short_duration(frequency)} later: it suppresses nothing"
        )
        hint = f"suppress for at least {short_duration(frequency)}, or not at all"
        place = document.locate(path)
        findings.append(Finding(place, "suppression-below-frequency", message, hint))
    return Suppression(enabled, duration), findings
