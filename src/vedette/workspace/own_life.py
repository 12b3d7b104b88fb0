"""Writes what happens in the workspace into its own tables, where queries and rules find it.

The trap: a month of schedule is fourteen thousand runs, and a row at a time takes longer than the
runs. Rows wait in memory until somebody reads these tables, or until the request ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from vedette.engine.base import TimeWindow
from vedette.schema.types import TableSchema
from vedette.simulate.automation import AutomationRun
from vedette.simulate.types import Alert, AnalyticsRule, Incident
from vedette.workspace.assumptions import incident_written_by
from vedette.workspace.iso8601 import EPOCH, format_time, parse_time
from vedette.workspace.journal import Event, Journal
from vedette.workspace.own_rows import (
    ALERT,
    AUDIT,
    HEALTH,
    INCIDENT,
    OWN_TABLES,
    USAGE,
    Row,
    alert_row,
    audit_row,
    automation_row,
    health_row,
    incident_row,
    usage_row,
)
from vedette.workspace.settings import Scope
from vedette.workspace.store import Store

_HOUR = timedelta(hours=1)
_COUNTED = "usageCountedUntil"


class OwnLife:
    """SentinelHealth, SentinelAudit, SecurityAlert, SecurityIncident and Usage.

    Tables that the workspace does not have are passed over, columns too.
    """

    def __init__(
        self, store: Store, journal: Journal, tables: Mapping[str, TableSchema], scope: Scope
    ) -> None:
        self._store = store
        self._journal = journal
        self._scope = scope
        self._columns = {
            name: frozenset(column.name for column in tables[name].columns)
            for name in OWN_TABLES
            if name in tables
        }
        self._waiting: list[Event] = []

    def ran(self, rule: AnalyticsRule, record: Mapping[str, Any]) -> None:
        """An analytics rule was run."""
        executed = parse_time(record["executed"])
        self._add(HEALTH, health_row(self._scope, rule, record), executed)

    def alerted(
        self,
        rule: AnalyticsRule,
        record: Mapping[str, Any],
        alerts: tuple[Alert, ...],
        window: TimeWindow,
    ) -> None:
        """A run that saw ``window`` made these alerts."""
        executed = parse_time(record["executed"])
        for alert in alerts:
            self._add(ALERT, alert_row(self._scope, rule, alert, record, window), executed)

    def rule_written(
        self,
        rule: str,
        before: Mapping[str, Any] | None,
        after: Mapping[str, Any] | None,
        caller: Mapping[str, str],
    ) -> None:
        """Somebody created, changed or deleted a rule."""
        now = self._store.clock
        row = audit_row(self._scope, rule, before, after, now=now, caller=caller)
        self._add(AUDIT, row, now)

    def incident_written(
        self, incident: Incident, shown: Mapping[str, Any], *, created: bool, automation: str = ""
    ) -> None:
        """An incident was opened or changed, by an automation rule if one is named."""
        now = self._store.clock
        by = incident_written_by(
            created=created, by_rule=bool(incident.alerts), automation=automation
        )
        self._add(INCIDENT, incident_row(self._scope, incident, shown, now=now, by=by), now)

    def automation_ran(
        self, run: AutomationRun, incident: Incident, alert: Alert | None = None
    ) -> None:
        """An automation rule ran on an incident, or on an alert."""
        now = self._store.clock
        self._add(HEALTH, automation_row(self._scope, run, incident, alert, now=now), now)

    def clock_moved(self, until: datetime) -> None:
        """Count what was sent in each whole hour that has passed."""
        end = EPOCH + (until - EPOCH) // _HOUR * _HOUR
        counted = self._store.fact(_COUNTED)
        start = parse_time(counted) if counted else EPOCH
        if end <= start:
            return
        for table, hour, size in self._journal.sizes_between(start, end):
            row = usage_row(self._scope, table, size, start=hour, end=hour + _HOUR)
            self._add(USAGE, row, hour + _HOUR)
        self._store.set_fact(_COUNTED, format_time(end))

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._journal.add_events(waiting, own=True)

    def flush_for(self, tables: Mapping[str, object]) -> None:
        """Write what waits if a query reads these tables."""
        if not OWN_TABLES.isdisjoint(tables):
            self.flush()

    def forget(self) -> None:
        """Drop what waits: it did not happen."""
        self._waiting = []

    def _add(self, table: str, row: Row, at: datetime) -> None:
        columns = self._columns.get(table)
        if columns is not None:
            kept = {name: value for name, value in row.items() if name in columns}
            self._waiting.append(Event(table, at, kept))
