"""What breaks when a query over HTTP is not what the Logs query API would answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api
    from werkzeug.test import TestResponse


def _path(api: Api, what: str = "query") -> str:
    return f"/v1/workspaces/{api.app.workspace.settings.scope.customer_id}/{what}"


def _post(api: Api, body: object, prefer: str = "", path: str = "") -> TestResponse:
    return api.send("POST", path or _path(api), body, query={}, headers={"Prefer": prefer})


def _ask(api: Api, query: str, timespan: str | None = None, prefer: str = "") -> dict[str, Any]:
    response = _post(api, {"query": query, "timespan": timespan, "workspaces": None}, prefer)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json or {}
    return body


def _rows(api: Api, query: str, timespan: str | None = None) -> list[list[object]]:
    [table] = _ask(api, query, timespan)["tables"]
    assert table["name"] == "PrimaryResult"
    rows: list[list[object]] = table["rows"]
    return rows


def _refused(api: Api, query: object, **more: object) -> dict[str, Any]:
    response = _post(api, {"query": query, **more})
    assert response.status_code == 400
    error: dict[str, Any] = (response.json or {})["error"]
    assert (error["code"], error["message"]) == (
        "BadArgumentError",
        "The request had some invalid properties",
    )
    assert error["correlationId"]
    inner: dict[str, Any] = error["innererror"]
    return inner


def test_an_event_is_seen_before_it_was_ingested(logs: Api) -> None:
    query = "EmailEvents | sort by TimeGenerated asc | project Subject"
    assert _rows(logs, query) == [["one"], ["two"], ["three"]]


@pytest.mark.parametrize(
    ("timespan", "subjects"),
    [
        ("PT1H", ["two", "three"]),
        ("PT3600.0S", ["two", "three"]),
        ("2026-11-02T10:30:00Z/2026-11-02T11:59:00Z", ["one", "two"]),
        ("2026-11-02T10:30:00Z/PT1H", ["one"]),
        ("", ["one", "two", "three"]),
    ],
)
def test_a_time_range_shows_what_is_outside_of_it(
    logs: Api, timespan: str, subjects: list[str]
) -> None:
    rows = _rows(logs, "EmailEvents | sort by TimeGenerated asc | project Subject", timespan)
    assert [subject for (subject,) in rows] == subjects


def test_ago_counts_from_another_clock(logs: Api) -> None:
    query = "EmailEvents | where TimeGenerated > ago(45m) | count"
    assert _rows(logs, query) == [[2]]
    assert _rows(logs, "print now()") == [["2026-11-02T12:00:00Z"]]


def test_a_value_is_written_otherwise_than_clients_read_it(logs: Api) -> None:
    query = (
        "EmailEvents | where Subject in ('one', 'two') | sort by TimeGenerated asc"
        " | project Subject, TimeGenerated, AttachmentCount, To, b = AttachmentCount == 2,"
        " t = 90m, n = real(nan), d = decimal(1.50), l = 3000000000,"
        " g = guid(74be27de-1e4e-49d9-b579-fe0b331d3642)"
    )
    [table] = _ask(logs, query)["tables"]
    assert [column["type"] for column in table["columns"]] == [
        *("string", "datetime", "int", "dynamic", "bool"),
        *("timespan", "real", "decimal", "long", "guid"),
    ]
    first, second = table["rows"]
    guid = "74be27de-1e4e-49d9-b579-fe0b331d3642"
    assert first[:5] == ["one", "2026-11-02T10:30:00Z", None, '["a",1]', False]
    assert second[:5] == ["two", "2026-11-02T11:30:00.5Z", 2, None, True]
    assert first[5:7] == ["01:30:00", "NaN"]
    assert float(first[7]) == 1.5
    assert isinstance(first[7], str)
    assert first[8:] == [3_000_000_000, guid]


def test_a_query_in_the_address_means_something_else(logs: Api) -> None:
    arguments = {"query": "EmailEvents | count", "timespan": "PT1H"}
    got = logs.send("GET", _path(logs), query=arguments)
    assert got.status_code == 200, got.text
    assert (got.json or {})["tables"][0]["rows"] == [[2]]


def test_a_resource_is_not_the_workspace(logs: Api) -> None:
    here = _post(logs, {"query": "EmailEvents | count"}, path=f"/v1{logs.scope}/query")
    assert (here.json or {})["tables"][0]["rows"] == [[3]]
    elsewhere = _post(logs, {"query": "print 1"}, path=f"/v1{logs.scope}x/query")
    assert elsewhere.status_code == 404


def test_a_workspace_beside_it_is_answered_for(logs: Api) -> None:
    scope = logs.app.workspace.settings.scope
    own = [scope.workspace, str(scope.customer_id).upper(), scope.path]
    assert _post(logs, {"query": "print 1", "workspaces": own}).status_code == 200
    response = _post(logs, {"query": "print 1", "workspaces": ["another"]})
    assert response.status_code == 501
    assert "'another'" in response.text
    unknown = _post(logs, {"query": "print 1"}, path="/v1/workspaces/other/query")
    assert unknown.status_code == 404
    assert (unknown.json or {})["error"]["code"] == "PathNotFoundError"


def test_a_query_that_does_not_parse_gets_another_error(logs: Api) -> None:
    inner = _refused(logs, "EmailEvents\n| whre x")
    assert inner["code"] == "SyntaxError"
    assert inner["innererror"] == {
        "code": "SYN0002",
        "message": "Query could not be parsed at 'whre' on line [2,3]",
        "line": 2,
        "pos": 3,
        "token": "whre",
    }


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("Nowhere", "Failed to resolve table or column expression named 'Nowhere'"),
        (
            "Nowhere | where A == 1 | take 1",
            "'where' operator: Failed to resolve table or column expression named 'Nowhere'",
        ),
        (
            "EmailEvents | project Sbject",
            "'project' operator: Failed to resolve scalar expression named 'Sbject'",
        ),
        ("Broken()", "Failed to resolve table or column expression named 'Nowhere'"),
    ],
)
def test_a_name_that_is_not_there_gets_another_error(logs: Api, query: str, message: str) -> None:
    inner = _refused(logs, query)
    assert inner["code"] == "SemanticError"
    assert inner["innererror"] == {"code": "SEM0100", "message": message}


@pytest.mark.parametrize("query", [None, "", "  ", 7])
def test_no_query_is_run(logs: Api, query: object) -> None:
    assert _refused(logs, query)["code"] == "QueryValidationError"


def test_a_body_that_is_no_request_is_a_crash(logs: Api) -> None:
    bodies: list[object] = [[], "text", {"query": "print 1", "timespan": "yesterday"}]
    for body in bodies:
        assert _post(logs, body).status_code == 400
    named: list[object] = ["a", [1], {}]
    for workspaces in named:
        assert _post(logs, {"query": "print 1", "workspaces": workspaces}).status_code == 400


def test_what_cannot_be_run_faithfully_is_approximated(logs: Api) -> None:
    response = _post(logs, {"query": "EmailEvents | evaluate autocluster()"})
    assert response.status_code == 501
    assert "autocluster" in (response.json or {})["error"]["message"]


@pytest.mark.parametrize(
    ("query", "rows", "words"),
    [
        ("range x from 1 to 9 step 1", 5, "limit of 5 records"),
        ("range x from 1 to 5 step 1", 5, ""),
        ("range x from 1 to 4 step 1 | project strrep('a', 600)", 3, "limit of 2000 bytes"),
    ],
)
def test_a_result_that_is_too_large_is_cut_in_silence(
    logs: Api, query: str, rows: int, words: str
) -> None:
    answered = _ask(logs, query)
    assert len(answered["tables"][0]["rows"]) == rows
    assert ("error" in answered) == bool(words)
    if words:
        assert answered["error"]["code"] == "PartialError"
        [detail] = answered["error"]["details"]
        assert words in detail["innererror"]["message"]
        assert "E_QUERY_RESULT_SET_TOO_LARGE" in detail["innererror"]["message"]


def test_a_query_runs_for_ever(logs: Api) -> None:
    endless = (
        "range a from 1 to 100000 step 1 | extend k = 1"
        " | join kind=inner (range b from 1 to 100000 step 1 | extend k = 1) on k"
        " | summarize sum(a * b)"
    )
    response = _post(logs, {"query": endless}, prefer="wait=1")
    assert response.status_code == 504
    assert (response.json or {})["error"]["code"] == "GatewayTimeout"
    assert _rows(logs, "EmailEvents | count") == [[3]]


def test_statistics_come_unasked_or_not_at_all(logs: Api) -> None:
    assert set(_ask(logs, "EmailEvents")) == {"tables"}
    asked = _ask(logs, "EmailEvents", prefer="wait=60, include-statistics=true")
    assert asked["statistics"]["query"]["datasetStatistics"] == [{"tableRowCount": 3}]
    assert asked["statistics"]["query"]["executionTime"] > 0


def test_what_render_asks_for_is_lost(logs: Api) -> None:
    query = (
        "EmailEvents | summarize count() by bin(TimeGenerated, 1h)"
        " | render timechart with (title='Mails', ysplit=axes)"
    )
    render = _ask(logs, query, prefer="include-render=true")["render"]
    assert (render["visualization"], render["title"], render["ysplit"]) == (
        "timechart",
        "Mails",
        "axes",
    )
    assert _ask(logs, "print 1", prefer="include-render=true")["render"]["visualization"] is None


def test_one_query_of_a_batch_takes_the_others_with_it(logs: Api) -> None:
    workspace = str(logs.app.workspace.settings.scope.customer_id)
    queries = {
        "good": "EmailEvents | count",
        "bad": "Nowhere",
        "part": "range x from 1 to 9 step 1",
    }
    requests = [
        {
            "id": name,
            "headers": {"Content-Type": "application/json"},
            "body": {"query": query, "timespan": None},
            "method": "POST",
            "path": "/query",
            "workspace": workspace,
        }
        for name, query in queries.items()
    ]
    stranger = requests[0] | {"id": "stranger", "workspace": "another"}
    response = _post(logs, {"requests": [*requests, stranger]}, path="/v1/$batch")
    assert response.status_code == 200
    answers = (response.json or {})["responses"]
    assert [(one["id"], one["status"]) for one in answers] == [
        ("good", 200),
        ("bad", 400),
        ("part", 200),
        ("stranger", 404),
    ]
    assert answers[0]["body"]["tables"][0]["rows"] == [[3]]
    assert answers[1]["body"]["error"]["innererror"]["code"] == "SemanticError"
    assert answers[2]["body"]["error"]["code"] == "PartialError"


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"requests": {}},
        {"requests": [{}]},
        {"requests": [{"id": 1}]},
        {"requests": [{"id": "a"}, {"id": "a"}]},
        {"requests": [{"id": str(number)} for number in range(101)]},
    ],
)
def test_a_batch_that_is_none_is_answered(logs: Api, body: object) -> None:
    assert _post(logs, body, path="/v1/$batch").status_code == 400


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_table_or_function_is_missing_from_the_metadata(logs: Api, method: str) -> None:
    response = logs.send(method, _path(logs, "metadata"), query={})
    assert response.status_code == 200
    body = response.json or {}
    [table] = body["tables"]
    assert (table["name"], table["timespanColumn"]) == ("EmailEvents", "TimeGenerated")
    assert {"name": "To", "type": "dynamic"} in table["columns"]
    functions = {one["name"]: one for one in body["functions"]}
    assert functions["Recent"]["body"] == "EmailEvents | take 1"
    assert functions["Recent"]["parameters"] == "n: long = 1"
    assert body["workspaces"][0]["resourceId"] == logs.scope


def test_a_stranger_may_query(logs: Api) -> None:
    headers = {"Authorization": "Bearer another"}
    response = logs.send("POST", _path(logs), {"query": "print 1"}, query={}, headers=headers)
    assert response.status_code == 401
    assert logs.send("POST", "/v1/nowhere", {}, query={}).status_code == 501


def test_a_query_sets_its_own_clock_and_no_other_option_is_passed_over(api: Api) -> None:
    clock = "set query_now = datetime(2026-01-01T00:00:00.0000000Z);\n"
    assert _rows(api, f"{clock}print now()") == [["2026-01-01T00:00:00Z"]]
    refused = _post(api, {"query": "set query_datetimescope_to = datetime(2026-01-01);\nprint 1"})
    assert refused.status_code == 501, refused.text
