"""What breaks when the rows of a run become the wrong alerts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vedette.engine.base import Rows
from vedette.model.detection import (
    AggregationKind,
    AlertDetails,
    DynamicProperty,
    EntityMapping,
    FieldMapping,
    Kind,
    TriggerOperator,
)
from vedette.simulate.alerts import AlertRun, alerts_from
from vedette.simulate.types import AnalyticsRule

RowsOf = Callable[[Sequence[dict[str, object]]], Rows]

NOW = datetime(2026, 10, 6, 9, tzinfo=UTC)
TABLE = yaml.safe_load(
    (Path(__file__).parents[2] / "cases/simulate/alerts.yaml").read_text(encoding="utf-8")
)
PER_ROW = AggregationKind.ALERT_PER_RESULT


def _changed(rule: AnalyticsRule, changes: Mapping[str, Any]) -> AnalyticsRule:
    kind = Kind(changes.get("kind", "Scheduled"))
    assert rule.schedule is not None
    schedule = replace(
        rule.schedule,
        operator=TriggerOperator(changes.get("operator", "GreaterThan")),
        threshold=changes.get("threshold", 0),
    )
    dynamic = changes.get("dynamic", {})
    return replace(
        rule,
        kind=kind,
        schedule=schedule if kind is Kind.SCHEDULED else None,
        aggregation=AggregationKind(changes.get("aggregation", "SingleAlert")),
        custom_details=changes.get("custom_details", {}),
        alert_details=AlertDetails(
            name_format=changes.get("name_format"),
            description_format=changes.get("description_format"),
            tactics_column=changes.get("tactics_column"),
            severity_column=changes.get("severity_column"),
            dynamic_properties=tuple(DynamicProperty(*pair) for pair in dynamic.items()),
        ),
    )


@pytest.mark.parametrize("case", TABLE, ids=[case["name"] for case in TABLE])
def test_rows_become_the_wrong_alerts(
    case: dict[str, Any], rule: AnalyticsRule, rows_of: RowsOf
) -> None:
    changed = _changed(rule, case.get("rule", {}))
    run = alerts_from(changed, rows_of(case["rows"]), scheduled=NOW)
    shown = []
    for alert, expected in zip(run.alerts, case["alerts"], strict=True):
        row: dict[str, object] = {name: getattr(alert, name) for name in expected}
        if "rows" in row:
            row["rows"] = len(alert.rows)
        # Tuples are lists in YAML; datetimes are the same on both sides.
        shown.append(json.loads(json.dumps(row, default=str)))
    assert shown == json.loads(json.dumps(case["alerts"], default=str))


def _run(rule: AnalyticsRule, rows_of: RowsOf, count: int) -> AlertRun:
    return alerts_from(rule, rows_of([{"N": index} for index in range(count)]), scheduled=NOW)


@pytest.mark.parametrize(("kind", "cap"), [(Kind.SCHEDULED, 150), (Kind.NRT, 30)])
def test_too_many_rows_lose_the_summary_of_all(
    rule: AnalyticsRule, rows_of: RowsOf, kind: Kind, cap: int
) -> None:
    rule = replace(rule, kind=kind, aggregation=PER_ROW)
    full, over = _run(rule, rows_of, cap).alerts, _run(rule, rows_of, cap + 1).alerts
    assert [len(alert.rows) for alert in full] == [1] * cap
    assert [len(alert.rows) for alert in over] == [1] * (cap - 1) + [cap + 1]


@given(count=st.integers(0, 400))
def test_an_alert_for_each_row_exceeds_its_cap_or_loses_a_row(
    rule: AnalyticsRule, rows_of: RowsOf, count: int
) -> None:
    run = _run(replace(rule, aggregation=PER_ROW), rows_of, count)
    seen = {row["N"] for alert in run.alerts for row in alert.rows}
    assert len(run.alerts) == min(count, 150)
    assert seen == set(range(count))
    assert run.rows_count == count
    assert run.fired == (count > 0)


@given(count=st.integers(0, 200))
def test_the_same_run_gets_other_ids(rule: AnalyticsRule, rows_of: RowsOf, count: int) -> None:
    rule = replace(rule, aggregation=PER_ROW)
    first, second = (_run(rule, rows_of, count) for _ in range(2))
    ids = [alert.id for alert in first.alerts]
    assert first == second
    assert len(set(ids)) == len(ids)


def test_two_runs_share_an_id(rule: AnalyticsRule, rows_of: RowsOf) -> None:
    rows = rows_of([{"N": 1}])
    one = alerts_from(rule, rows, scheduled=NOW).alerts[0]
    other = alerts_from(rule, rows, scheduled=NOW.replace(hour=10)).alerts[0]
    another = alerts_from(replace(rule, id="other"), rows, scheduled=NOW).alerts[0]
    assert len({one.id, other.id, another.id}) == 3


@given(user=st.text(min_size=1, max_size=400))
def test_a_long_name_exceeds_its_bytes_or_is_cut_within_a_character(
    rule: AnalyticsRule, rows_of: RowsOf, user: str
) -> None:
    details = AlertDetails(name_format="{{U}}!", description_format="{{U}}")
    rule = replace(rule, alert_details=details)
    alert = alerts_from(rule, rows_of([{"U": user}]), scheduled=NOW).alerts[0]
    assert len(alert.title.encode()) <= 256
    assert f"{user}!".startswith(alert.title)
    assert alert.description == user


def test_a_long_description_exceeds_five_kilobytes(rule: AnalyticsRule, rows_of: RowsOf) -> None:
    rule = replace(rule, alert_details=AlertDetails(description_format="{{U}}"))
    alert = alerts_from(rule, rows_of([{"U": "ü" * 9000}]), scheduled=NOW).alerts[0]
    assert alert.description == "ü" * (5 * 1024 // 2)


def test_custom_details_exceed_their_values_or_their_bytes(
    rule: AnalyticsRule, rows_of: RowsOf
) -> None:
    rule = replace(rule, custom_details={"Short": "S", "Long": "L", "After": "A"})
    rows = rows_of([{"S": f"s{index}", "L": "x" * 3000, "A": "a"} for index in range(80)])
    details = alerts_from(rule, rows, scheduled=NOW).alerts[0].custom_details
    # The long one does not fit into 2 KB, and what stands after it is dropped with it.
    assert details == {"Short": tuple(f"s{index}" for index in range(50))}


def test_tactics_exceed_fifty_values_before_they_are_checked(
    rule: AnalyticsRule, rows_of: RowsOf
) -> None:
    rule = replace(rule, alert_details=AlertDetails(tactics_column="T"))
    rows = rows_of([{"T": f"not-a-tactic-{index}"} for index in range(60)])
    assert alerts_from(rule, rows, scheduled=NOW).alerts[0].tactics == rule.tactics


def test_dropped_entities_are_not_counted(rule: AnalyticsRule, rows_of: RowsOf) -> None:
    mapping = EntityMapping("Account", (FieldMapping("UPNSuffix", "S"),))
    rule = replace(rule, entity_mappings=(mapping,), aggregation=PER_ROW)
    run = alerts_from(rule, rows_of([{"S": "a.example"}, {"S": "b.example"}]), scheduled=NOW)
    assert [alert.entities for alert in run.alerts] == [(), ()]
    assert run.dropped_entities == 2
