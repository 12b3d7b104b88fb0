"""What breaks when automation rules work on the incidents of a live workspace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest

from vedette.schema.catalogue import stock_tables

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api

Fire = Callable[..., "Api"]
TENANT = "22222222-2222-4222-8222-222222222222"
APP = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Logic/workflows/notify"
OWNER = {"userPrincipalName": "soc@contoso.com", "assignedTo": "SOC", "ownerType": "Group"}


def _property(name: str, *values: str, operator: str = "Equals") -> dict[str, Any]:
    what = {"propertyName": name, "operator": operator, "propertyValues": list(values)}
    return {"conditionType": "Property", "conditionProperties": what}


def _modify(**properties: object) -> dict[str, Any]:
    return {"actionType": "ModifyProperties", "actionConfiguration": properties}


def _task(title: str) -> dict[str, Any]:
    return {"actionType": "AddIncidentTask", "actionConfiguration": {"title": title}}


PLAYBOOK = {
    "actionType": "RunPlaybook",
    "actionConfiguration": {"logicAppResourceId": APP, "tenantId": TENANT},
}


def _automation(
    name: str,
    order: int,
    *actions: Mapping[str, Any],
    conditions: tuple[Mapping[str, Any], ...] = (),
    **logic: object,
) -> dict[str, Any]:
    return {
        "properties": {
            "displayName": name,
            "order": order,
            "triggeringLogic": {
                "isEnabled": True,
                "triggersOn": "Incidents",
                "triggersWhen": "Created",
                "conditions": list(conditions),
                **logic,
            },
            # Written in another order than they are to run.
            "actions": [{"order": -at, **one} for at, one in enumerate(reversed(actions))],
        }
    }


@pytest.fixture
def fired(
    make_api: Callable[..., Api],
    rule: Callable[..., dict[str, Any]],
    mail: Callable[..., dict[str, object]],
) -> Fire:
    """``fired(a, b, …)``: a workspace with these automation rules, and an incident made."""

    def fire(*automation: Mapping[str, Any], **settings: object) -> Api:
        api = make_api(**settings)
        api.put("alertRules/a", rule())
        for number, one in enumerate(automation):
            api.put(f"automationRules/00000000-0000-4000-8000-{number:012}", one)
        api.events("EmailEvents", mail())
        api.advance("PT5M")
        return api

    return fire


def _incident(api: Api) -> dict[str, Any]:
    [found] = api.get("incidents")["value"]
    return dict(found)


def _tasks(api: Api, incident: Mapping[str, Any]) -> list[str]:
    listed = api.get(f"incidents/{incident['name']}/tasks")["value"]
    return sorted(task["properties"]["title"] for task in listed)


def _written(incident: Mapping[str, Any], **changes: object) -> dict[str, Any]:
    kept = {name: incident["properties"][name] for name in ("title", "severity", "status")}
    return {"properties": kept | changes}


def test_an_incident_that_comes_is_left_as_it_is(fired: Fire) -> None:
    api = fired(
        _automation(
            "Second",
            2,
            _task("Call the user"),
            conditions=(_property("IncidentSeverity", "High"),),
        ),
        _automation(
            "First",
            1,
            _modify(severity="High", owner=OWNER, labels=[{"labelName": "mail"}]),
            PLAYBOOK,
            conditions=(
                _property("IncidentRelatedAnalyticRuleIds", "/subscriptions/x/alertRules/A"),
                _property("IncidentTactics", "initial", operator="StartsWith"),
            ),
        ),
    )
    incident = _incident(api)
    properties = incident["properties"]
    assert properties["severity"] == "High"
    assert properties["owner"]["assignedTo"] == "SOC"
    assert properties["labels"] == [{"labelName": "mail", "labelType": "AutoAssigned"}]
    assert _tasks(api, incident) == ["Call the user"]
    [playbook] = api.get("/_vedette/playbooks")["playbooks"]
    assert (playbook["playbook"], playbook["rule"]) == (APP, "First")
    assert playbook["incident"] == incident["name"]


def test_a_rule_that_is_not_meant_runs(fired: Fire) -> None:
    api = fired(
        _automation("Off", 1, _task("off"), isEnabled=False),
        _automation("Over", 1, _task("over"), expirationTimeUtc="2026-11-02T12:05:00Z"),
        _automation("Other", 1, _task("other"), conditions=(_property("AccountName", "bob"),)),
        _automation("Later", 1, _task("later"), expirationTimeUtc="2026-11-02T12:05:01Z"),
    )
    assert _tasks(api, _incident(api)) == ["later"]


def test_what_a_client_changes_wakes_nothing(fired: Fire) -> None:
    closed = {
        "conditionType": "PropertyChanged",
        "conditionProperties": {
            "propertyName": "IncidentStatus",
            "changeType": "ChangedTo",
            "operator": "Equals",
            "propertyValues": ["Active"],
        },
    }
    api = fired(
        _automation("Up", 1, _modify(severity="High"), triggersWhen="Updated", conditions=(closed,))
    )
    created = _incident(api)
    assert created["properties"]["severity"] == "Medium"

    path = f"incidents/{created['name']}"
    answered = api.put(path, _written(created, status="Active"))

    # The client is answered with what it wrote; the rule comes after, with an etag of its own.
    assert answered["properties"]["severity"] == "Medium"
    now = _incident(api)
    assert now["properties"]["severity"] == "High"
    assert now["etag"] != answered["etag"]
    stale = api.send("PUT", path, {**_written(created), "etag": answered["etag"]})
    assert stale.status_code == 409


def test_two_rules_wake_each_other_for_ever(fired: Fire) -> None:
    api = fired(
        _automation("Up", 1, _modify(severity="High"), triggersWhen="Updated"),
        _automation("Down", 2, _modify(severity="Low"), _task("seen"), triggersWhen="Updated"),
    )
    incident = _incident(api)
    api.put(f"incidents/{incident['name']}", _written(incident, status="Active"))
    assert _incident(api)["properties"]["severity"] == "Low"
    assert _tasks(api, incident) == ["seen"]


def test_a_comment_or_an_alert_that_joins_is_no_update(
    fired: Fire, mail: Callable[..., dict[str, object]]
) -> None:
    def added(array: str) -> dict[str, Any]:
        what = {"arrayType": array, "changeType": "Added"}
        return {"conditionType": "PropertyArrayChanged", "conditionProperties": what}

    api = fired(
        *(
            _automation(one, 1, _task(one), triggersWhen="Updated", conditions=(added(one),))
            for one in ("Alerts", "Comments")
        )
    )
    incident = _incident(api)
    assert _tasks(api, incident) == []
    comment = {"properties": {"message": "Looking."}}
    api.put(f"incidents/{incident['name']}/comments/c", comment)
    assert _tasks(api, incident) == ["Comments"]
    api.events("EmailEvents", mail(TimeGenerated="2026-11-02T12:30:00Z"))
    api.advance("PT1H")
    assert _tasks(api, incident) == ["Alerts", "Comments"]


def test_an_alert_starts_no_playbook(fired: Fire) -> None:
    api = fired(
        _automation(
            "On alerts",
            1,
            PLAYBOOK,
            triggersOn="Alerts",
            conditions=(_property("AlertAnalyticRuleIds", "/x/alertRules/a"),),
        )
    )
    [playbook] = api.get("/_vedette/playbooks")["playbooks"]
    assert (playbook["incident"], playbook["rule"]) == ("", "On alerts")
    listed = api.send("POST", f"incidents/{_incident(api)['name']}/alerts")
    assert listed.json is not None
    assert playbook["alert"] == listed.json["value"][0]["name"]


def test_a_run_of_an_automation_rule_is_not_in_the_health_table(fired: Fire) -> None:
    api = fired(_automation("First", 1, _modify(severity="High"), PLAYBOOK), tables=stock_tables())
    [customer] = [api.app.workspace.settings.scope.customer_id]
    query = (
        "SentinelHealth | where OperationName == 'Automation rule run' | project "
        "SentinelResourceName, Status, tostring(ExtendedProperties.TriggeredWhen),"
        " tostring(ExtendedProperties.TotalActions)"
        " | union (SecurityIncident | project ModifiedBy, Severity)"
    )
    answered = api.send("POST", f"/v1/workspaces/{customer}/query", {"query": query})
    assert answered.json is not None, answered.text
    rows = answered.json["tables"][0]["rows"]
    assert [str(cell) for cell in rows[0][:4]] == ["First", "Success", "Created", "2"]
    written = [row[4:6] for row in rows[1:]]
    assert sorted(written) == [
        ["Automation rule - First", "High"],
        ["Incident created from alert", "Medium"],
    ]
