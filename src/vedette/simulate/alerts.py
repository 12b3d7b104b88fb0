"""The alerts that a run's rows become.

The trap: with an alert for each row, the last alert of a run that returns too many rows summarises
*all* of them, those that have an alert of their own too (scheduled-rules-overview).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vedette.engine.base import Rows, TimeWindow
from vedette.model.detection import AggregationKind, Kind
from vedette.simulate import assumptions, details, limits
from vedette.simulate.assumptions import Row
from vedette.simulate.entities import extract
from vedette.simulate.identity import alert_id
from vedette.simulate.schedule import executes_at, fires, window_of
from vedette.simulate.types import Alert, AnalyticsRule


@dataclass(frozen=True, slots=True)
class AlertRun:
    """What one run came to: its alerts, the entities they lack, and whether the threshold was met.

    ``fired`` with no alerts is possible: an alert for each row of a run that fires on no rows.
    """

    alerts: tuple[Alert, ...]
    dropped_entities: int
    rows_count: int
    fired: bool


def alerts_from(rule: AnalyticsRule, rows: Rows, *, scheduled: datetime) -> AlertRun:
    """What the service makes of ``rows``, the result of the run scheduled for ``scheduled``."""
    records = rows.records()
    fired = fires(rule, len(records))
    made = [
        _alert(rule, group, scheduled, index)
        for index, group in enumerate(_groups(rule, records) if fired else ())
    ]
    return AlertRun(
        alerts=tuple(alert for alert, _ in made),
        dropped_entities=sum(dropped for _, dropped in made),
        rows_count=len(records),
        fired=fired,
    )


def _groups(rule: AnalyticsRule, records: Sequence[Row]) -> list[Sequence[Row]]:
    """The rows behind each alert of the run."""
    if rule.aggregation is AggregationKind.SINGLE_ALERT:
        return [records]
    most = limits.MAX_NRT_ALERTS if rule.kind is Kind.NRT else limits.MAX_ALERTS
    if len(records) <= most:
        return [[record] for record in records]
    return [*([record] for record in records[: most - 1]), records]


def _alert(
    rule: AnalyticsRule, rows: Sequence[Row], scheduled: datetime, index: int
) -> tuple[Alert, int]:
    """The alert ``index`` of the run, and how many of its entities were dropped."""
    extraction = extract(rule.entity_mappings, rows)
    start, end = _bounds(rows, window_of(rule, scheduled))
    alert = Alert(
        id=alert_id(rule.id, scheduled, index),
        rule_id=rule.id,
        rule_name=rule.name,
        title=details.name_of(rule, rows),
        description=details.description_of(rule, rows),
        severity=details.severity_of(rule, rows),
        created=executes_at(rule, scheduled),
        start=start,
        end=end,
        tactics=details.tactics_of(rule, rows),
        techniques=details.techniques_of(rule, rows),
        entities=extraction.entities,
        custom_details=details.custom_details_of(rule, rows),
        properties=details.properties_of(rule, rows),
        rows=tuple(rows),
    )
    return alert, extraction.dropped


def _bounds(rows: Sequence[Row], window: TimeWindow) -> tuple[datetime, datetime]:
    cells = (row.get(assumptions.EVENT_TIME_COLUMN) for row in rows)
    times = [cell for cell in cells if isinstance(cell, datetime)]
    return (min(times), max(times)) if times else (window.start, window.end)
