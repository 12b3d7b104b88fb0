"""What breaks when a custom detection or a hunting query is not what Graph would answer."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.workspace.conftest import Api
    from werkzeug.test import TestResponse

RULES = "/v1.0/security/rules/detectionRules"
RULE: dict[str, Any] = {
    "@odata.type": "#microsoft.graph.security.detectionRule",
    "id": "payslips",
    "displayName": "Payslips",
    "description": "Somebody got a payslip.",
    "status": "enabled",
    "queryCondition": {"queryText": "EmailEvents | where Subject == 'Payslip'"},
    "schedule": {"frequency": "PT1H"},
    "detectionAction": {
        "alertTemplate": {
            "title": "Payslip for {{RecipientEmailAddress}}",
            "description": "{{Subject}}",
            "severity": "high",
            "tactics": [{"tactic": "InitialAccess", "techniques": [{"technique": "T1566"}]}],
            "customDetails": {"Subject": "Subject"},
            "entityMappings": {
                "mailboxes": [{"primaryAddressColumn": "RecipientEmailAddress"}],
            },
        },
        "automatedActions": {"softDeleteEmails": [{"networkMessageIdColumn": "ReportId"}]},
    },
}


def _send(api: Api, method: str, path: str, body: object = None, **query: str) -> TestResponse:
    options = {f"${name}": value for name, value in query.items()}
    return api.send(method, path, body, query=options)


def _rule(path: str = "", value: object = None, **changes: object) -> dict[str, Any]:
    """The rule with a member changed: ``a/b/c`` is a path; None takes it out."""
    rule = copy.deepcopy(RULE) | changes
    *parents, name = path.split("/")
    inner = rule
    for parent in parents:
        inner = inner[parent]
    if path and value is None:
        del inner[name]
    elif path:
        inner[name] = value
    return rule


@pytest.fixture
def empty(graph: Api) -> Iterator[Api]:
    """No rule is there, before and after."""
    yield graph
    for rule in graph.app.workspace.store.all("detectionRules"):
        assert _send(graph, "DELETE", f"{RULES}/{rule.name}").status_code == 204


def test_a_rule_is_not_what_was_written(empty: Api) -> None:
    created = _send(empty, "POST", RULES, RULE)
    assert created.status_code == 201, created.text
    rule = created.json or {}
    assert rule["createdDateTime"] == rule["lastModifiedDateTime"] == "2026-11-02T12:00:00Z"
    assert rule["queryCondition"].pop("lastModifiedDateTime")
    assert {name: rule[name] for name in RULE} == RULE
    assert "etag" not in str(rule)
    for path in (RULES, RULES.replace("v1.0", "beta").upper()):
        assert (_send(empty, "GET", f"{path}/payslips").json or {})["id"] == "payslips"
    assert _send(empty, "POST", RULES, RULE).status_code == 409


def test_a_patch_loses_what_it_does_not_name(empty: Api) -> None:
    _send(empty, "POST", RULES, RULE)
    change = {
        "status": "disabled",
        "detectionAction": {"alertTemplate": {"severity": "low"}},
        "schedule": {"frequency": "PT3H"},
    }
    patched = _send(empty, "PATCH", f"{RULES}/payslips", change)
    assert patched.status_code == 200, patched.text
    rule = patched.json or {}
    template = rule["detectionAction"]["alertTemplate"]
    assert (rule["status"], rule["schedule"]["frequency"]) == ("disabled", "PT3H")
    assert (template["severity"], template["title"]) == (
        "low",
        RULE["detectionAction"]["alertTemplate"]["title"],
    )
    assert _send(empty, "PATCH", f"{RULES}/payslips", {"id": "x"}).status_code == 400
    assert _send(empty, "PATCH", f"{RULES}/payslips", {"status": "gone"}).status_code == 400
    assert (_send(empty, "GET", f"{RULES}/payslips").json or {}) == rule


def test_a_deleted_rule_stays(empty: Api) -> None:
    _send(empty, "POST", RULES, RULE)
    assert _send(empty, "DELETE", f"{RULES}/payslips").status_code == 204
    for method in ("GET", "DELETE", "PATCH"):
        response = _send(empty, method, f"{RULES}/payslips", {})
        assert response.status_code == 404
        error = (response.json or {})["error"]
        assert error["code"] == "NotFound"
        assert set(error["innerError"]) == {"date", "request-id", "client-request-id"}


def test_a_list_loses_or_repeats_a_rule(empty: Api) -> None:
    for number in range(5):
        template = RULE["detectionAction"]["alertTemplate"] | {"title": f"T{number}"}
        rule = _rule(
            id=f"r{number}",
            displayName=f"N{4 - number}",
            status="enabled" if number % 2 else "disabled",
            detectionAction={"alertTemplate": template},
        )
        assert _send(empty, "POST", RULES, rule).status_code == 201
    seen: list[str] = []
    body = _send(empty, "GET", RULES).json or {}
    while True:
        seen += [rule["id"] for rule in body["value"]]
        if "@odata.nextLink" not in body:
            break
        headers = {"Authorization": "Bearer the-token"}
        response = empty.client.get(
            body["@odata.nextLink"], headers=headers, base_url="http://127.0.0.1:8765"
        )
        body = response.json or {}
    assert seen == [f"r{number}" for number in range(5)]

    def ids(**query: str) -> list[str]:
        answer = _send(empty, "GET", RULES, **query).json or {}
        return [rule["id"] for rule in answer["value"]]

    assert ids(filter="status eq 'enabled'") == ["r1", "r3"]
    assert ids(orderby="displayName", top="3") == ["r4", "r3", "r2"]
    assert ids(filter="detectionAction/alertTemplate/title eq 'T3'") == ["r3"]
    assert ids(orderby="displayName desc", skip="4") == ["r4"]
    assert _send(empty, "GET", RULES, filter="nothing eq 1").status_code == 400


TEMPLATE = "detectionAction/alertTemplate"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        *((name, None) for name in ("id", "displayName", "status", "schedule", "detectionAction")),
        ("queryCondition/queryText", None),
        ("schedule/frequency", None),
        (TEMPLATE, None),
        (f"{TEMPLATE}/title", None),
        (f"{TEMPLATE}/severity", None),
        ("displayName", ""),
        ("displayName", "x" * 257),
        ("status", "autoDisabled"),
        ("schedule/frequency", "PT4M"),
        ("schedule/frequency", "P15D"),
        ("schedule/frequency", "24H"),
        ("schedule/lookback", "PT30M"),
        (f"{TEMPLATE}/severity", "High"),
        (f"{TEMPLATE}/description", "{{Subject}} {{ReportId}} {{Timestamp}}"),
        (f"{TEMPLATE}/customDetails", {f"k{number}": "Subject" for number in range(21)}),
        (f"{TEMPLATE}/entityMappings", {"mailboxes": {}}),
        (f"{TEMPLATE}/impactedAssets", []),
        ("isEnabled", True),
        ("detectionAction/responseActions", []),
        ("queryCondition/queryText", "EmailEvents | where"),
        ("queryCondition/queryText", "EmailEvents | where TimeGenerated > ago(1h)"),
        ("queryCondition/queryText", "EmailEvents | project ReportId, RecipientEmailAddress"),
        ("queryCondition/queryText", "EmailEvents | project Timestamp, RecipientEmailAddress"),
        ("queryCondition/queryText", "EmailEvents | project Timestamp, ReportId"),
        ("queryCondition/queryText", "DeviceEvents | project Timestamp, ReportId"),
    ],
)
def test_what_the_service_refuses_is_kept(empty: Api, path: str, value: object) -> None:
    if path.endswith("impactedAssets"):
        path = "detectionAction/impactedAssets"
    response = _send(empty, "POST", RULES, _rule(path, value))
    assert response.status_code == 400, response.text
    assert (response.json or {})["error"]["message"]
    assert empty.app.workspace.store.all("detectionRules") == ()


@pytest.mark.parametrize(
    ("query", "taken"),
    [
        ("EmailEvents | where Subject == 'Payslip'", True),
        ("EmailEvents // all", False),
        ("EmailEvents | join kind=inner (EmailEvents) on ReportId", False),
        ("union EmailEvents, DeviceEvents", False),
    ],
)
def test_a_continuous_rule_does_what_it_may_not(empty: Api, query: str, taken: bool) -> None:
    rule = _rule("queryCondition/queryText", query, schedule={"frequency": "PT0S"})
    assert (_send(empty, "POST", RULES, rule).status_code == 201) == taken


@pytest.mark.parametrize(
    ("changes", "status"), [({"displayName": "Other"}, 400), ({"displayName": "Payslips"}, 409)]
)
def test_two_rules_have_one_name_or_title(empty: Api, changes: dict[str, Any], status: int) -> None:
    _send(empty, "POST", RULES, RULE)
    assert _send(empty, "POST", RULES, _rule(id="other", **changes)).status_code == status


@pytest.mark.parametrize("path", ["runHuntingQuery", "microsoft.graph.security.runHuntingQuery"])
def test_hunting_sees_other_events_than_there_are(graph: Api, path: str) -> None:
    query = "EmailEvents | project Timestamp, Subject, AdditionalFields, n = dynamic({'x': [1]})"
    response = _send(graph, "POST", f"/v1.0/security/{path}", {"Query": query})
    assert response.status_code == 200, response.text
    assert response.json == {
        "schema": [
            {"name": "Timestamp", "type": "DateTime"},
            {"name": "Subject", "type": "String"},
            {"name": "AdditionalFields", "type": "String"},
            {"name": "n", "type": "Object"},
        ],
        "results": [
            {
                "Timestamp": "2026-11-02T11:30:00Z",
                "Subject": "Payslip",
                "AdditionalFields": '{"a":1}',
                "n": {"x": [1]},
            }
        ],
    }


@pytest.mark.parametrize(("timespan", "count"), [("P90D", 2), ("PT1M", 0), ("P1D", 1), (None, 1)])
def test_hunting_looks_elsewhere_in_time(graph: Api, timespan: str | None, count: int) -> None:
    body = {"query": "EmailEvents | count", "timespan": timespan}
    response = _send(graph, "POST", "/beta/security/runHuntingQuery", body)
    assert (response.json or {})["results"] == [{"Count": count}]


def test_hunting_does_not_see_what_only_sentinel_has(graph: Api) -> None:
    body = {"Query": "SigninLogs | where TimeGenerated > ago(2h) | count"}
    response = _send(graph, "POST", "/v1.0/security/runHuntingQuery", body)
    assert (response.json or {})["results"] == [{"Count": 1}]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 400, "'Query'"),
        ({"Query": 1}, 400, "String"),
        ({"Query": "EmailEvents | where ("}, 400, "Fix syntax errors"),
        ({"Query": "EmailEvents | project SourceSystem"}, 400, "Fix semantic errors"),
        ({"Query": "print 1", "Timespan": "soon"}, 400, "Timespan"),
        ({"Query": "EmailEvents | evaluate autocluster()"}, 501, "autocluster"),
    ],
)
def test_a_query_that_cannot_run_is_answered(
    graph: Api, body: object, status: int, words: str
) -> None:
    response = _send(graph, "POST", "/v1.0/security/runHuntingQuery", body)
    assert response.status_code == status
    assert words in (response.json or {})["error"]["message"]


def test_another_operation_of_graph_is_answered(graph: Api) -> None:
    assert _send(graph, "GET", "/v1.0/security/alerts_v2").status_code == 501
    headers = {"Authorization": "Bearer another"}
    assert graph.send("GET", RULES, query={}, headers=headers).status_code == 401
