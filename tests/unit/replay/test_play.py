"""Runs on one clock: suppression, failures, grouping over runs, and two versions side by side."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from vedette.engine.base import Rows
from vedette.model.detection import (
    AggregationKind,
    Grouping,
    IncidentSettings,
    Kind,
    MatchingMethod,
    Schedule,
    Severity,
    TriggerOperator,
)
from vedette.replay.compare import compare
from vedette.replay.outcome import Replay, RunStatus
from vedette.replay.play import play
from vedette.replay.rows import RuleRows, grid_of
from vedette.schema.types import Column
from vedette.simulate.assumptions import FAILURES_UNTIL_DISABLED
from vedette.simulate.failure import Failure
from vedette.simulate.types import AnalyticsRule

START = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULE = AnalyticsRule(
    id="r1",
    kind=Kind.SCHEDULED,
    name="Rule",
    description="",
    query="T",
    enabled=True,
    severity=Severity.LOW,
    schedule=Schedule(HOUR, HOUR, TriggerOperator.GREATER_THAN, 0),
    aggregation=AggregationKind.ALERT_PER_RESULT,
    incident=IncidentSettings(True, Grouping(True, False, 2 * HOUR, MatchingMethod.ANY_ALERT)),
)


def _rows(*users: str) -> Rows:
    return Rows((Column("User", "string"),), tuple((user,) for user in users))


def _play(found: RuleRows, rule: AnalyticsRule = RULE, hours: int = 24) -> Replay:
    end = START + hours * HOUR
    return play([(rule, grid_of(rule, START, end))], {rule.id: found}, START, end)


def test_a_rule_runs_at_its_creation_and_at_every_frequency_before_the_end() -> None:
    (timeline,) = _play(RuleRows({})).timelines
    assert (timeline.runs, timeline.rows, timeline.alerts) == (24, 0, 0)


def test_each_run_sees_what_was_ingested_when_it_executes() -> None:
    grid = grid_of(RULE, START, START + HOUR)
    assert grid.count == 1
    assert grid.window.ingested_by == START + timedelta(minutes=5)
    assert (grid.window.start, grid.window.end) == (START - HOUR, START)


def test_alerts_of_two_runs_share_an_incident_within_the_look_back() -> None:
    replay = _play(RuleRows({0: _rows("a"), 1: _rows("b", "c"), 10: _rows("d")}))
    assert [len(incident.alerts) for incident in replay.incidents] == [3, 1]
    assert [incident.number for incident in replay.incidents] == [1, 2]
    assert replay.alerts[0].created == START + timedelta(minutes=5)


def test_a_suppressed_rule_skips_runs_and_counts_them() -> None:
    rule = replace(RULE, suppression=3 * HOUR)
    found = RuleRows({0: _rows("a"), 1: _rows("b"), 3: _rows("c")})
    (timeline,) = _play(found, rule).timelines
    assert (timeline.alerts, timeline.suppressed, timeline.runs) == (2, 4, 20)


def test_a_rule_that_fires_on_nothing_fires_on_every_run_without_rows() -> None:
    schedule = Schedule(HOUR, HOUR, TriggerOperator.LESS_THAN, 1)
    rule = replace(RULE, schedule=schedule, aggregation=AggregationKind.SINGLE_ALERT)
    assert len(_play(RuleRows({2: _rows("a")}), rule, hours=4).alerts) == 3


def test_a_broken_rule_is_switched_off_with_its_name_saying_so() -> None:
    (timeline,) = _play(RuleRows({}, broken=Failure.SEMANTIC)).timelines
    assert timeline.failed == FAILURES_UNTIL_DISABLED
    assert timeline.disabled == 24 - FAILURES_UNTIL_DISABLED
    assert timeline.rule.name == "AUTO DISABLED Rule"
    assert timeline.told[-1].status is RunStatus.DISABLED


def test_a_failure_of_the_database_here_switches_no_rule_off() -> None:
    (timeline,) = _play(RuleRows({}, failures=dict.fromkeys(range(20), "out of memory"))).timelines
    assert (timeline.failed, timeline.disabled, timeline.runs) == (20, 0, 24)


def test_a_disabled_rule_has_no_runs() -> None:
    (timeline,) = _play(RuleRows({}), replace(RULE, enabled=False)).timelines
    assert (timeline.runs, timeline.disabled) == (0, 24)


def test_versions_differ_in_alerts_that_came_went_and_changed() -> None:
    before = _play(RuleRows({0: _rows("a"), 2: _rows("b")}))
    after = _play(RuleRows({0: _rows("a"), 3: _rows("c")}), replace(RULE, severity=Severity.HIGH))
    result = compare(before, after)
    assert [alert.created.hour for alert in result.added] == [3]
    assert [alert.created.hour for alert in result.lost] == [2]
    assert [one.fields for one in result.changed] == [(("severity", "Low", "High"),)]
    assert not result.alike
    assert compare(before, before).alike
