"""One run of one rule: bind, run, alert, group; and a record of what came of it.

The records are those of SentinelHealth in small: status, counts, and the service's own reasons
(monitor-analytics-rule-integrity). A query that the engine does not run faithfully is neither a
success nor a failure of the rule: its status is ``Unsupported``.

The trap: the query may run beside other work, the rest may not. ``prepare`` and ``conclude`` read
and write the state, ``fetch`` does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from vedette.engine.base import Rows, TimeWindow
from vedette.errors import UnsupportedError, VedetteError
from vedette.kql.bound import BoundQuery
from vedette.model.product import Product
from vedette.simulate.alerts import AlertRun, alerts_from
from vedette.simulate.assumptions import query_clock
from vedette.simulate.custom_detection import custom_run
from vedette.simulate.incidents import group
from vedette.simulate.types import Alert, AnalyticsRule, Incident
from vedette.workspace.compilation import Compilation
from vedette.workspace.event_feed import EventFeed, Snapshot
from vedette.workspace.iso8601 import format_time
from vedette.workspace.own_life import OwnLife
from vedette.workspace.own_rows import OWN_TABLES
from vedette.workspace.tasks import Task
from vedette.workspace.validation_query import (
    TABLE_MISSING,
    missing_function,
    semantic_refusal,
    syntax_refusal,
)

SUCCESS, FAILURE, UNSUPPORTED = "Success", "Failure", "Unsupported"


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the rules of one product find their names, and their events."""

    compilation: Compilation
    feed: EventFeed


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The new alerts, all incidents as they are now, and the record of the run.

    ``seen`` is what the next run of a custom detection has to know of the alerts before.
    """

    alerts: tuple[Alert, ...]
    incidents: tuple[Incident, ...]
    record: dict[str, Any]
    seen: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run whose query is bound; ``failure`` says why that cannot run."""

    task: Task
    scheduled: datetime
    executed: datetime
    window: TimeWindow
    bound: BoundQuery
    failure: str
    seen: Mapping[str, datetime]

    @property
    def reads_own_life(self) -> bool:
        """Whether the query reads what the runs before it write."""
        return not OWN_TABLES.isdisjoint(self.bound.tables)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a run's query returned, or why it did not."""

    rows: Rows | None = None
    status: str = SUCCESS
    reason: str = ""


class RuleRunner:
    """Runs rules on the engine; a rule that fails leaves a record and raises nothing."""

    def __init__(self, grounds: Mapping[Product, Ground], life: OwnLife) -> None:
        self._grounds = grounds
        self._life = life

    def run(
        self,
        task: Task,
        incidents: tuple[Incident, ...],
        *,
        scheduled: datetime,
        executed: datetime,
        first: bool = False,
        seen: Mapping[str, datetime] | None = None,
    ) -> RunOutcome:
        """Make the run scheduled for ``scheduled``; it sees what was ingested by ``executed``."""
        prepared = self.prepare(
            task, scheduled=scheduled, executed=executed, first=first, seen=seen
        )
        return self.conclude(prepared, self.fetch_here(prepared), incidents)

    def prepare(
        self,
        task: Task,
        *,
        scheduled: datetime,
        executed: datetime,
        first: bool = False,
        seen: Mapping[str, datetime] | None = None,
    ) -> Prepared:
        """Bind the query in the workspace as it is now."""
        bound, failure = self._bound(task)
        window = task.window(scheduled, first=first)
        return Prepared(task, scheduled, executed, window, bound, failure, seen or {})

    def _bound(self, task: Task) -> tuple[BoundQuery, str]:
        compilation = self._grounds[task.product].compilation
        bound = compilation.bind(task.rule.query)
        return bound, _binding_failure(compilation.at_fault(task.rule.query))

    def snapshot(self, product: Product, now: datetime) -> Snapshot:
        """What runs see that execute by ``now``."""
        return self._grounds[product].feed.at(now)

    def fetch_here(self, prepared: Prepared) -> Fetched:
        """Run the query, as it is bound now, with all that has been written so far."""
        bound, failure = self._bound(prepared.task)
        prepared = replace(prepared, bound=bound, failure=failure)
        if prepared.failure:
            return Fetched(None, FAILURE, prepared.failure)
        self._life.flush_for(prepared.bound.tables)
        feed = self._grounds[prepared.task.product].feed
        until = max(prepared.executed, feed.until or prepared.executed)
        with feed.at(until) as snapshot:
            return fetch(prepared, snapshot)

    def conclude(
        self, prepared: Prepared, fetched: Fetched, incidents: tuple[Incident, ...]
    ) -> RunOutcome:
        """Make alerts and incidents of what the query returned, and the record."""
        task, rule = prepared.task, prepared.task.rule
        made, seen = None, prepared.seen
        if fetched.rows is not None:
            made, seen = _alerts(prepared, fetched.rows)
        alerts = made.alerts if made else ()
        grouped = group(incidents, alerts, rule, now=prepared.executed) if alerts else incidents
        record = {
            "rule": rule.id,
            "ruleName": rule.name,
            "kind": rule.kind.value,
            "scheduled": format_time(prepared.scheduled),
            "executed": format_time(prepared.executed),
            "status": fetched.status,
            "rows": made.rows_count if made else 0,
            "alerts": len(alerts),
            "droppedEntities": made.dropped_entities if made else 0,
            "reason": _success(rule, made) if made else fetched.reason,
        }
        if task.product is Product.SENTINEL:
            self._life.ran(rule, record)
        else:
            record["product"] = task.product.value
        self._life.alerted(rule, record, alerts, prepared.window)
        return RunOutcome(alerts, grouped, record, seen)


def _alerts(prepared: Prepared, rows: Rows) -> tuple[AlertRun, Mapping[str, datetime]]:
    rule, scheduled = prepared.task.rule, prepared.scheduled
    if prepared.task.product is Product.SENTINEL:
        return alerts_from(rule, rows, scheduled=scheduled), {}
    run = custom_run(rule, rows, scheduled=scheduled, window=prepared.window, seen=prepared.seen)
    return run.made, run.seen


def fetch(prepared: Prepared, snapshot: Snapshot) -> Fetched:
    """Run the query over what was there when it executed; nothing else is touched."""
    if prepared.failure:
        return Fetched(None, FAILURE, prepared.failure)
    try:
        rows = snapshot.run(
            prepared.bound,
            now=query_clock(prepared.scheduled),
            window=prepared.window,
            ingested_by=prepared.executed,
        )
    except UnsupportedError as error:
        reason = f"The local workspace cannot run this query as the service would: {error}"
        return Fetched(None, UNSUPPORTED, reason)
    except VedetteError as error:
        return Fetched(None, FAILURE, f"The local workspace failed to run the query: {error}")
    return Fetched(rows)


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
