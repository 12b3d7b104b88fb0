"""What breaks when saved searches, functions above all, are not what Log Analytics keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api

PROPERTIES = {
    "category": "Hunting Queries",
    "displayName": "Mails",
    "query": "EmailEvents",
    "version": 2,
    "tags": [{"name": "tactics", "value": "InitialAccess"}],
}
FUNCTION = {
    "category": "Functions",
    "displayName": "Is from us",
    "query": "Address endswith '@contoso.com'",
    "functionAlias": "IsFromUs",
    "functionParameters": "Address:string",
}


def _path(api: Api, name: str = "a") -> str:
    return f"{api.scope}/savedSearches/{name}"


def test_a_search_comes_back_changed(api: Api) -> None:
    created = api.put(_path(api), {"properties": PROPERTIES})
    assert created["properties"] == PROPERTIES
    assert created["type"] == "Microsoft.OperationalInsights/savedSearches"
    assert created["id"] == _path(api)
    assert api.get(_path(api)) == created
    assert api.get(f"{api.scope}/savedSearches")["value"] == [created]


@pytest.mark.parametrize("missing", ["category", "displayName", "query"])
def test_a_required_property_may_be_missing(api: Api, missing: str) -> None:
    properties = {name: value for name, value in PROPERTIES.items() if name != missing}
    response = api.send("PUT", _path(api), {"properties": properties})
    assert response.status_code == 400
    assert f"'{missing}'" in response.text


def test_an_update_without_etag_overwrites(api: Api) -> None:
    first = api.put(_path(api), {"properties": PROPERTIES})
    response = api.send("PUT", _path(api), {"properties": PROPERTIES})
    assert response.status_code == 409
    assert response.json == {"error": {"code": "Conflict", "message": "Newer data exists."}}
    second = api.put(_path(api), {"etag": first["etag"], "properties": PROPERTIES})
    assert second["etag"] != first["etag"]
    stale = {"etag": first["etag"], "properties": PROPERTIES}
    assert api.send("PUT", _path(api), stale).status_code == 409
    api.put(_path(api), {"etag": "*", "properties": PROPERTIES})
    api.put(_path(api), {"properties": {**PROPERTIES, "eTag": "*"}})


def test_a_star_creates_nothing(api: Api) -> None:
    assert api.put(_path(api), {"etag": "*", "properties": PROPERTIES})["name"] == "a"


def test_a_deleted_search_stays(api: Api) -> None:
    api.put(_path(api), {"properties": PROPERTIES})
    assert api.send("DELETE", _path(api)).status_code == 200
    assert api.send("GET", _path(api)).status_code == 404


def test_a_query_does_not_see_a_new_or_deleted_function(
    api: Api, rule: Callable[..., dict[str, Any]]
) -> None:
    query = "EmailEvents | where IsFromUs(SenderFromAddress)"
    assert api.send("PUT", "alertRules/a", rule(query=query)).status_code == 400
    api.put(_path(api), {"properties": FUNCTION})
    assert api.send("PUT", "alertRules/a", rule(query=query)).status_code == 201
    api.send("DELETE", _path(api))
    assert api.send("PUT", "alertRules/b", rule(query=query)).status_code == 400


def test_a_function_that_changed_its_parameters_still_fits(
    api: Api, rule: Callable[..., dict[str, Any]]
) -> None:
    api.put(_path(api), {"properties": FUNCTION})
    changed = {**FUNCTION, "functionParameters": "Address:string, Domain:string"}
    api.put(_path(api), {"etag": "*", "properties": changed})
    query = "EmailEvents | where IsFromUs(SenderFromAddress)"
    assert api.send("PUT", "alertRules/a", rule(query=query)).status_code == 400
