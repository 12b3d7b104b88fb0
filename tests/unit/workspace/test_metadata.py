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
def test_an_option_is_ignored(api: Api, option: str) -> None:
    query = {"api-version": "2025-09-01", option: "x"}
    assert api.send("GET", "metadata", query=query).status_code == 501
