"""A rule that is taken for Sentinel's where Defender XDR runs and alerts otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from vedette.engine.base import Rows
from vedette.model.detection import (
    AggregationKind,
    AlertDetails,
    EntityMapping,
    FieldMapping,
    Kind,
    Schedule,
    Severity,
    TriggerOperator,
)
from vedette.schema.types import Column
from vedette.simulate.custom_detection import custom_alerts, custom_detection, sight_of
from vedette.simulate.types import AnalyticsRule

NOW = datetime(2026, 10, 6, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULE = AnalyticsRule(
    id="r",
    kind=Kind.SCHEDULED,
    name="Mail",
    description="A mail.",
    query="",
    enabled=True,
    severity=Severity.MEDIUM,
    schedule=Schedule(HOUR, 10 * HOUR, TriggerOperator.GREATER_THAN, 0),
    entity_mappings=(EntityMapping("URL", (FieldMapping("Url", "Url"),)),),
    custom_details={"Size": "Size"},
    alert_details=AlertDetails(name_format="{{Subject}}", severity_column="Grade"),
    suppression=HOUR,
)


def rows(*cells: tuple[object, ...]) -> Rows:
    names = ("Url", "Size", "Subject", "Grade", "Other")
    return Rows(tuple(Column(name, "string") for name in names), cells)


@pytest.mark.parametrize(("frequency", "look_back"), [(1, 4), (3, 12), (12, 48), (24, 30 * 24)])
def test_a_run_sees_the_look_back_of_its_frequency(frequency: int, look_back: int) -> None:
    schedule = Schedule(frequency * HOUR, frequency * HOUR, TriggerOperator.GREATER_THAN, 0)

    window, executes = sight_of(replace(RULE, schedule=schedule), NOW)

    assert (window.start, window.end) == (NOW - look_back * HOUR, NOW)
    assert not window.on_ingestion
    assert executes == NOW


def test_the_first_run_sees_less_than_thirty_days() -> None:
    window, _ = sight_of(RULE, NOW, first=True)

    assert (window.start, window.end) == (NOW - timedelta(days=30), NOW)


def test_a_continuous_rule_sees_what_comes_in() -> None:
    window, _ = sight_of(replace(RULE, kind=Kind.NRT, schedule=None), NOW)

    assert window.on_ingestion


def test_a_frequency_that_there_is_not_is_refused() -> None:
    schedule = Schedule(2 * HOUR, 2 * HOUR, TriggerOperator.GREATER_THAN, 0)

    with pytest.raises(ValueError, match="2:00:00"):
        sight_of(replace(RULE, schedule=schedule), NOW)


def test_rows_alert_one_by_one_with_the_rules_own_severity() -> None:
    rule = custom_detection(RULE)

    run = custom_alerts(
        rule, rows(("a", "1", "One", "High", ""), ("b", "1", "Two", "Low", "")), scheduled=NOW
    )

    assert rule.aggregation is AggregationKind.ALERT_PER_RESULT
    assert rule.suppression is None
    assert [(alert.title, alert.severity) for alert in run.alerts] == [
        ("One", Severity.MEDIUM),
        ("Two", Severity.MEDIUM),
    ]


@pytest.mark.parametrize(
    ("second", "alerts"),
    [
        (("a", "1", "One", "High", "another"), 1),
        (("b", "1", "One", "High", ""), 2),
        (("a", "2", "One", "High", ""), 2),
        (("a", "1", "Two", "High", ""), 2),
    ],
    ids=["nothing that shows", "another entity", "another detail", "another text"],
)
def test_two_rows_are_one_alert_if_nothing_that_it_shows_differs(
    second: tuple[object, ...], alerts: int
) -> None:
    run = custom_alerts(
        custom_detection(RULE), rows(("a", "1", "One", "High", ""), second), scheduled=NOW
    )

    assert len(run.alerts) == alerts
    assert run.rows_count == 2


def test_a_run_makes_150_alerts_and_none_that_sums_up() -> None:
    many = [(f"https://x.example/{number}", "1", "One", "", "") for number in range(151)]

    run = custom_alerts(custom_detection(RULE), rows(*many), scheduled=NOW)

    assert len(run.alerts) == 150
    assert all(len(alert.rows) == 1 for alert in run.alerts)
