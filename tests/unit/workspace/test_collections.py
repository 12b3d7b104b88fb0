"""What breaks when a resource is not what was written, or not where it was written."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from vedette.engine.database import Database
from vedette.workspace.app import create_app
from vedette.workspace.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from tests.unit.workspace.conftest import Api

    from vedette.kql.binder import Binder
    from vedette.schema.types import TableSchema

INCIDENT = "7f0c2ad0-6d4e-4c0b-9c36-2a3f6e0f9a11"
GUID = "0b1d5f57-6e3c-4d8e-9a92-3d7d5a2f7c44"
HOOK = "https://prod-1.example.net:443/workflows/cd3765391efd48549fd7681ded1d48d7/triggers/manual"


@dataclass(frozen=True)
class Kind:
    """A type of resource: where it stands, what is written, and changes that are refused."""

    path: str
    type: str
    properties: dict[str, Any]
    refused: tuple[dict[str, Any], ...]
    hidden: tuple[str, ...] = ()


def _automation(**changes: object) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "displayName": "Low for the lab",
        "order": 1,
        "triggeringLogic": {
            "isEnabled": True,
            "triggersOn": "Incidents",
            "triggersWhen": "Created",
            "conditions": [_condition("Equals", "lab")],
        },
        "actions": [_action({"severity": "Low"})],
    }
    return properties | changes


def _condition(operator: str, *values: str) -> dict[str, Any]:
    return {
        "conditionType": "Property",
        "conditionProperties": {
            "propertyName": "IncidentTitle",
            "operator": operator,
            "propertyValues": list(values),
        },
    }


def _both(*inner: object) -> dict[str, Any]:
    properties = {"operator": "And", "innerConditions": list(inner)}
    return {"conditionType": "Boolean", "conditionProperties": properties}


def _action(configuration: dict[str, Any], kind: str = "ModifyProperties") -> dict[str, Any]:
    return {"order": 1, "actionType": kind, "actionConfiguration": configuration}


def _logic(**changes: object) -> dict[str, Any]:
    return {"triggeringLogic": _automation()["triggeringLogic"] | changes}


RELATION = {"relatedResourceId": "SCOPE/bookmarks/" + GUID}
KINDS = (
    Kind(
        f"incidents/{INCIDENT}/tasks/{GUID}",
        "Microsoft.SecurityInsights/Incidents/Tasks",
        {"title": "Call ana", "description": "<b>now</b>", "status": "New"},
        ({"title": None}, {"status": None}, {"status": "Open"}, {"title": 1}),
    ),
    Kind(
        f"bookmarks/{GUID}",
        "Microsoft.SecurityInsights/Bookmarks",
        {"displayName": "Odd mail", "query": "EmailEvents", "labels": ["a"], "tactics": ["Impact"]},
        ({"displayName": None}, {"query": None}, {"tactics": ["impact"]}, {"eventTime": "noon"}),
    ),
    Kind(
        f"incidents/{INCIDENT}/relations/{GUID}",
        "Microsoft.SecurityInsights/Incidents/relations",
        RELATION,
        (
            {"relatedResourceId": None},
            {"relatedResourceId": "/subscriptions/x/bookmarks/y"},
            {"relatedResourceId": "SCOPE/bookmarks"},
        ),
    ),
    Kind(
        f"bookmarks/{GUID}/relations/{GUID}",
        "Microsoft.SecurityInsights/Bookmarks/relations",
        {"relatedResourceId": f"SCOPE/incidents/{INCIDENT}"},
        ({"relatedResourceId": None},),
    ),
    Kind(
        f"alertRules/rule/actions/{GUID}",
        "Microsoft.SecurityInsights/AlertRules/actions",
        {"logicAppResourceId": "/subscriptions/x/workflows/isolate", "triggerUri": HOOK},
        (
            {"logicAppResourceId": None},
            {"triggerUri": None},
            {"triggerUri": HOOK.replace("https", "http")},
            {"triggerUri": "https://prod-1.example.net/else"},
        ),
        hidden=("triggerUri",),
    ),
    Kind(
        f"automationRules/{GUID}",
        "Microsoft.SecurityInsights/AutomationRules",
        _automation(),
        (
            {"displayName": None},
            {"displayName": ""},
            {"order": None},
            {"order": 0},
            {"order": 1001},
            {"actions": None},
            {"actions": []},
            {"actions": [_action({"severity": "Low"})] * 21},
            {"actions": [_action({"severity": "Lowest"})]},
            {"actions": [_action({}, "RunPlaybook")]},
            {"actions": [_action({}, "AddIncidentTask")]},
            {"actions": [_action({}, "SendMail")]},
            {"actions": [{"order": 1, "actionConfiguration": {}}]},
            _logic(triggersOn="Mail"),
            _logic(triggersOn="Alerts"),
            _logic(triggersOn="Alerts", triggersWhen="Updated"),
            _logic(isEnabled="yes"),
            _logic(expirationTimeUtc="tomorrow"),
            _logic(conditions=[_condition("Equals", "x")] * 51),
            _logic(conditions=[_condition("Matches", "x")]),
            _logic(conditions=[_both(_condition("Equals", "x"))]),
            _logic(conditions=[_both(*[_condition("Equals", "x")] * 11)]),
            _logic(conditions=[_both(_both(), _condition("Equals", "x"))]),
        ),
    ),
)


@pytest.fixture(scope="module")
def world(
    binder: Binder, api_type: type[Api], standard: tuple[datetime, dict[str, TableSchema]]
) -> Iterator[Api]:
    """One workspace for all tests here, with an incident, a bookmark and a rule."""
    now, tables = standard
    with Database.open(None) as database:
        settings = Settings(token="the" + "-token", tables=tables, page_size=2)
        app = create_app(database, settings, binder, now=now)
        yield api_type(app)
        app.workspace.close()


@pytest.fixture
def ready(world: Api, rule: Callable[..., dict[str, Any]]) -> Api:
    """The workspace with what the resources need; what stood below it is gone."""
    for path in (f"incidents/{INCIDENT}", *(kind.path for kind in KINDS)):
        world.send("DELETE", path)
    details = {"title": "By hand", "severity": "Low", "status": "New"}
    world.put(f"incidents/{INCIDENT}", {"properties": details})
    world.put(f"bookmarks/{GUID}", _body(world, KINDS[1].properties))
    world.put("alertRules/rule", rule(enabled=False))
    return world


def _body(api: Api, properties: dict[str, Any], **changes: object) -> dict[str, Any]:
    filled = copy.deepcopy(properties) | changes
    for name, value in filled.items():
        if isinstance(value, str):
            filled[name] = value.replace("SCOPE", api.insights)
    return {"properties": filled}


def _follow(api: Api, address: str) -> dict[str, Any]:
    """What stands at an address that the workspace itself gave."""
    headers = {"Authorization": "Bearer the-token"}
    response = api.client.get(address, headers=headers, base_url="http://127.0.0.1:8765")
    assert response.status_code == 200, response.text
    return dict(response.json or {})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.type)
def test_a_resource_is_not_what_was_written(ready: Api, kind: Kind) -> None:
    ready.send("DELETE", kind.path)
    body = _body(ready, kind.properties)
    created = ready.send("PUT", kind.path, body)
    assert created.status_code == 201, created.text
    got = ready.get(kind.path.upper())
    assert got == created.json
    assert got["id"] == f"{ready.insights}/{kind.path}"
    assert (got["name"], got["type"]) == (kind.path.rpartition("/")[2], kind.type)
    wanted = {name: value for name, value in body["properties"].items() if name not in kind.hidden}
    assert got["properties"] == got["properties"] | wanted
    assert not set(kind.hidden) & set(got["properties"])
    assert ready.send("PUT", kind.path, body).status_code == 200
    assert ready.send("PUT", kind.path, body | {"etag": got["etag"]}).status_code == 409
    listed = ready.get(kind.path.rpartition("/")[0])["value"]
    assert [one["id"] for one in listed] == [got["id"]]
    assert ready.send("DELETE", kind.path).status_code == 200
    assert ready.send("DELETE", kind.path).status_code == 204
    assert ready.send("GET", kind.path).status_code == 404


@pytest.mark.parametrize(
    ("kind", "changes"),
    [(kind, changes) for kind in KINDS for changes in kind.refused],
    ids=lambda value: value.type if isinstance(value, Kind) else repr(value)[:60],
)
def test_what_the_service_refuses_is_kept(ready: Api, kind: Kind, changes: dict[str, Any]) -> None:
    before = ready.send("GET", kind.path).json
    response = ready.send("PUT", kind.path, _body(ready, kind.properties, **changes))
    assert response.status_code == 400, response.text
    assert ready.send("GET", kind.path).json == before


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.path.count("/") > 1], ids=lambda kind: kind.type
)
def test_a_resource_is_below_a_parent_that_is_not_there(ready: Api, kind: Kind) -> None:
    parent, _, rest = kind.path.partition("/")
    elsewhere = f"{parent}/none/{rest.partition('/')[2]}"
    body = _body(ready, kind.properties)
    assert ready.send("PUT", elsewhere, body).status_code == 404
    for method in ("GET", "DELETE"):
        assert ready.send(method, elsewhere).status_code == 404
    assert ready.send("GET", elsewhere.rpartition("/")[0]).status_code == 404


def test_what_is_below_an_incident_outlives_it(ready: Api) -> None:
    task, relation = KINDS[0], KINDS[2]
    for kind in (task, relation):
        ready.put(kind.path, _body(ready, kind.properties))
    ready.put(f"incidents/{INCIDENT}/comments/{GUID}", {"properties": {"message": "hm"}})
    number = ready.get(f"incidents/{INCIDENT}")["properties"]["incidentNumber"]
    assert ready.send("DELETE", f"incidents/{INCIDENT}").status_code == 200
    assert ready.send("DELETE", f"incidents/{INCIDENT}").status_code == 204
    details = {"title": "Again", "severity": "High", "status": "Active"}
    again = ready.put(f"incidents/{INCIDENT}", {"properties": details})
    assert again["properties"]["incidentNumber"] == number + 1
    for below in ("tasks", "relations", "comments"):
        assert ready.get(f"incidents/{INCIDENT}/{below}")["value"] == []


def test_a_rules_actions_outlive_it(ready: Api, rule: Callable[..., dict[str, Any]]) -> None:
    ready.put("alertRules/other", rule(enabled=False))
    ready.put(f"alertRules/other/actions/{GUID}", _body(ready, KINDS[4].properties))
    ready.send("DELETE", "alertRules/other")
    assert ready.app.workspace.store.all("ruleActions", "other") == ()


def test_an_incident_does_not_show_its_bookmarks(ready: Api) -> None:
    path = f"incidents/{INCIDENT}"
    assert ready.get(path)["properties"]["additionalData"]["bookmarksCount"] == 0
    ready.put(KINDS[2].path, _body(ready, KINDS[2].properties))
    assert ready.get(path)["properties"]["additionalData"]["bookmarksCount"] == 1
    listed = (ready.send("POST", f"{path}/bookmarks").json or {})["value"]
    assert [(one["name"], one["kind"]) for one in listed] == [(GUID, "Bookmark")]
    ready.send("DELETE", f"bookmarks/{GUID}")
    assert ready.get(path)["properties"]["additionalData"]["bookmarksCount"] == 0


def test_an_incident_has_more_tasks_than_it_may(ready: Api) -> None:
    path, body = f"incidents/{INCIDENT}/tasks", _body(ready, KINDS[0].properties)
    for number in range(40):
        ready.put(f"{path}/{number:02}", body)
    assert ready.send("PUT", f"{path}/40", body).status_code == 400
    assert ready.send("PUT", f"{path}/39", body).status_code == 200
    names = [one["name"] for one in ready.get(path, orderby="name desc", top="3")["value"]]
    assert names == ["39", "38", "37"]
    done = body["properties"] | {"status": "Completed"}
    ready.put(f"{path}/07", {"properties": done})
    found = ready.get(path, filter="properties/status eq 'Completed'")["value"]
    assert [one["name"] for one in found] == ["07"]
    ready.send("DELETE", f"incidents/{INCIDENT}")


def test_pages_lose_or_repeat_an_item(ready: Api) -> None:
    for number in range(5):
        ready.put(f"automationRules/rule-{number}", _body(ready, _automation(order=number + 1)))
    seen, path = [], "automationRules"
    answer = ready.get(path)
    while True:
        seen += [one["name"] for one in answer["value"]]
        if "nextLink" not in answer:
            break
        assert answer["nextLink"].startswith("http://127.0.0.1:8765/")
        answer = _follow(ready, answer["nextLink"])
    assert seen == [f"rule-{number}" for number in range(5)]
    for name in seen:
        ready.send("DELETE", f"automationRules/{name}")


def test_a_playbook_is_forgotten_or_run(ready: Api) -> None:
    path = f"incidents/{INCIDENT}/runPlaybook"
    assert ready.send("POST", path, {"tenantId": "x"}).status_code == 400
    assert ready.send("POST", path, {"logicAppsResourceId": "/p"}).status_code == 204
    assert ready.send("POST", "incidents/none/runPlaybook", {}).status_code == 404
    [run] = ready.get("/_vedette/playbooks")["playbooks"]
    assert (run["incident"], run["playbook"]) == (INCIDENT, "/p")


def test_a_template_is_made_up(make_api: Callable[..., Api]) -> None:
    template = {"kind": "Scheduled", "properties": {"displayName": "T"}}
    api = make_api(templates={"T1": template, "T2": template}, page_size=1)
    assert api.get("alertRuleTemplates/t1")["properties"]["alertRulesCreatedByTemplateCount"] == 0
    assert [one["name"] for one in api.get("alertRuleTemplates")["value"]] == ["T1"]
    missing = api.send("GET", "alertRuleTemplates/none")
    assert missing.status_code == 404
    assert "analytics rule template not found. template Id: none" in missing.text


def test_the_workspace_does_not_say_what_it_is(ready: Api) -> None:
    scope = ready.app.workspace.settings.scope
    assert ready.get(scope.path)["properties"]["customerId"] == str(scope.customer_id)
    assert ready.get("onboardingStates/default")["name"] == "default"
    assert len(ready.get("onboardingStates")["value"]) == 1
    assert ready.send("GET", "onboardingStates/other").status_code == 404


def test_a_run_that_was_asked_for_is_not_made(
    api: Api, rule: Callable[..., dict[str, Any]], mail: Callable[..., dict[str, object]]
) -> None:
    api.events("EmailEvents", mail())
    api.put("alertRules/rule", rule(enabled=False))
    body = {"properties": {"executionTimeUtc": "2026-11-02T12:00:00Z"}}
    started = api.send("POST", "alertRules/rule/triggerRuleRun", body)
    assert started.status_code == 202
    run = _follow(api, started.headers["Location"])
    assert run["properties"]["provisioningState"] == "Succeeded"
    assert run["properties"]["ruleRunAdditionalData"]["alerts"] == 1
    assert [one["name"] for one in api.get("triggeredAnalyticsRuleRuns")["value"]] == [run["name"]]
    assert len(api.get("incidents")["value"]) == 1
    assert api.send("GET", "triggeredAnalyticsRuleRuns/none").status_code == 404


@pytest.mark.parametrize(
    ("path", "properties", "status"),
    [
        ("alertRules/none", {"executionTimeUtc": "2026-11-02T12:00:00Z"}, 404),
        ("alertRules/rule", {"executionTimeUtc": "2026-11-02T12:00:01Z"}, 400),
        ("alertRules/rule", {}, 400),
        ("alertRules/rule", None, 400),
    ],
)
def test_a_run_of_nothing_is_made(ready: Api, path: str, properties: object, status: int) -> None:
    body = {"properties": properties}
    assert ready.send("POST", f"{path}/triggerRuleRun", body).status_code == status
