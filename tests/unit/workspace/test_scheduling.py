"""What breaks when rules do not run when the service would run them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.errors import EngineError
from vedette.simulate.types import Incident
from vedette.workspace.rule_run import RuleRunner, RunOutcome
from vedette.workspace.tasks import Task

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api

Mail = Callable[..., dict[str, object]]
Rule = Callable[..., dict[str, Any]]
#: What a clock would say that nobody should ask.
LATER = datetime(2027, 1, 1, tzinfo=UTC)


def _times(api: Api, rule: str = "a") -> list[str]:
    return [run["scheduled"][11:16] for run in reversed(api.runs()) if run["rule"] == rule]


def test_the_first_run_waits_for_the_frequency(api: Api, rule: Rule) -> None:
    api.put("alertRules/a", rule())
    assert api.advance("PT4M59S") == {"now": "2026-11-02T12:04:59Z", "runs": 0, "newIncidents": 0}
    assert api.advance("PT1S")["runs"] == 1
    assert api.advance("PT2H")["runs"] == 2
    assert _times(api) == ["12:00", "13:00", "14:00"]
    assert api.runs()[0]["executed"] == "2026-11-02T14:05:00Z"


def test_one_step_or_many_make_a_difference(
    make_api: Callable[..., Api], rule: Rule, mail: Mail
) -> None:
    def replay(*steps: str) -> tuple[object, object]:
        api = make_api()
        api.put("alertRules/a", rule())
        api.put("alertRules/b", rule("NRT"))
        api.events("EmailEvents", mail(), mail(TimeGenerated="2026-11-02T13:30:00Z"))
        for step in steps:
            api.advance(step)
        return api.runs(), api.get("incidents")

    assert replay("PT3H") == replay("PT1H", "PT59M59S", "PT1S", "PT1H")


def test_rules_run_one_after_the_other_instead_of_in_time(api: Api, rule: Rule) -> None:
    api.put("alertRules/b", rule(queryFrequency="PT30M"))
    api.put("alertRules/a", rule("NRT"))
    api.advance("PT7M")
    order = [(run["executed"][11:16], run["rule"]) for run in reversed(api.runs())]
    assert order == [
        ("12:02", "a"),
        ("12:03", "a"),
        ("12:04", "a"),
        ("12:05", "a"),
        ("12:05", "b"),
        ("12:06", "a"),
        ("12:07", "a"),
    ]


def test_a_near_real_time_rule_goes_by_the_time_of_the_event(
    api: Api, rule: Rule, mail: Mail
) -> None:
    api.put("alertRules/a", rule("NRT"))
    api.events("EmailEvents", mail(_IngestionTime="2026-11-02T12:01:30Z"))
    api.advance("PT6M")
    seen = [(run["scheduled"][11:16], run["rows"]) for run in reversed(api.runs())]
    assert seen == [("12:00", 0), ("12:01", 0), ("12:02", 1), ("12:03", 0), ("12:04", 0)]


def test_a_disabled_rule_runs(api: Api, rule: Rule) -> None:
    api.put("alertRules/a", rule(enabled=False))
    assert api.advance("P1D")["runs"] == 0
    api.put("alertRules/a", rule())
    assert api.advance("PT1H")["runs"] == 1
    assert _times(api) == ["12:00"]
    api.put("alertRules/a", rule(enabled=False))
    assert api.advance("P1D")["runs"] == 0


def test_a_deleted_rule_runs(api: Api, rule: Rule) -> None:
    api.put("alertRules/a", rule())
    api.send("DELETE", "alertRules/a")
    assert api.advance("P1D")["runs"] == 0


def test_an_update_moves_the_schedule_or_does_not(api: Api, rule: Rule) -> None:
    api.put("alertRules/a", rule())
    api.advance("PT30M")
    api.put("alertRules/a", rule(displayName="Renamed"))
    api.advance("PT1H")
    assert _times(api) == ["12:00", "13:00"]
    api.put("alertRules/a", rule(queryFrequency="PT20M"))
    api.advance("PT30M")
    assert _times(api) == ["12:00", "13:00", "13:30", "13:50"]


def test_a_rule_runs_on_though_it_is_suppressed(api: Api, rule: Rule, mail: Mail) -> None:
    api.put("alertRules/a", rule(suppressionEnabled=True, suppressionDuration="PT2H"))
    api.events(
        "EmailEvents",
        mail(),
        mail(TimeGenerated="2026-11-02T12:30:00Z"),
        mail(TimeGenerated="2026-11-02T13:30:00Z"),
    )
    assert api.advance("PT5H")["runs"] == 3
    assert _times(api) == ["12:00", "14:00", "16:00"]
    assert [run["alerts"] for run in reversed(api.runs())] == [1, 1, 0]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"now": "2026-11-02T11:59:59Z"}, "cannot go back"),
        ({"now": "noon"}, "noon"),
        ({"now": "2026-11-02T12:00:00"}, "time zone"),
        ({"now": "9999-12-31T23:59:59Z"}, "at most 366 days"),
        ({"advance": "1h"}, "1h"),
        ({"advance": "P99999999D"}, "out of range"),
        ({"advance": "P999999999999D"}, "out of range"),
        ({"advance": "PT1H", "now": "2026-11-02T13:00:00Z"}, "either"),
        ({}, "either"),
        ([], "Object"),
    ],
)
def test_the_clock_moves_where_it_cannot(api: Api, body: object, named: str) -> None:
    response = api.send("POST", "/_vedette/clock", body)
    assert response.status_code == 400
    assert named in response.text
    assert api.get("/_vedette/clock") == {"now": "2026-11-02T12:00:00Z"}


def test_a_failing_rule_stops_the_others_or_leaves_no_record(
    api: Api, rule: Rule, mail: Mail
) -> None:
    scope = f"{api.scope}/savedSearches/f"
    function = {
        "category": "x",
        "displayName": "x",
        "query": "EmailEvents",
        "functionAlias": "Mails",
    }
    api.put(scope, {"properties": function})
    api.put("alertRules/fails", rule(query="Mails"))
    api.put("alertRules/works", rule())
    api.events("EmailEvents", mail())
    api.send("DELETE", scope)
    assert api.advance("PT5M") == {"now": "2026-11-02T12:05:00Z", "runs": 2, "newIncidents": 1}
    works, fails = sorted(api.runs(), key=lambda run: str(run["status"]), reverse=True)
    assert works == {
        "rule": "works",
        "ruleName": "Every mail",
        "kind": "Scheduled",
        "scheduled": "2026-11-02T12:00:00Z",
        "executed": "2026-11-02T12:05:00Z",
        "status": "Success",
        "rows": 1,
        "alerts": 1,
        "droppedEntities": 0,
        "reason": "Rule executed successfully, generating 1 alert(s).",
    }
    assert (fails["status"], fails["alerts"]) == ("Failure", 0)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("EmailEvents", "NoTable", "A table referenced in the query was not found."),
        (
            "EmailEvents",
            "EmailEvents | where f(1)",
            "A function called by the query was not found.",
        ),
        ("EmailEvents", "EmailEvents |", "A syntax error occurred while running the query."),
        (
            "EmailEvents",
            "EmailEvents | where Nothing",
            "A semantic error occurred while running the query.",
        ),
    ],
)
def test_a_failure_has_another_reason(
    api: Api, rule: Rule, before: str, after: str, reason: str
) -> None:
    """The function that the rule calls is replaced by one that does not compile."""
    scope = f"{api.scope}/savedSearches/f"
    function = {"category": "x", "displayName": "x", "query": before, "functionAlias": "Mails"}
    api.put(scope, {"properties": function})
    api.put("alertRules/a", rule(query="Mails | project TimeGenerated, RecipientEmailAddress"))
    api.put(scope, {"etag": "*", "properties": {**function, "query": after}})
    api.advance("PT5M")
    [run] = api.runs()
    assert (run["status"], run["reason"]) == ("Failure", reason)


def test_a_query_that_the_engine_refuses_counts_as_a_success(api: Api, rule: Rule) -> None:
    query = (
        "EmailEvents | sort by TimeGenerated asc"
        " | scan with (step s1: Subject == 'a'; step s2 optional: Subject == 'b';)"
    )
    api.put("alertRules/a", rule(query=query, entityMappings=None, incidentConfiguration=None))
    api.advance("PT5M")
    [run] = api.runs()
    assert run["status"] == "Unsupported"
    assert "cannot run this query as the service would" in run["reason"]


def test_the_threshold_is_not_told(api: Api, rule: Rule, mail: Mail) -> None:
    api.put("alertRules/a", rule(triggerThreshold=2))
    api.events("EmailEvents", mail(), mail())
    api.advance("PT5M")
    assert api.runs()[0]["reason"] == (
        "Rule executed successfully, but did not reach the threshold (2) required to generate an "
        "alert."
    )
    assert api.get("incidents")["value"] == []


def test_runs_are_listed_without_order_or_end(api: Api, rule: Rule) -> None:
    api.put("alertRules/a", rule())
    api.put("alertRules/b", rule("NRT"))
    api.advance("PT2H5M")
    query = {"rule": "A", "$top": "2"}
    first = api.send("GET", "/_vedette/runs", query=query).json
    assert first is not None
    assert [run["scheduled"][11:16] for run in first["value"]] == ["14:00", "13:00"]
    rest = api.client.get(
        first["nextLink"],
        headers={"Authorization": "Bearer the-token"},
        base_url="http://localhost",
    ).json
    assert rest is not None
    assert [run["scheduled"][11:16] for run in rest["value"]] == ["12:00"]
    assert "nextLink" not in rest


def test_a_restart_loses_something(
    make_api: Callable[..., Api], rule: Rule, mail: Mail, tmp_path: Path
) -> None:
    state = tmp_path / "state.duckdb"
    with Database.open(state) as database:
        api = make_api(database=database)
        api.put("alertRules/a", rule())
        api.put(
            f"{api.scope}/savedSearches/s",
            {"properties": {"category": "x", "displayName": "x", "query": "x"}},
        )
        api.events("EmailEvents", mail(), mail(TimeGenerated="2026-11-02T12:20:00Z"))
        api.advance("PT10M")
        paths = ("alertRules", f"{api.scope}/savedSearches", "incidents", "/_vedette/runs")
        before = [api.get(path) for path in paths]
        api.app.workspace.close()
    with Database.open(state) as database:
        api = make_api(database=database, now=LATER)
        assert [api.get(path) for path in paths] == before
        assert api.get("/_vedette/clock") == {"now": "2026-11-02T12:10:00Z"}
        assert api.advance("PT1H")["runs"] == 1
        [run, _] = api.runs()
        assert (run["rows"], run["alerts"]) == (1, 1)
        [incident] = api.get("incidents")["value"]
        assert incident["properties"]["additionalData"]["alertsCount"] == 2
        api.app.workspace.close()


def test_a_failed_move_of_the_clock_leaves_half_of_its_runs(
    api: Api, rule: Rule, mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.put("alertRules/a", rule())
    api.events("EmailEvents", mail(), mail(TimeGenerated="2026-11-02T12:30:00Z"))
    run = RuleRunner.run

    def fail_at_the_second(
        runner: RuleRunner,
        task: Task,
        incidents: tuple[Incident, ...],
        *,
        scheduled: datetime,
        executed: datetime,
        first: bool = False,
        seen: Mapping[str, datetime] | None = None,
    ) -> RunOutcome:
        outcome = run(runner, task, incidents, scheduled=scheduled, executed=executed, first=first)
        if scheduled.hour == 13:
            raise RuntimeError("the power failed")
        return outcome

    with monkeypatch.context() as patch:
        patch.setattr(RuleRunner, "run", fail_at_the_second)
        with pytest.raises(RuntimeError):
            api.advance("PT2H")
    assert api.get("/_vedette/clock") == {"now": "2026-11-02T12:00:00Z"}
    assert api.runs() == []
    assert api.get("incidents")["value"] == []
    assert api.advance("PT2H")["runs"] == 2
    assert [run["rows"] for run in api.runs()] == [1, 1]


def test_dropped_entities_are_not_told(api: Api, rule: Rule, mail: Mail) -> None:
    mappings = [
        {
            "entityType": "Account",
            "fieldMappings": [{"identifier": "Name", "columnName": "Subject"}],
        }
    ]
    api.put("alertRules/a", rule(entityMappings=mappings))
    api.events("EmailEvents", mail(Subject="admin"))
    api.advance("PT5M")
    [run] = api.runs()
    assert (run["status"], run["droppedEntities"]) == ("Success", 1)
    assert run["reason"] == (
        "Rule executed successfully, generating 1 alert(s). 1 entities were dropped in alert "
        "Every mail due to entity mapping issues."
    )


def test_an_engine_that_fails_stops_the_clock(
    api: Api, rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise EngineError("out of memory")

    api.put("alertRules/a", rule())
    monkeypatch.setattr(DuckEngine, "run", fail)
    assert api.advance("PT5M")["runs"] == 1
    [run] = api.runs()
    assert run["status"] == "Failure"
    assert run["reason"] == "The local workspace failed to run the query: out of memory"


def test_a_tool_that_fails_answers_without_an_error_body(
    api: Api, rule: Rule, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise EngineError("the disk is full")

    monkeypatch.setattr(api.app.workspace.store, "put", fail)
    response = api.send("PUT", "alertRules/a", rule())
    assert response.status_code == 500
    assert response.json == {
        "error": {"code": "InternalServerError", "message": "the disk is full"}
    }
    assert "alertRules/a" in caplog.text


def test_a_table_that_is_gone_stops_a_restart(
    make_api: Callable[..., Api], rule: Rule, mail: Mail, tmp_path: Path
) -> None:
    state = tmp_path / "state.duckdb"
    with Database.open(state) as database:
        api = make_api(database=database)
        api.put("alertRules/a", rule(query="EmailEvents | take 1"))
        api.events("EmailEvents", mail())
        clicks = api.app.workspace.settings.tables["UrlClickEvents"]
        api.app.workspace.close()
    with Database.open(state) as database:
        api = make_api(database=database, tables={"UrlClickEvents": clicks})
        api.advance("PT5M")
        [run] = api.runs()
        assert run["reason"] == "A table referenced in the query was not found."
        api.app.workspace.close()
