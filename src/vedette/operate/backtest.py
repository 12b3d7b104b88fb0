"""Runs rules over a live workspace's history, run by run, and compares with what was raised.

The trap: a run that was not answered whole made fewer alerts than it would have. It is ``unknown``,
counts apart, and takes the alerts that were raised by that run out of the comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import PurePosixPath

from vedette.engine.base import Rows
from vedette.errors import EngineError, ServiceError
from vedette.operate.raised import Raised, by_run
from vedette.operate.run_text import RunText, Template
from vedette.simulate.alerts import alerts_from
from vedette.simulate.schedule import executes_at, frequency_of, is_suppressed, window_of
from vedette.simulate.types import Alert

#: Answers one run's query, or raises ServiceError or EngineError.
Ask = Callable[[RunText], Rows]


class Status(StrEnum):
    """What became of a run."""

    FIRED = "fired"
    QUIET = "quiet"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Run:
    """One run: the alerts that it would make, those that it has made, and why it is unknown."""

    scheduled: datetime
    status: Status
    rows: int = 0
    alerts: tuple[Alert, ...] = ()
    raised: tuple[Raised, ...] = ()
    reason: str = ""

    @property
    def more(self) -> int:
        """Alerts that it would make and has not."""
        known = self.status is not Status.UNKNOWN
        return max(len(self.alerts) - len(self.raised), 0) if known else 0

    @property
    def fewer(self) -> int:
        """Alerts that it has made and would not."""
        known = self.status is not Status.UNKNOWN
        return max(len(self.raised) - len(self.alerts), 0) if known else 0


@dataclass(frozen=True, slots=True)
class Job:
    """A rule to run: ``template`` is None, with a ``reason``, for one that cannot be asked."""

    label: str
    name: str
    path: PurePosixPath
    template: Template | None
    times: tuple[datetime, ...] = ()
    reason: str = ""

    @property
    def days_read(self) -> float:
        """How many days of its tables its runs read, all together."""
        if self.template is None:
            return 0.0
        rule = self.template.rule
        windows = (window_of(rule, time) for time in self.times)
        return sum((window.end - window.start) / timedelta(days=1) for window in windows)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """All runs of one rule, in the order of their times; none, with a reason, if it was not run."""

    job: Job
    runs: tuple[Run, ...] = ()

    def count(self, status: Status) -> int:
        """How many runs ended so."""
        return sum(run.status is status for run in self.runs)

    @property
    def would(self) -> int:
        """Alerts of the repository's version, in the runs that are known."""
        return sum(len(run.alerts) for run in self.runs)

    @property
    def raised(self) -> int:
        """Alerts that were raised by the runs that are known."""
        return sum(len(run.raised) for run in self.runs if run.status is not Status.UNKNOWN)

    @property
    def more(self) -> int:
        """Alerts that would be new."""
        return sum(run.more for run in self.runs)

    @property
    def fewer(self) -> int:
        """Alerts that would be missing."""
        return sum(run.fewer for run in self.runs)

    @property
    def same(self) -> bool:
        """True if every run is known and makes as many alerts as it has made."""
        known = not self.job.reason and not self.count(Status.UNKNOWN)
        return known and not self.more and not self.fewer


@dataclass(frozen=True, slots=True)
class Backtest:
    """What all rules came to; ``start`` and ``end`` bound the times of the runs.

    ``notes`` say what could not be read that would have made the comparison better.
    """

    environment: str
    start: datetime
    end: datetime
    results: tuple[RuleResult, ...]
    notes: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """True if all of it is known, and nothing would be different."""
        return all(result.same for result in self.results)


def times_of(
    template: Template, start: datetime, end: datetime, last: datetime | None
) -> tuple[datetime, ...]:
    """The times in [start, end) for which the rule's runs are scheduled.

    ``last`` is one of its real times, from which the grid goes on in both directions; without one
    the grid goes through midnight. Runs that have not executed by ``end`` are left out.
    """
    step = frequency_of(template.rule)
    anchor = last or start.replace(hour=0, minute=0, second=0, microsecond=0)
    time = anchor + -((anchor - start) // step) * step
    found = []
    while executes_at(template.rule, time) <= end:
        if time >= start:
            found.append(time)
        time += step
    return tuple(found)


def run_jobs(
    jobs: Sequence[Job],
    raised: Mapping[str, Sequence[Raised]],
    ask: Ask,
    *,
    concurrency: int,
    advance: Callable[[], None] = lambda: None,
) -> tuple[RuleResult, ...]:
    """Every run of every job, at most ``concurrency`` at once; ``advance`` is told of each.

    ``raised`` are the alerts of each rule by its id in lower case.
    """
    with ThreadPoolExecutor(concurrency, thread_name_prefix="backtest") as pool:

        def answer(template: Template, time: datetime) -> Run:
            run = _run(template, time, ask)
            advance()
            return run

        pending = [
            [pool.submit(answer, job.template, time) for time in job.times]
            if job.template is not None
            else []
            for job in jobs
        ]
        answered = [[each.result() for each in futures] for futures in pending]
    return tuple(
        RuleResult(job, tuple(_finished(job, runs, raised)))
        for job, runs in zip(jobs, answered, strict=True)
    )


def _run(template: Template, scheduled: datetime, ask: Ask) -> Run:
    try:
        rows = ask(template.at(scheduled))
    except (ServiceError, EngineError) as error:
        return Run(scheduled, Status.UNKNOWN, reason=str(error))
    made = alerts_from(template.rule, rows, scheduled=scheduled)
    status = Status.FIRED if made.alerts else Status.QUIET
    return Run(scheduled, status, made.rows_count, made.alerts)


def _finished(
    job: Job, runs: Iterable[Run], raised: Mapping[str, Sequence[Raised]]
) -> Iterator[Run]:
    """The runs with what each has raised, and without those that an earlier alert suppresses."""
    if job.template is None:
        return
    rule = job.template.rule
    times = job.times
    delay = executes_at(rule, times[0]) - times[0] if times else timedelta()
    made = by_run(raised.get(rule.id.casefold(), ()), times, frequency_of(rule), delay)
    last: datetime | None = None
    for run in runs:
        found = tuple(made[run.scheduled])
        if is_suppressed(rule, run.scheduled, last):
            yield Run(run.scheduled, Status.SUPPRESSED, raised=found)
            continue
        if run.status is Status.FIRED:
            last = run.scheduled
        yield replace(run, raised=found)
