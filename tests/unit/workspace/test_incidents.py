"""What breaks when an analyst's tool reads and works on incidents."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api

Fire = Callable[..., "Api"]
CLOSED = {
    "status": "Closed",
    "classification": "TruePositive",
    "classificationReason": "SuspiciousActivity",
    "classificationComment": "It was real.",
}


@pytest.fixture
def fired(
    make_api: Callable[..., Api],
    rule: Callable[..., dict[str, Any]],
    mail: Callable[..., dict[str, object]],
) -> Fire:
    """``fired(recipient, …)``: a workspace with an alert for each, in this order."""

    def fire(*recipients: str, **settings: object) -> Api:
        api = make_api(**settings)
        api.put("alertRules/a", rule())
        for minute, recipient in enumerate(recipients):
            api.events(
                "EmailEvents",
                mail(
                    RecipientEmailAddress=recipient, TimeGenerated=f"2026-11-02T11:{minute:02}:00Z"
                ),
            )
        api.advance("PT5M")
        return api

    return fire


def _incidents(api: Api, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("incidents", **query)["value"]
    return found


def _triage(incident: dict[str, Any], **changes: object) -> dict[str, Any]:
    properties = {
        name: incident["properties"][name] for name in ("title", "severity", "status")
    } | changes
    return {"etag": incident["etag"], "properties": properties}


def test_an_incident_has_another_shape(fired: Fire) -> None:
    api = fired("ana@contoso.com", "ana@contoso.com")
    [incident] = _incidents(api)
    properties = incident["properties"]
    assert incident["id"] == f"{api.insights}/Incidents/{incident['name']}"
    assert properties["incidentNumber"] == 1
    assert properties["title"] == "Every mail"
    assert properties["status"] == "New"
    assert properties["createdTimeUtc"] == "2026-11-02T12:05:00Z"
    assert properties["firstActivityTimeUtc"] == "2026-11-02T11:00:00Z"
    assert properties["lastActivityTimeUtc"] == "2026-11-02T11:01:00Z"
    assert properties["additionalData"]["alertsCount"] == 2
    assert properties["additionalData"]["tactics"] == ["InitialAccess"]
    assert properties["relatedAnalyticRuleIds"] == [f"{api.insights}/alertRules/a"]
    assert properties["owner"]["assignedTo"] is None
    assert properties["incidentUrl"] == "http://127.0.0.1:8765/incidents/1"
    assert api.get(f"incidents/{incident['name'].upper()}") == incident


def test_alerts_and_entities_are_lost(fired: Fire) -> None:
    api = fired("ana@contoso.com", "ana@contoso.com")
    [incident] = _incidents(api)
    path = f"incidents/{incident['name']}"
    alerts = api.send("POST", f"{path}/alerts").json
    assert alerts is not None
    assert [alert["kind"] for alert in alerts["value"]] == ["SecurityAlert"] * 2
    assert alerts["value"][0]["properties"]["alertDisplayName"] == "Every mail"
    entities = api.send("POST", f"{path}/entities").json
    assert entities is not None
    assert [(one["kind"], one["properties"]["friendlyName"]) for one in entities["entities"]] == [
        ("Account", "ana@contoso.com")
    ]
    assert entities["metaData"] == [{"entityKind": "Account", "count": 1}]
    assert api.send("POST", f"{path}/bookmarks").json == {"value": []}


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_missing_incident_is_made_up(api: Api, method: str) -> None:
    body = {"properties": {"title": "x", "severity": "Low", "status": "New"}}
    status = {"GET": 404, "PUT": 400}[method]
    assert api.send(method, "incidents/none", body).status_code == status
    for verb in ("alerts", "entities", "bookmarks"):
        assert api.send("POST", f"incidents/none/{verb}").status_code == 404


def test_triage_is_lost(fired: Fire) -> None:
    api = fired("ana@contoso.com")
    [incident] = _incidents(api)
    path = f"incidents/{incident['name']}"
    api.advance("PT10M")
    owner = {"objectId": "1", "email": "soc@contoso.com", "assignedTo": "The SOC"}
    body = _triage(incident, status="Active", owner=owner, labels=[{"labelName": "phish"}])
    changed = api.put(path, body | {"severity": "High"})
    properties = changed["properties"]
    assert properties["status"] == "Active"
    assert properties["owner"] == owner | {"userPrincipalName": None, "ownerType": None}
    assert properties["labels"] == [{"labelName": "phish", "labelType": "User"}]
    assert properties["lastModifiedTimeUtc"] == "2026-11-02T12:15:00Z"
    assert properties["createdTimeUtc"] == "2026-11-02T12:05:00Z"
    assert changed["etag"] != incident["etag"]
    closed = api.put(path, _triage(changed, **CLOSED))
    for name, value in CLOSED.items():
        assert closed["properties"][name] == value
    reopened = api.put(path, _triage(closed, status="Active"))
    assert reopened["properties"]["classification"] is None
    assert reopened["properties"]["labels"] == [{"labelName": "phish", "labelType": "User"}]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "Closed"},
        {"status": "Closed", "classification": "Wrong"},
        CLOSED | {"classificationReason": "InaccurateData"},
        {"status": "Open"},
        {"severity": "Critical"},
        {"title": None},
        {"owner": "soc@contoso.com"},
        {"labels": [{}]},
    ],
)
def test_triage_that_makes_no_sense_is_taken(fired: Fire, changes: dict[str, object]) -> None:
    api = fired("ana@contoso.com")
    [incident] = _incidents(api)
    response = api.send("PUT", f"incidents/{incident['name']}", _triage(incident, **changes))
    assert response.status_code == 400
    assert _incidents(api) == [incident]


def test_a_stale_etag_overwrites(fired: Fire) -> None:
    api = fired("ana@contoso.com")
    [incident] = _incidents(api)
    path = f"incidents/{incident['name']}"
    api.put(path, _triage(incident, status="Active"))
    response = api.send("PUT", path, _triage(incident, status="New"))
    assert response.status_code == 409
    assert _incidents(api)[0]["properties"]["status"] == "Active"


def test_a_new_alert_undoes_what_the_analyst_did(
    fired: Fire, mail: Callable[..., dict[str, object]]
) -> None:
    api = fired("ana@contoso.com")
    [incident] = _incidents(api)
    body = _triage(incident, status="Active", owner={"email": "soc@contoso.com"})
    api.put(f"incidents/{incident['name']}", body)
    api.events("EmailEvents", mail(TimeGenerated="2026-11-02T12:30:00Z"))
    api.advance("PT1H")
    [grown] = _incidents(api)
    assert grown["properties"]["additionalData"]["alertsCount"] == 2
    assert grown["properties"]["status"] == "Active"
    assert grown["properties"]["owner"]["email"] == "soc@contoso.com"


def test_a_closed_incident_swallows_a_new_alert(
    fired: Fire, mail: Callable[..., dict[str, object]]
) -> None:
    api = fired("ana@contoso.com")
    [incident] = _incidents(api)
    api.put(f"incidents/{incident['name']}", _triage(incident, **CLOSED))
    api.events("EmailEvents", mail(TimeGenerated="2026-11-02T12:30:00Z"))
    assert api.advance("PT1H")["newIncidents"] == 1
    assert [one["properties"]["incidentNumber"] for one in _incidents(api)] == [2, 1]


@pytest.mark.parametrize(
    ("expression", "numbers"),
    [
        ("properties/status eq 'New'", [3, 2, 1]),
        ("properties/status ne 'New'", []),
        ("properties/incidentNumber gt 1", [3, 2]),
        ("properties/incidentNumber ge 1 and properties/incidentNumber lt 3", [2, 1]),
        ("properties/incidentNumber eq 1 or properties/incidentNumber eq 3", [3, 1]),
        ("not (properties/incidentNumber eq 1) and properties/severity eq 'Medium'", [3, 2]),
        ("not properties/incidentNumber eq 1 or properties/incidentNumber eq 1", [3, 2, 1]),
        ("properties/createdTimeUtc ge 2026-11-02T12:05:00Z", [3, 2, 1]),
        ("properties/createdTimeUtc gt 2026-11-02T12:05:00.0000000Z", []),
        ("properties/title eq 'O''Brien'", []),
        ("properties/classification ne 'TruePositive'", [3, 2, 1]),
        ("(((properties/incidentNumber le 2)))", [2, 1]),
    ],
)
def test_a_filter_returns_other_incidents(fired: Fire, expression: str, numbers: list[int]) -> None:
    api = fired("a@contoso.com", "b@contoso.com", "c@contoso.com")
    found = _incidents(api, filter=expression)
    assert [one["properties"]["incidentNumber"] for one in found] == numbers


@pytest.mark.parametrize(
    "expression",
    [
        "properties/owner/email eq 'x'",
        "properties/status eq",
        "properties/status is 'New'",
        "properties/status eq New",
        "(properties/status eq 'New'",
        "properties/status eq 'New' properties/status eq 'New'",
        "properties/status eq 'New",
        "contains(properties/title, 'x')",
        "",
        "(" * 200 + "properties/incidentNumber eq 1" + ")" * 200,
    ],
)
def test_a_filter_that_is_not_understood_is_ignored(api: Api, expression: str) -> None:
    query = {"api-version": "2025-09-01", "$filter": expression}
    assert api.send("GET", "incidents", query=query).status_code == 400


@pytest.mark.parametrize(
    ("order", "numbers"),
    [
        ("properties/incidentNumber asc", [1, 2, 3]),
        ("properties/incidentNumber", [1, 2, 3]),
        ("properties/createdTimeUtc desc, properties/incidentNumber asc", [1, 2, 3]),
        ("properties/incidentNumber desc", [3, 2, 1]),
    ],
)
def test_an_order_is_ignored(fired: Fire, order: str, numbers: list[int]) -> None:
    api = fired("a@contoso.com", "b@contoso.com", "c@contoso.com")
    found = _incidents(api, orderby=order)
    assert [one["properties"]["incidentNumber"] for one in found] == numbers


@pytest.mark.parametrize(
    "query", [{"orderby": "properties/x"}, {"orderby": "properties/status up"}]
)
def test_an_order_that_is_not_understood_is_ignored(api: Api, query: dict[str, str]) -> None:
    given = {"api-version": "2025-09-01"} | {f"${name}": value for name, value in query.items()}
    assert api.send("GET", "incidents", query=given).status_code == 400


@pytest.mark.parametrize("value", ["0", "1001", "-1", "ten", "1.5", ""])
def test_a_top_beyond_the_limits_is_taken(api: Api, value: str) -> None:
    query = {"api-version": "2025-09-01", "$top": value}
    assert api.send("GET", "incidents", query=query).status_code == 400


def test_pages_forget_the_filter(fired: Fire) -> None:
    api = fired(*(f"{name}@contoso.com" for name in "abcde"))
    wanted = quote("properties/incidentNumber ne 3")
    link = f"{api.insights}/incidents?api-version=2025-09-01&$top=2&$filter={wanted}"
    numbers = []
    while link:
        answer = api.client.get(
            link, headers={"Authorization": "Bearer the-token"}, base_url="http://127.0.0.1:1"
        ).json
        assert answer is not None
        numbers.append([one["properties"]["incidentNumber"] for one in answer["value"]])
        link = answer.get("nextLink", "")
    assert numbers == [[5, 4], [2, 1]]


def test_comments_are_lost(fired: Fire) -> None:
    api = fired("ana@contoso.com")
    [incident] = _incidents(api)
    path = f"incidents/{incident['name']}/comments"
    created = api.put(f"{path}/1", {"properties": {"message": "Called her."}})
    assert created["properties"]["createdTimeUtc"] == "2026-11-02T12:05:00Z"
    api.advance("PT1M")
    changed = api.put(f"{path}/1", {"properties": {"message": "Called her twice."}})
    assert changed["properties"]["createdTimeUtc"] == "2026-11-02T12:05:00Z"
    assert changed["properties"]["lastModifiedTimeUtc"] == "2026-11-02T12:06:00Z"
    assert api.get(path)["value"] == [changed]
    assert _incidents(api)[0]["properties"]["additionalData"]["commentsCount"] == 1
    stale = {"etag": created["etag"], "properties": {"message": "x"}}
    assert api.send("PUT", f"{path}/1", stale).status_code == 409
    assert api.send("PUT", f"{path}/2", {"properties": {"message": ""}}).status_code == 400
    assert api.send("PUT", f"{path}/2", {"properties": {}}).status_code == 400
    assert api.send("DELETE", f"{path}/1").status_code == 200
    assert api.send("DELETE", f"{path}/1").status_code == 204
    assert api.send("GET", f"{path}/1").status_code == 404
    assert api.send("GET", "incidents/none/comments").status_code == 404


def test_an_incident_takes_more_comments_than_it_may(fired: Fire) -> None:
    api = fired("ana@contoso.com")
    path = f"incidents/{_incidents(api)[0]['name']}/comments"
    for number in range(100):
        api.put(f"{path}/{number}", {"properties": {"message": "x"}})
    assert api.send("PUT", f"{path}/100", {"properties": {"message": "x"}}).status_code == 400
    assert api.send("PUT", f"{path}/99", {"properties": {"message": "y"}}).status_code == 200
