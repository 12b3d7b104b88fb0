"""Runs the analytics rules as the clock moves.

The trap: many runs may fall due in one move, and later ones depend on earlier ones (grouping,
suppression), so all runs of all rules are made in the order in which they execute.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from vedette.simulate.failure import Failure, FailuresInARow, auto_disabled
from vedette.simulate.schedule import executes_at, is_suppressed, next_run
from vedette.simulate.types import AnalyticsRule
from vedette.workspace.assumptions import restarts
from vedette.workspace.automation_run import Responder
from vedette.workspace.iso8601 import format_time, parse_time
from vedette.workspace.journal import Journal, Run
from vedette.workspace.ledger import Ledger
from vedette.workspace.rule_mapping import analytics_rule
from vedette.workspace.rule_members import RULE_MEMBERS
from vedette.workspace.rule_run import FAILURE, SUCCESS, RuleRunner
from vedette.workspace.store import Resource, Store

#: One resource a rule: what ``_Schedule`` holds.
SCHEDULES = "schedules"
RULES = "alertRules"
#: Schedules are nobody's resource: their writes take no etag from those that clients see.
_NO_ETAG = "-"


@dataclass(frozen=True, slots=True)
class _Schedule:
    """When a rule's schedule began, what it runs for next, and which run made its last alert.

    ``failures``: how often it has failed since for one reason that will not pass by itself.
    """

    since: datetime
    next: datetime
    last_alert: datetime | None = None
    failures: FailuresInARow = field(default_factory=FailuresInARow)


class Scheduler:
    """Keeps each rule's schedule in the store, and makes the runs that fall due."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        ledger: Ledger,
        responder: Responder,
        runner: RuleRunner,
        clock_moved: Callable[[datetime], None],
    ) -> None:
        """``clock_moved`` is told where the clock stands once all runs before are made."""
        self._store = store
        self._journal = journal
        self._ledger = ledger
        self._responder = responder
        self._runner = runner
        self._clock_moved = clock_moved

    def rule_written(self, rule: Resource, previous: Resource | None) -> None:
        """Start the schedule of a rule that is new, enabled again, or runs at another pace."""
        if rule.body["kind"] not in RULE_MEMBERS:
            return
        before = previous.body["properties"] if previous else {}
        if self._read(rule.name) is None or restarts(before, rule.body["properties"]):
            now = self._store.clock
            self._write(rule.name, _Schedule(now, now))

    def rule_deleted(self, rule: Resource) -> None:
        """Forget the schedule of a rule."""
        self._store.delete(SCHEDULES, rule.name)

    def next_run(self, rule: str) -> datetime | None:
        """The time for which a rule's next run is scheduled."""
        schedule = self._read(rule)
        return schedule.next if schedule else None

    def advance(self, until: datetime) -> int:
        """Make every run that executes by ``until``, move the clock there, count the runs."""
        rules = {rule.id.casefold(): rule for rule in self._enabled()}
        before = {key: self._read(key) or _Schedule(until, until) for key in rules}
        schedules = dict(before)
        due = [(executes_at(rules[key], one.next), key) for key, one in schedules.items()]
        heapq.heapify(due)
        runs: list[Run] = []
        while due and due[0][0] <= until:
            executed, key = heapq.heappop(due)
            rule = rules[key]
            schedule = schedules[key] = self._run(rule, schedules[key], executed, runs)
            if schedule.failures.switch_off and schedule.failures.reason:
                self._switch_off(rule, schedule.failures.reason, executed)
            else:
                heapq.heappush(due, (executes_at(rule, schedule.next), key))
        self._journal.add_runs(runs)
        for key, schedule in schedules.items():
            if schedule != before[key]:
                self._write(key, schedule)
        self._store.set_clock(until)
        self._clock_moved(until)
        return len(runs)

    def run_for(self, rule: AnalyticsRule, scheduled: datetime) -> Mapping[str, Any]:
        """Run a rule now for a time, beside its schedule; the record of what came of it."""
        now = self._store.clock
        incidents = self._ledger.incidents()
        outcome = self._runner.run(rule, incidents, scheduled=scheduled, executed=now)
        if outcome.alerts:
            self._responder.keep(outcome.incidents, outcome.alerts)
        return outcome.record

    def _enabled(self) -> list[AnalyticsRule]:
        return [
            analytics_rule(stored)
            for stored in self._store.all(RULES)
            if stored.body["kind"] in RULE_MEMBERS and stored.body["properties"]["enabled"]
        ]

    def _run(
        self, rule: AnalyticsRule, schedule: _Schedule, executed: datetime, runs: list[Run]
    ) -> _Schedule:
        """Make one run unless the rule is suppressed; the schedule after it."""
        scheduled, last_alert = schedule.next, schedule.last_alert
        failures = schedule.failures
        if not is_suppressed(rule, scheduled, last_alert):
            incidents = self._ledger.incidents()
            outcome = self._runner.run(rule, incidents, scheduled=scheduled, executed=executed)
            runs.append(Run(rule.id, scheduled, executed, outcome.record))
            failures = _after(failures, outcome.record)
            if outcome.alerts:
                last_alert = scheduled
                # What is written of the alerts is written at the time of the run.
                self._store.set_clock(executed)
                self._responder.keep(outcome.incidents, outcome.alerts)
        following = next_run(rule, schedule.since, scheduled)
        return replace(schedule, next=following, last_alert=last_alert, failures=failures)

    def _switch_off(self, rule: AnalyticsRule, reason: Failure, now: datetime) -> None:
        """Leave the rule as the service does: off, and its name and description say why."""
        stored = self._store.get(RULES, rule.id)
        if stored is None:
            return
        off = auto_disabled(rule, reason)
        properties = {
            **stored.body["properties"],
            "enabled": off.enabled,
            "displayName": off.name,
            "description": off.description,
            "lastModifiedUtc": format_time(now),
        }
        self._store.put(RULES, rule.id, {**stored.body, "properties": properties})

    def _read(self, rule: str) -> _Schedule | None:
        stored = self._store.get(SCHEDULES, rule)
        if stored is None:
            return None
        last = stored.body["lastAlert"]
        return _Schedule(
            since=parse_time(stored.body["since"]),
            next=parse_time(stored.body["next"]),
            last_alert=parse_time(last) if last else None,
            failures=_failures(stored.body.get("failures")),
        )

    def _write(self, rule: str, schedule: _Schedule) -> None:
        last = schedule.last_alert
        body = {
            "since": format_time(schedule.since),
            "next": format_time(schedule.next),
            "lastAlert": format_time(last) if last else None,
            "failures": [schedule.failures.reason, schedule.failures.count],
        }
        self._store.put(SCHEDULES, rule, body, etag=_NO_ETAG)


def _after(failures: FailuresInARow, record: Mapping[str, Any]) -> FailuresInARow:
    """The failures in a row after a run. One that this workspace could not make says nothing."""
    if record["status"] == SUCCESS:
        return failures.after(None)
    if record["status"] == FAILURE and record["reason"] in list(Failure):
        return failures.after(Failure(record["reason"]))
    return failures


def _failures(stored: Sequence[Any] | None) -> FailuresInARow:
    reason, count = stored or (None, 0)
    return FailuresInARow(Failure(reason) if reason else None, count)
