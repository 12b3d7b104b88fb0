"""What Defender XDR makes of a rule: a custom detection's runs and alerts.

The trap: the same file makes two rules that see different spans of time and alert differently.
Here is only what differs; the rest of a run is that of an analytics rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from vedette.engine.base import Rows, TimeWindow
from vedette.model.defender import ALERTS, LOOK_BACKS
from vedette.model.detection import (
    AggregationKind,
    AlertDetails,
    Kind,
    Schedule,
    TriggerOperator,
)
from vedette.simulate import assumptions
from vedette.simulate.alerts import AlertRun, alerts_from
from vedette.simulate.schedule import NRT_FREQUENCY, NRT_PERIOD, executes_at, window_of
from vedette.simulate.types import Alert, AnalyticsRule


def custom_detection(rule: AnalyticsRule) -> AnalyticsRule:
    """The rule with what a custom detection has of it: texts with columns, an alert for each row.

    Severity, tactics and other properties are the rule's own, whatever the columns say.
    """
    details = AlertDetails(rule.alert_details.name_format, rule.alert_details.description_format)
    return replace(
        rule, alert_details=details, aggregation=AggregationKind.ALERT_PER_RESULT, suppression=None
    )


#: The first run of a new rule looks back so far, whatever its frequency (custom-detection-rules).
FIRST_LOOK_BACK = timedelta(days=30)
_ANY_ROW = Schedule(NRT_FREQUENCY, NRT_PERIOD, TriggerOperator.GREATER_THAN, 0)
#: How often a rule may run that does not run continuously.
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(days=14)


def sight_of(
    rule: AnalyticsRule,
    scheduled: datetime,
    *,
    first: bool = False,
    look_back: timedelta | None = None,
) -> tuple[TimeWindow, datetime]:
    """What the run scheduled for ``scheduled`` sees of every table, and when it executes.

    ``first``: it is the first run of a new rule. A continuous rule only sees what comes in.
    ``look_back`` is that of a rule that says it itself, instead of that of its frequency.

    Raises:
        ValueError: Defender XDR has no such frequency.
    """
    if rule.kind is Kind.NRT:
        return window_of(rule, scheduled), executes_at(rule, scheduled)
    frequency = None if rule.schedule is None else rule.schedule.frequency
    look_back = look_back or LOOK_BACKS.get(frequency or timedelta())
    if look_back is None:
        raise ValueError(f"rule {rule.id}: no look-back for a frequency of {frequency}")
    window = assumptions.look_back_before(scheduled, FIRST_LOOK_BACK if first else look_back)
    return window, scheduled + assumptions.CUSTOM_DETECTION_DELAY


def look_back_of(frequency: timedelta) -> timedelta:
    """How far back a rule with this frequency looks, also one over Sentinel's tables alone.

    Raises:
        ValueError: no rule runs that often or that rarely.
    """
    known = LOOK_BACKS.get(frequency)
    if known is not None:
        return known
    if not SHORTEST <= frequency <= LONGEST:
        raise ValueError(f"no custom detection runs every {frequency}")
    return frequency * 4 if frequency < timedelta(days=1) else FIRST_LOOK_BACK


@dataclass(frozen=True, slots=True)
class CustomRun:
    """What a run came to, and which alerts were seen when, by what makes two of them one."""

    made: AlertRun
    seen: Mapping[str, datetime]


def custom_alerts(rule: AnalyticsRule, rows: Rows, *, scheduled: datetime) -> AlertRun:
    """The alerts of a run, at most 150 and none of them twice; ``rule`` as ``custom_detection``."""
    return custom_run(rule, rows, scheduled=scheduled).made


def custom_run(
    rule: AnalyticsRule,
    rows: Rows,
    *,
    scheduled: datetime,
    window: TimeWindow | None = None,
    seen: Mapping[str, datetime] | None = None,
) -> CustomRun:
    """The same for a run among others.

    ``window`` is what the run saw; ``seen`` is what the run before left: an alert that was made or
    found again by a run in the window is not made once more.
    """
    if rule.kind is Kind.NRT:
        # Sentinel's rules of that kind sum up from the thirtieth row on.
        rule = replace(rule, kind=Kind.SCHEDULED, schedule=_ANY_ROW)
    run = alerts_from(rule, Rows(rows.columns, rows.rows[:ALERTS]), scheduled=scheduled)
    known = {
        one: last for one, last in (seen or {}).items() if window is None or last >= window.start
    }
    kept: list[Alert] = []
    for alert in run.alerts:
        ours = _identity(alert)
        repeated = next((one for one in known if assumptions.is_repeated(ours, one)), None)
        if repeated is None:
            kept.append(_at(alert, scheduled, window))
        known[repeated or ours] = scheduled
    return CustomRun(replace(run, alerts=tuple(kept), rows_count=len(rows.rows)), known)


def _at(alert: Alert, scheduled: datetime, window: TimeWindow | None) -> Alert:
    """The alert with the times that it has here: those of a run without Sentinel's delay."""
    if window is None:
        return alert
    cells = (row.get(name) for row in alert.rows for name in ("Timestamp", "TimeGenerated"))
    times = [cell for cell in cells if isinstance(cell, datetime)] or [window.start, window.end]
    created = scheduled + assumptions.CUSTOM_DETECTION_DELAY
    return replace(alert, created=created, start=min(times), end=max(times))


def _identity(alert: Alert) -> str:
    shown = (alert.entities, sorted(alert.custom_details.items()), alert.title, alert.description)
    return sha256(repr(shown).encode("utf-8", errors="surrogatepass")).hexdigest()
