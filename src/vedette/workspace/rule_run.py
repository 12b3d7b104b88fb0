"""One run of one rule: bind, run, alert, group; and a record of what came of it.

The records are those of SentinelHealth in small: status, counts, and the service's own reasons
(monitor-analytics-rule-integrity). A query that the engine does not run faithfully is neither a
success nor a failure of the rule: its status is ``Unsupported``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vedette.engine.base import Rows
from vedette.errors import UnsupportedError, VedetteError
from vedette.kql.bound import BoundQuery
from vedette.simulate.alerts import AlertRun, alerts_from
from vedette.simulate.assumptions import query_clock
from vedette.simulate.incidents import group
from vedette.simulate.schedule import window_of
from vedette.simulate.types import Alert, AnalyticsRule, Incident
from vedette.workspace.compilation import Compilation
from vedette.workspace.event_feed import EventFeed
from vedette.workspace.iso8601 import format_time
from vedette.workspace.own_life import OwnLife
from vedette.workspace.validation_query import (
    TABLE_MISSING,
    missing_function,
    semantic_refusal,
    syntax_refusal,
)

SUCCESS, FAILURE, UNSUPPORTED = "Success", "Failure", "Unsupported"


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The new alerts, all incidents as they are now, and the record of the run."""

    alerts: tuple[Alert, ...]
    incidents: tuple[Incident, ...]
    record: dict[str, Any]


class RuleRunner:
    """Runs rules on the engine; a rule that fails leaves a record and raises nothing."""

    def __init__(self, compilation: Compilation, feed: EventFeed, life: OwnLife) -> None:
        self._compilation = compilation
        self._feed = feed
        self._life = life

    def run(
        self,
        rule: AnalyticsRule,
        incidents: tuple[Incident, ...],
        *,
        scheduled: datetime,
        executed: datetime,
    ) -> RunOutcome:
        """Make the run scheduled for ``scheduled``; it sees what was ingested by ``executed``."""
        made: AlertRun | None = None
        bound = self._compilation.bind(rule.query)
        status, reason = FAILURE, _binding_failure(self._compilation.at_fault(rule.query))
        if not reason:
            try:
                rows = self._rows(rule, bound, scheduled, executed)
            except UnsupportedError as error:
                status = UNSUPPORTED
                reason = f"The local workspace cannot run this query as the service would: {error}"
            except VedetteError as error:
                reason = f"The local workspace failed to run the query: {error}"
            else:
                made = alerts_from(rule, rows, scheduled=scheduled)
                status, reason = SUCCESS, _success(rule, made)
        alerts = made.alerts if made else ()
        grouped = group(incidents, alerts, rule, now=executed) if alerts else incidents
        record = {
            "rule": rule.id,
            "ruleName": rule.name,
            "kind": rule.kind.value,
            "scheduled": format_time(scheduled),
            "executed": format_time(executed),
            "status": status,
            "rows": made.rows_count if made else 0,
            "alerts": len(alerts),
            "droppedEntities": made.dropped_entities if made else 0,
            "reason": reason,
        }
        self._life.ran(rule, record, alerts)
        return RunOutcome(alerts, grouped, record)

    def _rows(
        self, rule: AnalyticsRule, bound: BoundQuery, scheduled: datetime, executed: datetime
    ) -> Rows:
        self._life.flush_for(bound.tables)
        engine, window = self._feed.engine_at(executed), window_of(rule, scheduled)
        return engine.run(bound, now=query_clock(scheduled), window=window)


def _binding_failure(bound: BoundQuery) -> str:
    """Why the query cannot run in the workspace as it is now, or empty."""
    if bound.ok:
        return ""
    if syntax_refusal(bound):
        return "A syntax error occurred while running the query."
    if semantic_refusal(bound) == TABLE_MISSING:
        return "A table referenced in the query was not found."
    if missing_function(bound):
        return "A function called by the query was not found."
    return "A semantic error occurred while running the query."


def _success(rule: AnalyticsRule, made: AlertRun) -> str:
    if not made.fired:
        threshold = rule.schedule.threshold if rule.schedule else 0
        return (
            f"Rule executed successfully, but did not reach the threshold ({threshold}) required "
            "to generate an alert."
        )
    text = f"Rule executed successfully, generating {len(made.alerts)} alert(s)."
    if made.dropped_entities:
        text += (
            f" {made.dropped_entities} entities were dropped in alert {rule.name} due to entity "
            "mapping issues."
        )
    return text
