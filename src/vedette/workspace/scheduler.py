"""Runs the rules of both products as the clock moves.

The trap: many runs may fall due in one move, and later ones depend on earlier ones (grouping,
suppression), so all runs of all rules are made in the order in which they execute. Where the clock
is the machine's, queries of runs that are due together run side by side, and let others in.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from vedette.model.detection import Kind
from vedette.model.product import Product
from vedette.simulate.failure import Failure, FailuresInARow, auto_disabled
from vedette.simulate.schedule import is_suppressed, next_run
from vedette.workspace.assumptions import restarts
from vedette.workspace.automation_run import Responder
from vedette.workspace.event_feed import Snapshot
from vedette.workspace.iso8601 import format_time, parse_time
from vedette.workspace.journal import Journal, Run
from vedette.workspace.ledger import Ledger
from vedette.workspace.rule_run import (
    FAILURE,
    SUCCESS,
    Fetched,
    Prepared,
    RuleRunner,
    RunOutcome,
    fetch,
)
from vedette.workspace.store import Resource, Store
from vedette.workspace.tasks import (
    ANALYTICS_RULES,
    DETECTION_RULES,
    Task,
    analytics_task,
    detection_task,
    enabled_tasks,
)

#: One resource a rule: what ``_Schedule`` holds.
SCHEDULES = "schedules"
RULES = ANALYTICS_RULES
#: Schedules are nobody's resource: their writes take no etag from those that clients see.
_NO_ETAG = "-"


@dataclass(frozen=True, slots=True)
class _Schedule:
    """When a rule's schedule began, what it runs for next, and which run made its last alert.

    ``failures``: how often it has failed since for one reason that will not pass by itself.
    ``seen``: which alerts the runs of a custom detection saw, and when last.
    """

    since: datetime
    next: datetime
    last_alert: datetime | None = None
    failures: FailuresInARow = field(default_factory=FailuresInARow)
    seen: Mapping[str, datetime] = field(default_factory=dict)


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
        # All rules that run, with their schedules, as the store has them; None: not read yet.
        self._plan: dict[str, tuple[Task, _Schedule]] | None = None

    def rule_written(self, rule: Resource, previous: Resource | None) -> None:
        """Start the schedule of a rule that is new, enabled again, or runs at another pace."""
        task = analytics_task(rule)
        if task is not None:
            before = previous.body["properties"] if previous else {}
            self._written(task, restart=restarts(before, rule.body["properties"]))

    def detection_written(self, rule: Resource, previous: Resource | None) -> None:
        """The same for a custom detection; its first run is that of a new rule again."""
        task = detection_task(rule)
        before = detection_task(previous).rule if previous else None
        changed = before is None or (before.enabled, before.kind, before.schedule) != (
            task.rule.enabled,
            task.rule.kind,
            task.rule.schedule,
        )
        self._written(task, restart=changed and task.rule.enabled)

    def rule_deleted(self, rule: Resource) -> None:
        """Forget the schedule of a rule."""
        self._delete(rule.name.casefold())

    def detection_deleted(self, rule: Resource) -> None:
        """Forget the schedule of a custom detection."""
        self._delete(detection_task(rule).key)

    def next_run(self, key: str) -> datetime | None:
        """The time for which the next run is scheduled of what has this key (``Task.key``)."""
        schedule = self._read(key.casefold())
        return schedule.next if schedule else None

    def count_enabled(self, kind: Kind) -> int:
        """How many analytics rules of a kind run."""
        plan = self._planned(self._store.clock)
        return sum(
            task.product is Product.SENTINEL and task.rule.kind is kind for task, _ in plan.values()
        )

    def forget(self) -> None:
        """Read rules and schedules from the store again at the next use."""
        self._plan = None

    def advance(self, until: datetime) -> int:
        """Make every run that executes by ``until``, move the clock there, count the runs."""
        plan = self._planned(until)
        due = [(task.executes_at(one.next), key) for key, (task, one) in plan.items()]
        heapq.heapify(due)
        runs: list[Run] = []
        before = dict(plan)
        while due and due[0][0] <= until:
            executed, key = heapq.heappop(due)
            task, schedule = plan[key]
            if not is_suppressed(task.rule, schedule.next, schedule.last_alert):
                outcome = self._runner.run(
                    task,
                    self._ledger.incidents(),
                    scheduled=schedule.next,
                    executed=executed,
                    first=_is_first(schedule),
                    seen=schedule.seen,
                )
                schedule = self._settled(task, schedule, executed, outcome, runs)
            if self._went_on(task, schedule, executed):
                heapq.heappush(due, (task.executes_at(plan[key][1].next), key))
        self._keep(before, runs)
        self._arrive(until)
        return len(runs)

    def keep_up(
        self, until: datetime, aside: Callable[[], AbstractContextManager[None]], pool: Executor
    ) -> int:
        """The same for a clock that runs: queries run in ``pool``, and ``aside`` of the others."""
        count = 0
        while True:
            before = dict(self._planned(until))
            batch = self._due(until)
            expected = dict(self._planned(until))
            runs: list[Run] = []
            with ExitStack() as reading:
                snapshots = {
                    product: reading.enter_context(self._runner.snapshot(product, until))
                    for product in {one.task.product for one in batch}
                }
                with aside() if batch else nullcontext():
                    fetched = _side_by_side(batch, snapshots, pool)
                # A watchlist that was replaced meanwhile may have had other columns and rows.
                changed = {product for product, one in snapshots.items() if one.changed}
            for prepared, found in zip(batch, fetched, strict=True):
                old = prepared.bound.watchlists and prepared.task.product in changed
                self._conclude(prepared, None if old else found, expected, runs)
            self._keep(before, runs)
            count += len(runs)
            if not batch:
                break
        self._arrive(until)
        return count

    def run_for(self, stored: Resource, scheduled: datetime) -> Mapping[str, Any]:
        """Run a rule now for a time, beside its schedule; the record of what came of it."""
        task = analytics_task(stored)
        if task is None:
            raise ValueError(f"{stored.name} is a rule that does not run")
        now, incidents = self._store.clock, self._ledger.incidents()
        outcome = self._runner.run(task, incidents, scheduled=scheduled, executed=now)
        if outcome.alerts:
            self._responder.keep(outcome.incidents, outcome.alerts)
        return outcome.record

    # ---- runs

    def _due(self, until: datetime) -> list[Prepared]:
        """The next run of each rule that has one, in the order in which they execute."""
        plan, batch = self._planned(until), []
        for key, (task, schedule) in list(plan.items()):
            while (executed := task.executes_at(schedule.next)) <= until:
                scheduled, first = schedule.next, _is_first(schedule)
                if not is_suppressed(task.rule, scheduled, schedule.last_alert):
                    batch.append(
                        self._runner.prepare(
                            task,
                            scheduled=scheduled,
                            executed=executed,
                            first=first,
                            seen=schedule.seen,
                        )
                    )
                    break
                schedule = replace(schedule, next=_next(task, schedule))
                plan[key] = (task, schedule)
        return sorted(batch, key=lambda one: (one.executed, one.task.key))

    def _conclude(
        self,
        prepared: Prepared,
        fetched: Fetched | None,
        before: Mapping[str, tuple[Task, _Schedule]],
        runs: list[Run],
    ) -> None:
        """Write what a run came to, unless its rule was written or deleted meanwhile."""
        task = prepared.task
        now = self._planned(prepared.executed).get(task.key)
        if now is None or now != before.get(task.key):
            return
        found = self._runner.fetch_here(prepared) if fetched is None else fetched
        outcome = self._runner.conclude(prepared, found, self._ledger.incidents())
        schedule = self._settled(task, now[1], prepared.executed, outcome, runs)
        self._went_on(task, schedule, prepared.executed)

    def _settled(
        self,
        task: Task,
        schedule: _Schedule,
        executed: datetime,
        outcome: RunOutcome,
        runs: list[Run],
    ) -> _Schedule:
        """Keep what came of a run; the schedule with what it says of the runs after."""
        runs.append(Run(task.key, schedule.next, executed, outcome.record))
        failures = _after(schedule.failures, outcome.record)
        last_alert = schedule.last_alert
        if outcome.alerts:
            last_alert = schedule.next
            # What is written of the alerts is written at the time of the run.
            self._store.set_clock(max(executed, self._store.clock))
            self._responder.keep(outcome.incidents, outcome.alerts)
        return replace(schedule, last_alert=last_alert, failures=failures, seen=outcome.seen)

    def _went_on(self, task: Task, schedule: _Schedule, now: datetime) -> bool:
        """Schedule the next run, or switch the rule off that keeps failing."""
        plan = self._planned(now)
        if schedule.failures.switch_off and schedule.failures.reason:
            self._switch_off(task, schedule.failures.reason, now)
            self._write(task.key, replace(schedule, next=_next(task, schedule)))
            del plan[task.key]
            return False
        plan[task.key] = (task, replace(schedule, next=_next(task, schedule)))
        return True

    def _keep(self, before: Mapping[str, tuple[Task, _Schedule]], runs: Sequence[Run]) -> None:
        """Write the runs, and the schedules that changed."""
        if runs:
            self._journal.add_runs(runs)
        for key, planned in (self._plan or {}).items():
            if planned != before.get(key):
                self._write(key, planned[1])

    def _arrive(self, until: datetime) -> None:
        self._store.set_clock(until)
        self._clock_moved(until)

    def _switch_off(self, task: Task, reason: Failure, now: datetime) -> None:
        """Leave the rule as the service does: off, and its name and description say why."""
        rule = task.rule
        kind = RULES if task.product is Product.SENTINEL else DETECTION_RULES
        stored = self._store.get(kind, rule.id)
        if stored is None:
            return
        if task.product is Product.DEFENDER:
            self._store.put(kind, rule.id, {**stored.body, "status": "autoDisabled"})
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

    # ---- schedules

    def _planned(self, now: datetime) -> dict[str, tuple[Task, _Schedule]]:
        """All rules that run; one without a schedule begins ``now``."""
        if self._plan is None:
            self._plan = {
                task.key: (task, self._read(task.key) or _Schedule(now, now))
                for task in enabled_tasks(self._store)
            }
        return self._plan

    def _written(self, task: Task, *, restart: bool) -> None:
        schedule = self._read(task.key)
        if schedule is None or restart:
            now = self._store.clock
            schedule = _Schedule(now, now)
            self._write(task.key, schedule)
        if self._plan is not None:
            self._plan.pop(task.key, None)
            if task.rule.enabled:
                self._plan[task.key] = (task, schedule)

    def _delete(self, key: str) -> None:
        self._store.delete(SCHEDULES, key)
        if self._plan is not None:
            self._plan.pop(key, None)

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
            seen={one: parse_time(last) for one, last in stored.body.get("seen", {}).items()},
        )

    def _write(self, rule: str, schedule: _Schedule) -> None:
        last = schedule.last_alert
        body = {
            "since": format_time(schedule.since),
            "next": format_time(schedule.next),
            "lastAlert": format_time(last) if last else None,
            "failures": [schedule.failures.reason, schedule.failures.count],
            "seen": {one: format_time(last) for one, last in schedule.seen.items()},
        }
        self._store.put(SCHEDULES, rule, body, etag=_NO_ETAG)


def _side_by_side(
    batch: Sequence[Prepared], snapshots: Mapping[Product, Snapshot], pool: Executor
) -> list[Fetched | None]:
    """What the queries of runs return; None for one that has to wait for the runs before it."""

    def one(prepared: Prepared) -> Fetched | None:
        if prepared.reads_own_life:
            return None
        return fetch(prepared, snapshots[prepared.task.product])

    return list(pool.map(one, batch))


def _is_first(schedule: _Schedule) -> bool:
    return schedule.next == schedule.since


def _next(task: Task, schedule: _Schedule) -> datetime:
    return next_run(task.rule, schedule.since, schedule.next)


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
