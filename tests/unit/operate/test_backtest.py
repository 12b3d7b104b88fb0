"""Runs that would be compared with the wrong alerts, or counted as quiet when nobody knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest

from vedette.engine.base import Rows
from vedette.errors import ServiceError
from vedette.model.detection import (
    AggregationKind,
    Kind,
    Schedule,
    Severity,
    TriggerOperator,
)
from vedette.operate.backtest import Backtest, Job, RuleResult, Status, run_jobs, times_of
from vedette.operate.raised import Raised
from vedette.operate.run_text import RunText, Template
from vedette.report.backtest import render_json, render_text
from vedette.schema.types import Column
from vedette.simulate.types import AnalyticsRule

START = datetime(2026, 1, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULE = AnalyticsRule(
    id="r",
    kind=Kind.SCHEDULED,
    name="Rule",
    description="",
    query="Mail",
    enabled=True,
    severity=Severity.LOW,
    schedule=Schedule(HOUR, HOUR, TriggerOperator.GREATER_THAN, 0),
    aggregation=AggregationKind.ALERT_PER_RESULT,
)
TIMES = tuple(START + n * HOUR for n in range(1, 5))


def job(rule: AnalyticsRule = RULE) -> Job:
    return Job("rule", rule.name, PurePosixPath("rule.yaml"), Template(rule, "Mail"), TIMES)


def rows(count: int) -> Rows:
    return Rows((Column("Url", "string"),), (("x",),) * count)


class Asked:
    """Answers the runs, by their place in the grid, with so many rows, or fails."""

    def __init__(self, *counts: int | None) -> None:
        self.counts = counts

    def __call__(self, run: RunText) -> Rows:
        at = next(n for n, time in enumerate(TIMES) if f"/{time:%Y-%m-%dT%H}" in run.timespan)
        count = self.counts[at]
        if count is None:
            raise ServiceError("the results exceed the limit")
        return rows(count)


def result(asked: Asked, raised: list[Raised], rule: AnalyticsRule = RULE) -> RuleResult:
    (only,) = run_jobs([job(rule)], {"r": raised}, asked, concurrency=2)
    return only


def alert(time: datetime, scheduled: datetime | None = None) -> Raised:
    return Raised("Rule", time + timedelta(minutes=5), scheduled)


def test_alerts_are_compared_run_by_run_and_not_as_a_sum() -> None:
    found = result(Asked(1, 0, 0, 0), [alert(TIMES[3], TIMES[3])])
    assert (found.would, found.raised, found.more, found.fewer) == (1, 1, 1, 1)
    assert not found.same


def test_an_alert_belongs_to_the_nearest_run_and_none_before_the_first() -> None:
    late = Raised("Rule", TIMES[1] + timedelta(minutes=50), TIMES[1] + timedelta(seconds=-1))
    before = alert(START, START)
    found = result(Asked(0, 1, 0, 0), [late, before])
    assert found.same


def test_an_alert_without_its_run_is_placed_by_its_own_time() -> None:
    assert result(Asked(0, 1, 0, 0), [alert(TIMES[1])]).same


def test_a_run_that_was_not_answered_whole_is_unknown_and_what_it_raised_is_not_compared() -> None:
    found = result(Asked(1, None, 0, 0), [alert(TIMES[0]), alert(TIMES[1]), alert(TIMES[1])])
    assert (found.count(Status.UNKNOWN), found.would, found.raised) == (1, 1, 1)
    assert (found.more, found.fewer, found.same) == (0, 0, False)
    text = render_text(Backtest("prod", START, TIMES[-1], (found,)))
    assert "~ unknown  rule  Rule" in text
    assert "1 x the results exceed the limit" in text
    assert "0 new, 0 gone, 1 run unknown" in text


def test_a_suppressed_run_makes_nothing_and_a_quiet_one_suppresses_nothing() -> None:
    quiet = replace(RULE, suppression=2 * HOUR)
    found = result(Asked(0, 2, 3, 1), [], quiet)
    states = [run.status for run in found.runs]
    assert states == [Status.QUIET, Status.FIRED, Status.SUPPRESSED, Status.FIRED]
    assert found.would == 3


def test_a_rule_that_could_not_be_asked_is_not_the_same() -> None:
    refused = Job("rule", "Rule", PurePosixPath("rule.yaml"), None, reason="withsource")
    (found,) = run_jobs([refused], {}, Asked(), concurrency=1)
    report = Backtest("prod", START, TIMES[-1], (found,))
    assert not report.same
    assert '"notRun": "withsource"' in render_json(report)
    assert "not run: withsource" in render_text(report)


@pytest.mark.parametrize(
    ("last", "first", "count"),
    [
        (None, START + HOUR, 5),
        (START + timedelta(days=3, minutes=20), START + timedelta(minutes=80), 5),
        (START - timedelta(days=3, minutes=20), START + timedelta(minutes=100), 4),
    ],
)
def test_the_grid_goes_through_a_real_run_and_ends_with_one_that_has_executed(
    last: datetime | None, first: datetime, count: int
) -> None:
    begin = START + timedelta(minutes=50)
    found = times_of(Template(RULE, ""), begin, START + timedelta(hours=5, minutes=30), last)
    assert (found[0], len(found)) == (first, count)
