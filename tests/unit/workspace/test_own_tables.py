"""What breaks when queries do not find what happened in the workspace."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from vedette.schema.catalogue import stock_tables
from vedette.simulate.assumptions import FAILURES_UNTIL_DISABLED
from vedette.simulate.types import Entity
from vedette.workspace.own_rows import OWN_TABLES, _entity

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api

    from vedette.engine.database import Database
    from vedette.schema.types import TableSchema

RULE = "alertRules/mails"


@pytest.fixture
def api(make_api: Callable[..., Api], standard: tuple[datetime, dict[str, TableSchema]]) -> Api:
    """A workspace that has the service's own tables as they are in stock."""
    stock = stock_tables()
    return make_api(tables=standard[1] | {name: stock[name] for name in OWN_TABLES})


def _ask(api: Api, query: str) -> list[dict[str, Any]]:
    path = f"/v1/workspaces/{api.app.workspace.settings.scope.customer_id}/query"
    response = api.send("POST", path, {"query": query}, query={})
    assert response.status_code == 200, response.text
    [table] = (response.json or {})["tables"]
    names = [column["name"] for column in table["columns"]]
    return [dict(zip(names, row, strict=True)) for row in table["rows"]]


@pytest.fixture
def fired(
    api: Api, rule: Callable[..., dict[str, Any]], mail: Callable[..., dict[str, object]]
) -> Api:
    """One mail, one run, one alert, one incident."""
    api.events("EmailEvents", mail())
    api.put(RULE, rule(customDetails={"Subject": "Subject"}, subTechniques=["T1566.002"]))
    api.advance("PT10M")
    return api


def test_a_run_is_not_in_the_health_table(fired: Api) -> None:
    [row] = _ask(fired, "SentinelHealth")
    rule = f"{fired.insights}/{RULE}"
    assert row["TimeGenerated"] == "2026-11-02T12:05:00Z"
    assert (row["OperationName"], row["Status"]) == ("Scheduled analytics rule run", "Success")
    assert (row["SentinelResourceId"], row["SentinelResourceName"]) == (rule, "Every mail")
    assert row["SentinelResourceType"] == "Analytics Rule"
    assert row["Description"] == "Rule executed successfully, generating 1 alert(s)."
    properties = json.loads(row["ExtendedProperties"])
    assert (properties["AlertsGeneratedAmount"], properties["QueryResultAmount"]) == (1, 1)
    assert properties["QueryStartTimeUTC"] == "2026-11-02T11:00:00Z"
    assert properties["QueryFrequency"] == "01:00:00"
    assert len(_ask(fired, "_SentinelHealth()")) == 1


def test_a_run_that_fails_is_healthy(api: Api, rule: Callable[..., dict[str, Any]]) -> None:
    function = {"category": "f", "displayName": "F", "functionAlias": "F", "query": "EmailEvents"}
    api.send("PUT", f"{api.scope}/savedSearches/f", {"properties": function})
    api.put(RULE, rule(query="F()"))
    api.send("DELETE", f"{api.scope}/savedSearches/f")
    api.advance("PT10M")
    [row] = _ask(api, "SentinelHealth | project Status, Reason")
    assert row == {
        "Status": "Failure",
        "Reason": "A function called by the query was not found.",
    }


def test_a_rule_that_keeps_failing_is_not_switched_off(
    api: Api, rule: Callable[..., dict[str, Any]]
) -> None:
    function = {"category": "f", "displayName": "F", "functionAlias": "F", "query": "EmailEvents"}
    path = f"{api.scope}/savedSearches/f"
    api.send("PUT", path, {"properties": function})
    api.put(RULE, rule(query="F()", description="Why."))
    api.send("DELETE", path)
    api.advance(f"P{FAILURES_UNTIL_DISABLED}D")
    failed = _ask(api, "SentinelHealth | where Status == 'Failure'")
    assert len(failed) == FAILURES_UNTIL_DISABLED
    off = api.get(RULE)["properties"]
    assert off["enabled"] is False
    assert off["displayName"] == "AUTO DISABLED Every mail"
    assert off["description"].startswith("Why.")
    assert "A function called by the query was not found." in off["description"]
    # Repaired and enabled again, it begins anew.
    api.send("PUT", path, {"properties": function})
    api.put(RULE, rule(query="F()"))
    api.advance("PT10M")
    assert api.runs()[0]["status"] == "Success"
    api.send("DELETE", path)
    api.advance(f"PT{FAILURES_UNTIL_DISABLED - 1}H")
    assert api.get(RULE)["properties"]["enabled"] is True


def test_a_write_of_a_rule_is_not_audited(api: Api, rule: Callable[..., dict[str, Any]]) -> None:
    headers = {"x-ms-client-request-id": "c0ffee"}
    api.send("PUT", RULE, rule(), headers=headers)
    api.send("PUT", RULE, rule(displayName="Renamed"), headers=headers)
    api.send("PUT", RULE, rule(severity="None"), headers=headers)
    api.send("DELETE", RULE, headers=headers)
    api.send("DELETE", RULE, headers=headers)
    rows = _ask(api, "SentinelAudit")
    shown = sorted((row["Description"], row["OperationName"]) for row in rows)
    operation = "Microsoft.SecurityInsights/alertRules"
    assert shown == [
        ("Analytics rule created", f"{operation}/Write"),
        ("Analytics rule deleted", f"{operation}/Delete"),
        ("Analytics rule updated", f"{operation}/Write"),
    ]
    assert {row["SentinelResourceType"] for row in rows} == {"Analytic Rule"}
    assert {row["CorrelationId"] for row in rows} == {"c0ffee"}
    [updated] = [row for row in rows if row["Description"].endswith("updated")]
    properties = json.loads(updated["ExtendedProperties"])
    assert properties["CallerName"] == "local"
    assert properties["CallerIpAddress"] == "127.0.0.1"
    before, after = (
        json.loads(properties[f"{name}ResourceState"]) for name in ("Original", "Updated")
    )
    assert before["properties"]["displayName"] == "Every mail"
    assert after["properties"]["displayName"] == "Renamed"


def test_an_alert_cannot_be_queried(fired: Api) -> None:
    [row] = _ask(fired, "SecurityAlert")
    [alert] = _alerts(fired)
    assert row["SystemAlertId"] == alert["name"]
    assert (row["AlertName"], row["AlertSeverity"]) == ("Every mail", "Medium")
    assert (row["Tactics"], row["Techniques"]) == ("InitialAccess", '["T1566"]')
    assert row["SubTechniques"] == '["T1566.002"]'
    assert row["ProviderName"] == "ASI Scheduled Alerts"
    assert row["TimeGenerated"] == "2026-11-02T12:05:00Z"
    [entity] = json.loads(row["Entities"])
    assert (entity["$id"], entity["Type"]) == ("2", "account")
    extended = json.loads(row["ExtendedProperties"])
    assert extended["Analytic Rule Name"] == "Every mail"
    assert json.loads(extended["Custom Details"]) == {"Subject": ["Payslip"]}
    query = (
        "SecurityAlert | mv-expand e = parse_json(Entities) to typeof(dynamic)"
        " | where e.Type == 'account' | project n = tostring(e.FullName)"
    )
    assert _ask(fired, query) == [{"n": "ana@contoso.com"}]


def test_a_change_of_an_incident_cannot_be_queried(fired: Api) -> None:
    [incident] = fired.get("incidents")["value"]
    body = {
        "properties": {
            "title": incident["properties"]["title"],
            "severity": "Medium",
            "status": "Closed",
            "classification": "TruePositive",
            "owner": {"email": "soc@contoso.com"},
        }
    }
    fired.advance("PT10M")
    fired.put(f"incidents/{incident['name']}", body)
    first, last = _ask(fired, "SecurityIncident | sort by TimeGenerated asc")
    assert (first["Status"], first["ModifiedBy"]) == ("New", "Incident created from alert")
    assert (last["Status"], last["Classification"]) == ("Closed", "TruePositive")
    assert last["ClosedTime"] == last["TimeGenerated"] == "2026-11-02T12:20:00Z"
    assert json.loads(last["Owner"]) == {"email": "soc@contoso.com"} | {
        name: None for name in json.loads(last["Owner"]) if name != "email"
    }
    [alert] = _alerts(fired)
    assert json.loads(last["AlertIds"]) == [alert["name"]]
    assert first["IncidentNumber"] == last["IncidentNumber"] == 1
    latest = "SecurityIncident | summarize arg_max(TimeGenerated, Status) by IncidentNumber"
    assert [row["Status"] for row in _ask(fired, latest)] == ["Closed"]


def test_a_rule_does_not_see_the_alerts_of_another(
    fired: Api, rule: Callable[..., dict[str, Any]]
) -> None:
    watch = rule(
        displayName="Alerts on alerts",
        query="SecurityAlert | where AlertName == 'Every mail'",
        entityMappings=None,
    )
    fired.put("alertRules/watch", watch)
    fired.advance("PT2H")
    names = _ask(fired, "SecurityAlert | summarize count() by AlertName | sort by AlertName asc")
    assert {row["AlertName"]: row["count_"] for row in names}["Alerts on alerts"] == 1


def test_a_rule_in_the_same_move_sees_what_a_run_before_it_did(
    api: Api, rule: Callable[..., dict[str, Any]], mail: Callable[..., dict[str, object]]
) -> None:
    api.events("EmailEvents", mail())
    api.put(RULE, rule())
    api.put(
        "alertRules/watch",
        rule(
            query="SentinelHealth | where Status == 'Success'",
            entityMappings=None,
            displayName="Watch",
        ),
    )
    api.advance("PT2H")
    watched = [run for run in api.runs() if run["rule"] == "watch"]
    assert [run["rows"] for run in watched] == [2, 0]


def test_what_was_sent_is_not_counted(fired: Api) -> None:
    assert _ask(fired, "Usage") == []
    fired.advance("PT1H")
    [row] = _ask(fired, "Usage | project DataType, StartTime, EndTime, Quantity, TimeGenerated")
    assert row["DataType"] == "EmailEvents"
    assert (row["StartTime"], row["EndTime"]) == ("2026-11-02T12:00:00Z", "2026-11-02T13:00:00Z")
    assert 0 < row["Quantity"] < 0.001
    fired.advance("PT3H")
    assert len(_ask(fired, "Usage")) == 1


def test_own_rows_count_as_events_that_were_sent(fired: Api) -> None:
    assert fired.get("/_vedette/events")["tables"] == {"EmailEvents": 1}
    assert fired.app.workspace.journal.count_events() == 1


def test_what_is_refused_leaves_a_row(fired: Api, rule: Callable[..., dict[str, Any]]) -> None:
    before = len(_ask(fired, "SentinelAudit"))
    assert fired.send("PUT", "alertRules/new", rule(query="Nowhere")).status_code == 400
    assert len(_ask(fired, "SentinelAudit")) == before


def test_a_restart_loses_the_rows(
    make_api: Callable[..., Api], rule: Callable[..., dict[str, Any]], fired: Api
) -> None:
    settings = fired.app.workspace.settings
    database: Database = fired.app.workspace.store._database
    again = make_api(database=database, tables=settings.tables)
    for table in ("SentinelHealth", "SentinelAudit", "SecurityAlert", "SecurityIncident"):
        assert _ask(again, f"{table} | count") == [{"Count": 1}], table


@pytest.mark.parametrize(
    ("kind", "type_"),
    [("Account", "account"), ("MailMessage", "mail-message"), ("FileHash", "filehash")],
)
def test_an_entity_has_another_type(kind: str, type_: str) -> None:
    entity = _entity(2, Entity(kind, (("Name", "x"),)))
    assert entity == {"$id": "2", "Name": "x", "Type": type_}


def _alerts(api: Api) -> list[Mapping[str, Any]]:
    [incident] = api.get("incidents")["value"]
    found: list[Mapping[str, Any]] = (
        api.send("POST", f"incidents/{incident['name']}/alerts").json or {}
    )["value"]
    return found
