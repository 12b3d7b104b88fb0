"""Carries a plan out: stage by stage, a few writes at a time, and stops where it has to.

The trap: an exit code of 0 over writes that did not happen, and a run that goes on while everything
fails. A refusal of one resource is recorded and the rest goes on; a refusal that concerns all (not
signed in, no permission, no service), or too many of one, ends the run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from vedette.deploy.apply_write import Writer
from vedette.deploy.failures import concerns_all, is_no_answer
from vedette.deploy.outcome import Applied, Outcome, Status
from vedette.deploy.plan import Action, Plan
from vedette.deploy.resource import ResourceKind
from vedette.deploy.task import Task
from vedette.errors import ServiceError

#: So many failures of the service in a row (5xx) mean that it is ill, not that a rule is wrong.
MAX_SERVICE_FAILURES = 3

#: So many changes may fail whatever their share is: of three rules, one is a third already.
TOLERATED = 2

#: Seconds between two beats of a run whose writes take long.
_BEAT = 10.0

#: What is called by name in a query, so that it can be seen who needs it.
_CALLED = frozenset({ResourceKind.FUNCTION, ResourceKind.WATCHLIST})


@dataclass(frozen=True, slots=True)
class Bounds:
    """``concurrency`` writes are under way at once, ``failed_percent`` of them may fail."""

    concurrency: int = 4
    failed_percent: int = 20


@dataclass(slots=True)
class _Run:
    """What has happened so far, and whether it is enough."""

    total: int
    bounds: Bounds
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    failed: int = 0
    in_a_row: int = 0
    stopped: ServiceError | None = None
    halted: str = ""
    missing: list[Task] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """True if nothing more is to be tried."""
        return self.stopped is not None or bool(self.halted)

    def note(self, task: Task, outcome: Outcome) -> None:
        """Count an outcome, and decide whether the run goes on."""
        error = outcome.error
        silent = error is not None and is_no_answer(error)
        self.in_a_row = self.in_a_row + 1 if silent else 0
        if outcome.status is Status.WRITTEN:
            return
        if task.change.resource.kind in _CALLED:
            self.missing.append(task)
        if outcome.status is Status.NOT_TRIED:
            return
        self.failed += 1
        if error is not None and (concerns_all(error) or self.in_a_row == MAX_SERVICE_FAILURES):
            self.stopped = self.stopped or error
        allowed = max(TOLERATED, self.total * self.bounds.failed_percent // 100)
        if self.failed > allowed:
            self.halted = (
                f"{self.failed} of {self.total} writes did not succeed;"
                f" limits.failed_percent allows {self.bounds.failed_percent} %"
            )


def apply_tasks(
    plan: Plan,
    tasks: Sequence[Task],
    writer: Writer,
    bounds: Bounds,
    *,
    on_outcome: Callable[[Outcome], None] | None = None,
    beat: Callable[[], None] | None = None,
) -> Applied:
    """Write what the tasks say; never raises ServiceError, which is in the result instead.

    ``on_outcome`` is called after each change, so that a run that is killed has shown what it did;
    ``beat`` now and then while writes are under way, and may raise ServiceError to end the run.
    """
    run = _Run(len(tasks), bounds)

    def done(number: int, outcome: Outcome) -> None:
        run.outcomes[number] = outcome
        run.note(tasks[number], outcome)
        if on_outcome is not None:
            on_outcome(outcome)

    with ThreadPoolExecutor(bounds.concurrency, thread_name_prefix="apply") as pool:
        for stage in stages(tasks):
            _run_stage(stage, tasks, writer, run, pool, done, beat)
    outcomes = tuple(run.outcomes[number] for number in range(len(tasks)))
    return Applied(plan, outcomes, run.stopped, run.halted)


def stages(tasks: Sequence[Task]) -> Iterator[list[int]]:
    """The numbers of the tasks in groups that may be written at once, in the plan's order.

    A group ends where another kind, or the removals, begin. Functions call each other and go one
    by one.
    """
    group: list[int] = []
    for number, task in enumerate(tasks):
        if group and (
            _stage_of(task) != _stage_of(tasks[group[-1]])
            or task.change.resource.kind is ResourceKind.FUNCTION
        ):
            yield group
            group = []
        group.append(number)
    if group:
        yield group


def _stage_of(task: Task) -> tuple[bool, ResourceKind]:
    return task.change.action is Action.DELETE, task.change.resource.kind


def _run_stage(
    stage: Sequence[int],
    tasks: Sequence[Task],
    writer: Writer,
    run: _Run,
    pool: ThreadPoolExecutor,
    done: Callable[[int, Outcome], None],
    beat: Callable[[], None] | None,
) -> None:
    """Keep as many writes under way as are allowed, until the stage is through or the run over."""
    waiting, under_way = list(stage), dict[Future[Outcome], int]()
    while waiting or under_way:
        while waiting and len(under_way) < run.bounds.concurrency:
            number = waiting.pop(0)
            reason = _why_not(tasks[number], run)
            if reason:
                done(number, Outcome(tasks[number].change, Status.NOT_TRIED, reason))
            else:
                under_way[pool.submit(writer.carry_out, tasks[number])] = number
        finished, _ = wait(under_way, timeout=_BEAT, return_when=FIRST_COMPLETED)
        for future in sorted(finished, key=under_way.__getitem__):
            done(under_way.pop(future), future.result())
        if beat is not None and not run.is_over:
            try:
                beat()
            except ServiceError as error:
                run.stopped = error


def _why_not(task: Task, run: _Run) -> str:
    """Why a task is not tried; empty if it is."""
    if run.is_over:
        return "the run had ended before"
    if task.change.action is Action.DELETE:
        return ""
    query = task.change.resource.body.get("properties")
    text = str(query.get("query") or "") if isinstance(query, dict) else ""
    for missing in run.missing:
        resource = missing.change.resource
        if text and re.search(rf"\b{re.escape(resource.label)}\b", text):
            return f"it needs the {resource.kind} {resource.label}, which was not written"
    return ""
