"""What breaks when metadata resources are not kept as they were written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api

PATH = "metadata/analyticsrule-1"
PROPERTIES = {"parentId": "/x/alertRules/1", "kind": "AnalyticsRule", "version": "1.0.0"}


def test_metadata_comes_back_changed(api: Api) -> None:
    created = api.put(PATH, {"properties": PROPERTIES})
    assert created["properties"] == PROPERTIES
    assert created["type"] == "Microsoft.SecurityInsights/metadata"
    assert api.get(PATH) == created
    assert api.get("metadata")["value"] == [created]


@pytest.mark.parametrize("missing", ["parentId", "kind"])
def test_a_required_property_may_be_missing(api: Api, missing: str) -> None:
    properties = {name: value for name, value in PROPERTIES.items() if name != missing}
    assert api.send("PUT", PATH, {"properties": properties}).status_code == 400


def test_a_patch_drops_what_it_does_not_name(api: Api) -> None:
    api.put(PATH, {"properties": PROPERTIES})
    response = api.send("PATCH", PATH, {"properties": {"version": "1.1.0"}})
    assert response.json is not None
    assert response.json["properties"] == PROPERTIES | {"version": "1.1.0"}
    assert api.send("PATCH", "metadata/none", {"properties": {}}).status_code == 404


def test_a_stale_etag_overwrites(api: Api) -> None:
    first = api.put(PATH, {"properties": PROPERTIES})
    api.put(PATH, {"etag": first["etag"], "properties": PROPERTIES})
    stale = {"etag": first["etag"], "properties": PROPERTIES}
    assert api.send("PUT", PATH, stale).status_code == 409


def test_deleted_metadata_stays(api: Api) -> None:
    api.put(PATH, {"properties": PROPERTIES})
    assert api.send("DELETE", PATH).status_code == 200
    assert api.send("DELETE", PATH).status_code == 204
    assert api.send("GET", PATH).status_code == 404


@pytest.mark.parametrize("option", ["$filter", "$orderby", "$skip"])
def test_an_option_that_is_not_understood_is_ignored(api: Api, option: str) -> None:
    query = {"api-version": "2025-09-01", option: "x"}
    assert api.send("GET", "metadata", query=query).status_code == 400


def test_a_list_is_of_other_metadata_than_asked_for(api: Api) -> None:
    for name, kind in (("a", "Parser"), ("b", "AnalyticsRule"), ("c", "AnalyticsRule")):
        api.put(f"metadata/{name}", {"properties": PROPERTIES | {"kind": kind}})

    def names(**options: str) -> list[str]:
        return [item["name"] for item in api.get("metadata", **options)["value"]]

    assert names(filter="properties/kind eq 'AnalyticsRule'") == ["b", "c"]
    assert names(orderby="name desc") == ["c", "b", "a"]
    assert names(orderby="properties/kind,name", skip="1") == ["c", "a"]
    assert names(filter="properties/kind eq 'Other'") == []


@pytest.mark.parametrize(
    ("method", "header", "value", "status"),
    [
        ("PUT", "If-None-Match", "*", 412),
        ("PUT", "If-Match", '"old"', 412),
        ("PUT", "If-Match", "*", 200),
        ("PUT", "If-Match", "CURRENT", 200),
        ("PUT", "If-Match", '"x", CURRENT', 200),
        ("PATCH", "If-Match", '"old"', 412),
        ("DELETE", "If-Match", '"old"', 412),
        ("DELETE", "If-Match", "CURRENT", 200),
    ],
)
def test_a_condition_of_a_write_is_passed_over(
    api: Api, method: str, header: str, value: str, status: int
) -> None:
    etag = api.put(PATH, {"properties": PROPERTIES})["etag"]
    headers = {header: value.replace("CURRENT", etag)}
    response = api.send(method, PATH, {"properties": PROPERTIES}, headers=headers)
    assert response.status_code == status
    if status == 412:
        assert response.json is not None
        assert response.json["error"]["code"] == "PreconditionFailed"
        assert api.get(PATH)["etag"] == etag


def test_two_who_create_at_once_both_believe_that_they_did(api: Api) -> None:
    body, headers = {"properties": PROPERTIES}, {"If-None-Match": "*"}
    assert api.send("PUT", PATH, body, headers=headers).status_code == 201
    assert api.send("PUT", PATH, body, headers=headers).status_code == 412
    assert api.send("PUT", "metadata/none", body, headers={"If-Match": "*"}).status_code == 412
