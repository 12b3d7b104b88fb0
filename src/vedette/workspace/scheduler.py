"""Runs the analytics rules as the clock moves.

The trap: many runs may fall due in one move, and later ones depend on earlier ones (grouping,
suppression), so all runs of all rules are made in the order in which they execute.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vedette.simulate.schedule import executes_at, is_suppressed, next_run
from vedette.simulate.types import AnalyticsRule
from vedette.workspace.assumptions import restarts
from vedette.workspace.iso8601 import format_time, parse_time
from vedette.workspace.journal import Journal
from vedette.workspace.ledger import Ledger
from vedette.workspace.rule_mapping import analytics_rule
from vedette.workspace.rule_members import RULE_MEMBERS
from vedette.workspace.rule_run import RuleRunner, RunOutcome
from vedette.workspace.store import Resource, Store

#: One resource a rule: ``{"since", "next", "lastAlert"}``.
SCHEDULES = "schedules"
RULES = "alertRules"


class Scheduler:
    """Keeps each rule's schedule in the store, and makes the runs that fall due."""

    def __init__(self, store: Store, journal: Journal, ledger: Ledger, runner: RuleRunner) -> None:
        self._store = store
        self._journal = journal
        self._ledger = ledger
        self._runner = runner

    def rule_written(self, rule: Resource, previous: Resource | None) -> None:
        """Start the schedule of a rule that is new, enabled again, or runs at another pace."""
        if rule.body["kind"] not in RULE_MEMBERS:
            return
        before = previous.body["properties"] if previous else {}
        if self._schedule(rule.name) is None or restarts(before, rule.body["properties"]):
            now = format_time(self._store.clock)
            self._store.put(SCHEDULES, rule.name, {"since": now, "next": now, "lastAlert": None})

    def rule_deleted(self, rule: Resource) -> None:
        """Forget the schedule of a rule."""
        self._store.delete(SCHEDULES, rule.name)

    def next_run(self, rule: str) -> datetime | None:
        """The time for which a rule's next run is scheduled."""
        schedule = self._schedule(rule)
        return parse_time(schedule["next"]) if schedule else None

    def advance(self, until: datetime) -> int:
        """Make every run that executes by ``until``, move the clock there, count the runs."""
        due = [
            (executes_at(rule, scheduled), rule.id.casefold(), scheduled, rule)
            for rule, scheduled in self._enabled()
        ]
        heapq.heapify(due)
        count = 0
        while due and due[0][0] <= until:
            executed, key, scheduled, rule = heapq.heappop(due)
            count += self._run(rule, scheduled, executed)
            following = self._following(rule)
            heapq.heappush(due, (executes_at(rule, following), key, following, rule))
        self._store.set_clock(until)
        return count

    def _enabled(self) -> list[tuple[AnalyticsRule, datetime]]:
        """Every rule that runs, with the time for which its next run is scheduled."""
        rules = (
            analytics_rule(stored)
            for stored in self._store.all(RULES)
            if stored.body["kind"] in RULE_MEMBERS and stored.body["properties"]["enabled"]
        )
        return [(rule, self._following(rule)) for rule in rules]

    def _following(self, rule: AnalyticsRule) -> datetime:
        schedule = self._schedule(rule.id)
        return parse_time(schedule["next"]) if schedule else self._store.clock

    def _run(self, rule: AnalyticsRule, scheduled: datetime, executed: datetime) -> bool:
        """Make one run unless the rule is suppressed, and remember when the next one is."""
        # Whatever is written from here on is written at the time of the run.
        self._store.set_clock(executed)
        schedule = self._schedule(rule.id) or {}
        since = parse_time(schedule["since"])
        last_alert = parse_time(schedule["lastAlert"]) if schedule["lastAlert"] else None
        runs = not is_suppressed(rule, scheduled, last_alert)
        if runs:
            outcome = self._runner.run(
                rule, self._ledger.incidents(), scheduled=scheduled, executed=executed
            )
            self._keep(rule, outcome, scheduled, executed)
            last_alert = scheduled if outcome.alerts else last_alert
        self._store.put(
            SCHEDULES,
            rule.id,
            {
                "since": schedule["since"],
                "next": format_time(next_run(rule, since, scheduled)),
                "lastAlert": format_time(last_alert) if last_alert else None,
            },
        )
        return runs

    def _keep(
        self, rule: AnalyticsRule, outcome: RunOutcome, scheduled: datetime, executed: datetime
    ) -> None:
        self._ledger.replace(outcome.incidents)
        self._journal.add_run(rule.id, scheduled, executed, outcome.record)

    def _schedule(self, rule: str) -> Mapping[str, Any] | None:
        stored = self._store.get(SCHEDULES, rule)
        return stored.body if stored else None
