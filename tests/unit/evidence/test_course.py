"""Several runs of one case: suppression, incidents over runs, and times that are none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import pytest

from vedette.engine.base import Rows
from vedette.evidence.course import course_of, run_times
from vedette.evidence.expect_incidents import incident_differences
from vedette.model.case import Case, Expectation, ExpectedIncident
from vedette.model.detection import (
    AggregationKind,
    EntityMapping,
    FieldMapping,
    Grouping,
    IncidentSettings,
    Kind,
    MatchingMethod,
    Schedule,
    Severity,
    TriggerOperator,
)
from vedette.model.document import Document
from vedette.model.yaml import parse
from vedette.schema.types import Column
from vedette.simulate.alerts import AlertRun, alerts_from
from vedette.simulate.types import AnalyticsRule

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
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
    entity_mappings=(EntityMapping("Account", (FieldMapping("FullName", "User"),)),),
    incident=IncidentSettings(
        True, Grouping(True, False, timedelta(hours=5), MatchingMethod.ALL_ENTITIES)
    ),
)


def _document() -> Document:
    document, findings = parse("a: 1", PurePosixPath("x.cases.yaml"))
    assert document is not None
    assert findings == []
    return document


def _case(*runs: str) -> Case:
    expect = Expectation(alert_count=1)
    return Case("a", "b", NOW, {}, expect, runs=runs, source=_document())


def _rows(*users: str) -> Rows:
    return Rows((Column("User", "string"),), tuple((user,) for user in users))


def _alerts(rule: AnalyticsRule = RULE) -> Callable[[Rows, datetime], AlertRun]:
    def make(rows: Rows, at: datetime) -> AlertRun:
        return alerts_from(rule, rows, scheduled=at)

    return make


def test_a_case_without_runs_has_one_at_now() -> None:
    assert run_times(_case()) == (NOW,)


def test_runs_are_relative_to_now() -> None:
    assert run_times(_case("-2h", "now")) == (NOW - 2 * HOUR, NOW)


@pytest.mark.parametrize("runs", [("now", "-1h"), ("now", "now"), ("soon",)])
def test_runs_that_are_not_in_order_are_refused(runs: tuple[str, ...]) -> None:
    assert run_times(_case(*runs)) is None


def test_alerts_of_several_runs_share_an_incident() -> None:
    found = [(NOW - HOUR, _rows("ann")), (NOW, _rows("ann", "eve"))]
    course = course_of(RULE, found, _alerts())
    assert len(course.alerts.alerts) == 3
    assert [len(incident.alerts) for incident in course.incidents] == [2, 1]
    wanted = Expectation(
        incidents=(
            ExpectedIncident(alerts=1, entities=({"type": "Account", "FullName": "eve"},)),
            ExpectedIncident(title="Rule", severity="Low", alerts=2),
        )
    )
    assert incident_differences(wanted, course.incidents) == ()


def test_a_run_within_the_suppression_makes_nothing() -> None:
    rule = replace(RULE, suppression=timedelta(hours=2))
    found = [(NOW - HOUR, _rows("ann")), (NOW, _rows("ann")), (NOW + HOUR, _rows("ann"))]
    course = course_of(rule, found, _alerts(rule))
    assert [alert.created for alert in course.alerts.alerts] == [
        NOW - HOUR + timedelta(minutes=5),
        NOW + HOUR + timedelta(minutes=5),
    ]


def test_what_differs_in_an_incident_is_said() -> None:
    course = course_of(RULE, [(NOW, _rows("ann"))], _alerts())
    lines = incident_differences(Expectation(incident_count=2), course.incidents)
    assert lines[0] == "incidents: expected 2, got 1"
    wanted = Expectation(incidents=(ExpectedIncident(severity="High"),))
    text = "\n".join(incident_differences(wanted, course.incidents))
    assert 'severity: expected "High", got "Low"' in text
