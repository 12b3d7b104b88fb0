"""What Defender XDR makes of a rule: a custom detection's runs and alerts.

The trap: the same file makes two rules that see different spans of time and alert differently.
Here is only what differs; the rest of a run is that of an analytics rule.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from vedette.engine.base import Rows, TimeWindow
from vedette.model.defender import ALERTS, LOOK_BACKS
from vedette.model.detection import AggregationKind, AlertDetails, Kind
from vedette.simulate import assumptions
from vedette.simulate.alerts import AlertRun, alerts_from
from vedette.simulate.schedule import executes_at, window_of
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


def sight_of(
    rule: AnalyticsRule, scheduled: datetime, *, first: bool = False
) -> tuple[TimeWindow, datetime]:
    """What the run scheduled for ``scheduled`` sees of every table, and when it executes.

    ``first``: it is the first run of a new rule. A continuous rule only sees what comes in.

    Raises:
        ValueError: Defender XDR has no such frequency.
    """
    if rule.kind is Kind.NRT:
        return window_of(rule, scheduled), executes_at(rule, scheduled)
    frequency = None if rule.schedule is None else rule.schedule.frequency
    if frequency is None or frequency not in LOOK_BACKS:
        raise ValueError(f"rule {rule.id}: no look-back for a frequency of {frequency}")
    look_back = FIRST_LOOK_BACK if first else LOOK_BACKS[frequency]
    window = assumptions.look_back_before(scheduled, look_back)
    return window, scheduled + assumptions.CUSTOM_DETECTION_DELAY


def custom_alerts(rule: AnalyticsRule, rows: Rows, *, scheduled: datetime) -> AlertRun:
    """The alerts of a run, at most 150 and none of them twice; ``rule`` as ``custom_detection``."""
    run = alerts_from(rule, Rows(rows.columns, rows.rows[:ALERTS]), scheduled=scheduled)
    kept: list[Alert] = []
    for alert in run.alerts:
        if not any(assumptions.is_repeated(_identity(alert), _identity(one)) for one in kept):
            kept.append(alert)
    return replace(run, alerts=tuple(kept), rows_count=len(rows.rows))


def _identity(alert: Alert) -> object:
    return alert.entities, dict(alert.custom_details), alert.title, alert.description
