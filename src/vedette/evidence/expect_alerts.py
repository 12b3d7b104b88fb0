"""Compares the alerts of a run with what a case expects of them, and says what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from vedette.evidence.cells import same_text, show
from vedette.evidence.pairing import pair
from vedette.model.case import Expectation, ExpectedAlert, Record
from vedette.simulate.alerts import AlertRun
from vedette.simulate.text import cell_text
from vedette.simulate.types import Alert, Entity

#: Further alerts are counted, not shown.
_SHOWN_ALERTS = 5


def alert_differences(expect: Expectation, run: AlertRun, now: datetime) -> tuple[str, ...]:
    """What is not as expected, a line each; empty if all is. The order of alerts does not count."""
    alerts = run.alerts
    if expect.alerts is None:
        if expect.alert_count is None or expect.alert_count == len(alerts):
            return ()
        return (*_count(expect.alert_count, run), *_unexpected(alerts, range(len(alerts))))

    def fits(wanted: ExpectedAlert, alert: Alert) -> bool:
        return not differences(wanted, alert, now)

    pairs = pair(expect.alerts, alerts, fits)
    lines = _count(len(expect.alerts), run) if len(expect.alerts) != len(alerts) else []
    free = [index for index in range(len(alerts)) if index not in pairs.values()]
    for index, wanted in enumerate(expect.alerts):
        if index not in pairs:
            lines += _missing(index, wanted, alerts, free, now)
    return (*lines, *_unexpected(alerts, free))


def differences(wanted: ExpectedAlert, alert: Alert, now: datetime) -> list[str]:
    """What ``alert`` shows otherwise than ``wanted``, a line for each part that is asked for."""
    lines: list[str] = []
    for name, expected, got in (
        ("title", wanted.title, alert.title),
        ("description", wanted.description, alert.description),
        ("severity", wanted.severity, alert.severity.value),
    ):
        if expected is not None and expected != got:
            lines.append(f"{name}: expected {show(expected)}, got {show(got)}")
    if wanted.tactics is not None and set(wanted.tactics) != set(alert.tactics):
        got_tactics = ", ".join(alert.tactics) or "none"
        lines.append(f"tactics: expected {', '.join(wanted.tactics) or 'none'}, got {got_tactics}")
    for entity in wanted.entities or ():
        lines += entity_differences(entity, alert.entities)
    for name, values in (wanted.custom_details or {}).items():
        lines += _detail_difference(name, values, alert.custom_details, now)
    return lines


def entity_differences(wanted: Record, entities: Sequence[Entity]) -> list[str]:
    """A line unless some entity of the alert has the type and all identifiers of ``wanted``."""
    kind = cell_text(wanted.get("type"))
    identifiers = {name: cell_text(value) for name, value in wanted.items() if name != "type"}
    of_kind = [dict(entity.identifiers) for entity in entities if entity.type == kind]
    if any(identifiers.items() <= found.items() for found in of_kind):
        return []
    got = "; ".join(_shown(found) for found in of_kind) or f"no {kind}"
    return [f"entity {kind}: expected {_shown(identifiers)}, got {got}"]


def _detail_difference(
    name: str, wanted: Sequence[str], details: Mapping[str, tuple[str, ...]], now: datetime
) -> list[str]:
    got = details.get(name, ())
    values = [value for value in wanted if value]
    pairs = pair(values, got, lambda one, other: same_text(one, other, now))
    if len(pairs) == len(values) == len(got):
        return []
    return [f"custom detail {name}: expected {show(list(wanted))}, got {show(list(got))}"]


def _count(expected: int, run: AlertRun) -> list[str]:
    line = f"alerts: expected {expected}, got {len(run.alerts)}"
    rows = "1 row" if run.rows_count == 1 else f"{run.rows_count} rows"
    if run.rows_count == 0:
        return [f"{line}: the query returned no rows"]
    return [line if run.fired else f"{line}: {rows} did not meet the rule's threshold"]


def _missing(
    index: int,
    wanted: ExpectedAlert,
    alerts: Sequence[Alert],
    free: Sequence[int],
    now: datetime,
) -> list[str]:
    candidates = free or range(len(alerts))
    nearest = min(
        candidates, key=lambda at: len(differences(wanted, alerts[at], now)), default=None
    )
    if nearest is None:
        return [f"expected alert {index + 1} is missing"]
    lines = [f"expected alert {index + 1} is missing; nearest is alert {nearest + 1}:"]
    lines += [f"    {line}" for line in differences(wanted, alerts[nearest], now)]
    if nearest not in free:
        lines.append("    which another expected alert has matched already")
    return lines


def _unexpected(alerts: Sequence[Alert], indices: Sequence[int]) -> list[str]:
    lines = [
        f"alert {index + 1} was not expected: {alerts[index].severity} {show(alerts[index].title)}"
        for index in indices[:_SHOWN_ALERTS]
    ]
    if len(indices) > _SHOWN_ALERTS:
        lines.append(f"and {len(indices) - _SHOWN_ALERTS} more")
    return lines


def _shown(identifiers: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {show(value)}" for name, value in identifiers.items())
