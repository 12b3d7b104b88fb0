"""What breaks when a request is not addressed, signed or shaped as it must be."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api

RULES = "alertRules"
PROVIDER = "providers/Microsoft.OperationalInsights/workspaces"
SUBSCRIPTION = "11111111-1111-4111-8111-111111111111"


def test_the_case_of_a_path_matters(api: Api, rule: Callable[..., dict[str, Any]]) -> None:
    api.put("alertRules/Rule-A", rule())
    shouted = f"{api.insights}/ALERTRULES/rule-a".replace("resourceGroups", "resourcegroups")
    answer = api.get(shouted.replace("Microsoft.SecurityInsights", "microsoft.securityinsights"))
    assert answer["name"] == "Rule-A"


@pytest.mark.parametrize("path", ["alertRules/", "alertRules//", "/alertRules"])
def test_a_doubled_or_final_slash_matters(api: Api, path: str) -> None:
    assert api.get(f"{api.insights}/{path}")["value"] == []


def test_a_request_without_api_version_is_answered(api: Api) -> None:
    response = api.send("GET", RULES, query={})
    assert response.status_code == 400
    assert response.json == {
        "error": {
            "code": "MissingApiVersionParameter",
            "message": "The api-version query parameter (?api-version=) is required for all "
            "requests.",
        }
    }


@pytest.mark.parametrize("version", ["latest", "2025-9-1", "2025-09-01-", "2025-09-01 "])
def test_an_api_version_that_is_none_is_answered(api: Api, version: str) -> None:
    response = api.send("GET", RULES, query={"api-version": version})
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["error"]["code"] == "InvalidApiVersionParameter"


@pytest.mark.parametrize(
    ("path", "code", "message"),
    [
        (
            f"/subscriptions/2/resourceGroups/vedette/{PROVIDER}/local",
            "SubscriptionNotFound",
            "The subscription '2' could not be found.",
        ),
        (
            f"/subscriptions/{SUBSCRIPTION}/resourceGroups/other/{PROVIDER}/local",
            "ResourceGroupNotFound",
            "Resource group 'other' could not be found.",
        ),
        (
            f"/subscriptions/{SUBSCRIPTION}/resourceGroups/vedette/{PROVIDER}/other",
            "ResourceNotFound",
            (
                "The Resource 'Microsoft.OperationalInsights/workspaces/other' under resource group"
                " 'vedette' was not found. For more details please go to "
                "https://aka.ms/ARMResourceNotFoundFix"
            ),
        ),
    ],
)
def test_another_workspace_is_answered_for(api: Api, path: str, code: str, message: str) -> None:
    response = api.send("GET", f"{path}/providers/Microsoft.SecurityInsights/alertRules")
    assert response.status_code == 404
    assert response.json == {"error": {"code": code, "message": message}}


@pytest.mark.parametrize(
    ("method", "path", "named"),
    [
        ("GET", "hunts", "GET providers/Microsoft.SecurityInsights/hunts"),
        ("PATCH", "alertRules/a", "PATCH providers/Microsoft.SecurityInsights/alertRules/a"),
        ("POST", "entities/a/expand", "entities/a/expand"),
        ("GET", "/subscriptions", "GET subscriptions"),
        ("GET", "/_vedette/nothing", "GET _vedette/nothing"),
        ("DELETE", "/dataCollectionRules/x", "DELETE dataCollectionRules/x"),
    ],
)
def test_an_unknown_operation_gets_an_answer(api: Api, method: str, path: str, named: str) -> None:
    response = api.send(method, path)
    assert response.status_code == 501
    assert response.json is not None
    assert response.json["error"]["code"] == "NotImplemented"
    assert named in response.json["error"]["message"]


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "AuthenticationFailed"),
        ("", "AuthenticationFailed"),
        ("Basic dGhlLXRva2Vu", "AuthenticationFailed"),
        ("Bearer", "AuthenticationFailed"),
        ("Bearer the-toke", "InvalidAuthenticationToken"),
        ("Bearer the-token2", "InvalidAuthenticationToken"),
        ("Bearer thé-token", "InvalidAuthenticationToken"),
    ],
)
@pytest.mark.parametrize("path", [RULES, "/_vedette/clock", "/dataCollectionRules/d/streams/s"])
def test_a_stranger_gets_in(api: Api, path: str, authorization: str | None, code: str) -> None:
    given = {} if authorization is None else {"Authorization": authorization}
    headers = {"Authorization": ""} | given
    response = api.send("GET", path, headers=headers)
    assert response.status_code == 401
    assert response.json is not None
    assert response.json["error"]["code"] == code
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_token_opens_the_api_in_a_query(api: Api) -> None:
    query = {"api-version": "2025-09-01", "token": "the-token"}
    response = api.send("GET", RULES, query=query, headers={"Authorization": ""})
    assert response.status_code == 401


@pytest.mark.parametrize(
    "host", ["http://vedette.example", "http://127.0.0.1.example:80", "http://10.0.0.1", "http://0"]
)
def test_a_rebound_name_reaches_the_workspace(api: Api, host: str) -> None:
    response = api.send("GET", RULES, host=host)
    assert response.status_code == 403
    assert response.json is not None
    assert response.json["error"]["code"] == "HostNotAllowed"


@pytest.mark.parametrize("host", ["http://localhost:9", "http://[::1]:9", "http://127.0.0.1"])
def test_a_name_of_the_loopback_is_refused(api: Api, host: str) -> None:
    assert api.send("GET", RULES, host=host).status_code == 200


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b'{"properties": NaN}',
        b'{"properties": 1e999}',
        b'{"kind": "\\ud800"}',
        b"[" * 100_000,
        b'{"kind": ' + b"9" * 5000 + b"}",
    ],
    ids=["empty", "open", "text", "bytes", "nan", "huge", "surrogate", "deep", "digits"],
)
def test_a_body_that_is_no_json_reaches_a_handler(api: Api, data: bytes) -> None:
    response = api.send("PUT", "alertRules/a", data=data)
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["error"]["code"] == "InvalidRequestContent"


@pytest.mark.parametrize(
    "body", [[], "text", 1, None, {"kind": 1}, {"kind": "NRT", "properties": []}]
)
def test_a_body_of_another_shape_raises(api: Api, body: object) -> None:
    response = api.send("PUT", "alertRules/a", data=json.dumps(body).encode())
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["error"]["code"] == "BadRequest"


def test_a_body_without_end_is_read(make_api: Callable[..., Api]) -> None:
    api = make_api(max_request_bytes=1000)
    response = api.send("PUT", "alertRules/a", data=b" " * 1001)
    assert response.status_code == 413
    assert response.json is not None
    assert response.json["error"]["code"] == "ContentLengthLimitExceeded"


def test_a_small_body_unpacks_to_a_large_one(make_api: Callable[..., Api]) -> None:
    api = make_api(max_request_bytes=1000)
    data = gzip.compress(b" " * 1_000_000)
    assert len(data) < 1100
    response = api.send(
        "PUT", "alertRules/a", data=data[:1000], headers={"Content-Encoding": "gzip"}
    )
    assert response.status_code == 413


def test_every_answer_has_headers_that_protect_it(api: Api) -> None:
    for path in (RULES, "/", "/_vedette/clock"):
        headers = api.send("GET", path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "script-src" not in headers["Content-Security-Policy"]


def test_a_refusal_makes_the_sdk_try_again(api: Api) -> None:
    """azure-core repeats 408, 429 and most of 5xx, and whatever carries Retry-After."""
    for method, path in (
        ("GET", "automationRules"),
        ("GET", "alertRules/none"),
        ("PUT", "metadata/m"),
    ):
        response = api.send(method, path)
        assert response.status_code not in {408, 429, 500, 502, 503, 504}
        assert not [name for name, _ in response.headers if "retry-after" in name.lower()]
