"""Rules that would be called healthy although something is wrong or was not read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest

from vedette.errors import ServiceError
from vedette.operate.health import Subject, Symptom, Verdict, judge
from vedette.operate.health_queries import (
    ALERTS,
    INTAKE,
    NOW,
    RUNS,
    Intake,
    Observed,
    Runs,
    observe,
)
from vedette.report.health import render_text, render_xml

AT = datetime(2026, 1, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)

SUBJECT = Subject(
    id="r",
    label="rule",
    name="Rule",
    path=PurePosixPath("detections/rule.yaml"),
    frequency=HOUR,
    tables=("EmailEvents",),
    modified=AT - timedelta(days=20),
)
RUN = Runs(
    count=336,
    failures=0,
    alerts=5,
    dropped=0,
    first=AT - timedelta(days=14),
    last=AT - HOUR,
    last_good=AT - HOUR,
    delayed=0,
    last_failed=False,
    reason="",
    scheduled=AT - HOUR,
)
TABLES = {"EmailEvents": Intake(AT - timedelta(days=14), AT - HOUR, 14)}
SEEN = Observed(AT, 14, {"r": RUN}, {"r": {3: 5}}, TABLES, {})


def symptoms(subject: Subject, seen: Observed) -> list[Symptom]:
    (rule,) = judge([subject], seen, "prod").rules
    return [sign.symptom for sign in rule.signs]


def with_run(run: Runs) -> Observed:
    return replace(SEEN, runs={"r": run})


def test_a_rule_that_runs_fires_and_is_fed_is_healthy() -> None:
    (rule,) = judge([SUBJECT], SEEN, "prod").rules
    assert rule.verdict is Verdict.HEALTHY
    assert rule.read.startswith("336 runs, 0 failed, the last 2026-01-15 11:00Z; 5 alerts; data in")


@pytest.mark.parametrize(
    ("seen", "symptom"),
    [
        (with_run(replace(RUN, last_failed=True, failures=3)), Symptom.FAILING),
        (with_run(replace(RUN, failures=3)), Symptom.FAILED_AT_TIMES),
        (with_run(replace(RUN, last=AT - 5 * HOUR)), Symptom.NOT_RUNNING),
        (with_run(replace(RUN, delayed=2)), Symptom.DELAYED),
        (with_run(replace(RUN, dropped=2)), Symptom.DROPPED_ENTITIES),
        (replace(with_run(replace(RUN, alerts=0)), alerts={}), Symptom.NEVER_FIRES),
        (replace(SEEN, runs={"other": RUN}), Symptom.NOT_RUNNING),
        (replace(SEEN, runs=None), Symptom.UNKNOWN),
        (replace(SEEN, alerts=None), Symptom.UNKNOWN),
        (replace(SEEN, tables=None), Symptom.UNKNOWN),
        (replace(SEEN, tables={"Other": TABLES["EmailEvents"]}), Symptom.SILENT_TABLE),
        (replace(SEEN, alerts={"r": {0: 50, 3: 5}}), Symptom.VOLUME_JUMP),
    ],
)
def test_one_thing_that_is_wrong_is_one_sign(seen: Observed, symptom: Symptom) -> None:
    assert symptoms(SUBJECT, seen) == [symptom]


@pytest.mark.parametrize(
    ("subject", "verdict", "sign"),
    [
        (replace(SUBJECT, live=False), Verdict.WARNING, [Symptom.ABSENT]),
        (replace(SUBJECT, auto_disabled="why"), Verdict.ERROR, [Symptom.AUTO_DISABLED]),
        (replace(SUBJECT, enabled=False), Verdict.OFF, []),
        (replace(SUBJECT, frequency=None), Verdict.HEALTHY, []),
    ],
)
def test_what_the_live_rule_is_counts_before_its_runs(
    subject: Subject, verdict: Verdict, sign: Sequence[Symptom]
) -> None:
    (rule,) = judge([subject], SEEN, "prod").rules
    assert (rule.verdict, [each.symptom for each in rule.signs]) == (verdict, list(sign))


def test_a_rule_that_was_just_written_is_not_yet_missed() -> None:
    new = replace(SUBJECT, modified=AT - HOUR)
    assert symptoms(new, replace(SEEN, runs={"other": RUN})) == [Symptom.UNKNOWN]


def test_a_new_rule_has_not_had_its_chance_to_fire() -> None:
    new = replace(with_run(replace(RUN, alerts=0, first=AT - timedelta(days=3))), alerts={})
    assert symptoms(SUBJECT, new) == []


@pytest.mark.parametrize(
    ("days", "hours_silent", "silent"),
    [(14, 23, False), (14, 25, True), (2, 25, False), (2, 24 * 13, False)],
)
def test_a_table_that_is_seldom_sent_may_be_silent_for_longer(
    days: int, hours_silent: int, silent: bool
) -> None:
    last = AT - timedelta(hours=hours_silent)
    seen = replace(SEEN, tables={"EmailEvents": Intake(last - timedelta(days=14), last, days)})
    assert (Symptom.SILENT_TABLE in symptoms(SUBJECT, seen)) is silent


def test_the_worst_comes_first_and_junit_tells_wrong_from_unknown() -> None:
    others = [replace(SUBJECT, id="x", label="aaa"), replace(SUBJECT, live=False, label="zzz")]
    seen = replace(SEEN, runs={"r": replace(RUN, last_failed=True)}, tables=TABLES)
    report = judge([*others, SUBJECT], replace(seen, alerts={"r": {}}), "prod")
    assert [rule.subject.label for rule in report.rules] == ["aaa", "rule", "zzz"]
    assert 'failures="3" errors="0"' in render_xml(report)
    blind = judge([SUBJECT], replace(SEEN, runs=None, unknown={"SentinelHealth": "403"}), "prod")
    assert 'failures="0" errors="1"' in render_xml(blind)
    assert "Not read: 403\n  switch it on: Sentinel > Settings" in render_text(blind)


class Scripted:
    """Answers each query with rows, or fails."""

    def __init__(self, answers: Mapping[str, object]) -> None:
        self.answers = {NOW: [{"Now": "2026-01-15T12:00:00Z"}], **answers}

    def query(self, text: str, *, timespan: str) -> list[Mapping[str, object]]:
        answer = self.answers.get(text, [])
        if isinstance(answer, ServiceError):
            raise answer
        assert isinstance(answer, list)
        return answer


def test_no_answer_and_no_rows_are_each_said_with_their_reason() -> None:
    seen = observe(Scripted({RUNS: ServiceError("403 Forbidden")}), 14)
    assert (seen.runs, seen.alerts, seen.tables) == (None, None, None)
    assert seen.unknown == {
        "SentinelHealth": "403 Forbidden",
        "SecurityAlert": "SecurityAlert has no rows in 14 days",
        "Usage": "Usage has no rows in 14 days",
    }


def test_no_alert_is_an_answer_where_the_runs_say_that_they_made_none() -> None:
    row = {
        "RuleId": "r",
        "Runs": 3,
        "Failures": 0,
        "Alerts": 0,
        "Dropped": 0,
        "First": "2026-01-15T09:05:00Z",
        "Last": "2026-01-15T11:05:00.1234567Z",
        "LastGood": "2026-01-15T11:05:00Z",
        "Delayed": 0,
        "Failed": False,
        "Reason": "",
        "Description": "Rule executed successfully.",
        "Scheduled": None,
    }
    seen = observe(Scripted({RUNS: [row], INTAKE: []}), 14)
    assert seen.alerts == {}
    assert seen.runs is not None
    assert seen.runs["r"].scheduled is None
    failing = observe(Scripted({RUNS: [{**row, "Alerts": 2}], ALERTS: []}), 14)
    assert failing.alerts is None
