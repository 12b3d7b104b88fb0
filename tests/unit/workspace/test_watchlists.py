"""What breaks when a watchlist is written otherwise than the service writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.unit.workspace.conftest import Api

PATH = "watchlists/Trusted"
ITEMS = f"{PATH}/watchlistItems"


def _body(content: str | None, **changes: object) -> dict[str, Any]:
    properties: dict[str, object] = {
        "displayName": "Trusted",
        "provider": "Vedette",
        "source": "Trusted.csv",
        "sourceType": "Local",
        "contentType": "text/csv",
        "itemsSearchKey": "Domain",
        "rawContent": content,
        **changes,
    }
    return {"properties": {name: value for name, value in properties.items() if value is not None}}


def _rows(api: Api) -> list[dict[str, str]]:
    return [item["properties"]["itemsKeyValue"] for item in api.get(ITEMS)["value"]]


def test_the_raw_content_is_echoed(api: Api) -> None:
    created = api.put(PATH, _body("Domain,Why\na.example,mailer\n"))
    for shown in (created, api.get(PATH), api.get("watchlists")["value"][0]):
        assert "rawContent" not in shown["properties"]
        assert shown["properties"]["watchlistAlias"] == "Trusted"
    assert _rows(api) == [{"Domain": "a.example", "Why": "mailer"}]


def test_a_write_is_over_when_it_is_answered(api: Api) -> None:
    created = api.put(PATH, _body("Domain\na.example"))
    assert created["properties"]["provisioningState"] == "InProgress"
    assert api.get(PATH)["properties"]["provisioningState"] == "Succeeded"


def test_a_client_that_does_not_wait_sees_rows(make_api: Callable[..., Api]) -> None:
    api = make_api(watchlist_polls=2)
    api.put(PATH, _body("Domain\na.example"))
    assert _rows(api) == []
    states = [api.get(PATH)["properties"]["provisioningState"] for _ in range(3)]
    assert states == ["InProgress", "InProgress", "Succeeded"]
    assert len(_rows(api)) == 1


def test_writing_again_replaces_the_rows(api: Api) -> None:
    """The service adds them, and drops exact duplicates (watchlists-manage)."""
    api.put(PATH, _body("Domain,Why\na.example,x\nb.example,x\n"))
    assert api.send("PUT", PATH, _body("Domain,Why\nb.example,x\nb.example,y\n")).status_code == 200
    assert _rows(api) == [
        {"Domain": "a.example", "Why": "x"},
        {"Domain": "b.example", "Why": "x"},
        {"Domain": "b.example", "Why": "y"},
    ]


def test_a_new_column_is_lost(api: Api) -> None:
    api.put(PATH, _body("Domain\na.example\n"))
    api.put(PATH, _body("Domain,Why\na.example,x\n"))
    assert _rows(api) == [{"Domain": "a.example"}, {"Domain": "a.example", "Why": "x"}]


def test_an_update_of_the_metadata_alone_drops_the_rows(api: Api) -> None:
    api.put(PATH, _body("Domain\na.example\n"))
    changed = api.put(PATH, _body(None, displayName="Other"))
    assert changed["properties"]["displayName"] == "Other"
    assert len(_rows(api)) == 1


@pytest.mark.parametrize(
    ("content", "changes", "named"),
    [
        ("Why\nx\n", {}, "'Domain'"),
        ("Domain,Domain\na,b\n", {}, "twice"),
        ("Domain,\na,b\n", {}, "without a name"),
        ("Domain,Why\na\n", {}, "1 values for 2 columns"),
        ("Domain,Why\na,b,c\n", {}, "3 values for 2 columns"),
        ("Domain,Why\n ,b\n", {}, "no value for 'Domain'"),
        ('Domain\n"a\n', {}, "could not be parsed"),
        ("", {}, "header"),
        ("Domain\n" + "a" * 10_241, {}, "Line 2"),
        ("Domain\n" + "a\n" * 1_900_000, {}, "3.8 MB"),
        ("Domain\na\n", {"contentType": "application/json"}, "application/json"),
        ("Domain\na\n", {"watchlistAlias": "Other"}, "'Other'"),
        ("Domain\na\n", {"displayName": None}, "'displayName'"),
        ("Domain\na\n", {"provider": None}, "'provider'"),
        ("Domain\na\n", {"itemsSearchKey": None}, "'itemsSearchKey'"),
    ],
)
def test_content_that_the_service_refuses_is_taken(
    api: Api, content: str, changes: dict[str, object], named: str
) -> None:
    response = api.send("PUT", PATH, _body(content, **changes))
    assert response.status_code == 400
    assert named in response.text
    assert api.send("GET", PATH).status_code == 404


def test_content_from_a_spreadsheet_is_misread(api: Api) -> None:
    text = '\ufeffmade on Monday\r\nDomain,Why\r\na.example,"x, y"\r\n\r\n'
    api.put(PATH, _body(text, numberOfLinesToSkip=1))
    assert _rows(api) == [{"Domain": "a.example", "Why": "x, y"}]


def test_content_with_tabs_is_misread(api: Api) -> None:
    api.put(PATH, _body("Domain\tWhy\na.example\tx, y\n", contentType="text/tsv"))
    assert _rows(api) == [{"Domain": "a.example", "Why": "x, y"}]


def test_content_elsewhere_is_taken_for_empty(api: Api) -> None:
    body = _body(None, sourceType="AzureStorage")
    assert api.send("PUT", PATH, body).status_code == 501


def test_the_search_key_changes(api: Api) -> None:
    api.put(PATH, _body("Domain,Why\na,b\n"))
    assert (
        api.send("PUT", PATH, _body("Domain,Why\na,b\n", itemsSearchKey="Why")).status_code == 400
    )


def test_a_stale_etag_overwrites(api: Api) -> None:
    first = api.put(PATH, _body("Domain\na\n"))
    api.put(PATH, _body("Domain\nb\n") | {"etag": first["etag"]})
    response = api.send("PUT", PATH, _body("Domain\nc\n") | {"etag": first["etag"]})
    assert response.status_code == 409
    assert len(_rows(api)) == 2


def test_a_deleted_watchlist_leaves_its_rows(api: Api) -> None:
    api.put(PATH, _body("Domain\na\n"))
    assert api.send("DELETE", PATH).status_code == 202
    assert api.send("DELETE", PATH).status_code == 204
    assert api.send("GET", ITEMS).status_code == 404
    api.put(PATH, _body("Domain\nb\n"))
    assert _rows(api) == [{"Domain": "b"}]


def test_one_row_cannot_be_taken_out_or_changed(api: Api) -> None:
    api.put(PATH, _body("Domain,Why\na,x\nb,x\n"))
    first, second = api.get(ITEMS)["value"]
    assert api.send("DELETE", f"{ITEMS}/{first['name']}").status_code == 200
    assert api.send("DELETE", f"{ITEMS}/{first['name']}").status_code == 204
    changed = api.put(
        f"{ITEMS}/{second['name']}", {"properties": {"itemsKeyValue": {"Domain": "c", "Why": "y"}}}
    )
    assert changed["name"] == second["name"]
    assert changed["etag"] != second["etag"]
    assert api.get(f"{ITEMS}/{second['name']}") == changed
    assert _rows(api) == [{"Domain": "c", "Why": "y"}]


@pytest.mark.parametrize(
    ("properties", "status"),
    [
        ({}, 400),
        ({"itemsKeyValue": {"Domain": 1}}, 400),
        ({"itemsKeyValue": {"Nothing": "x"}}, 400),
        ({"itemsKeyValue": {"Domain": "x"}}, 201),
    ],
)
def test_an_item_that_does_not_fit_is_taken(
    api: Api, properties: dict[str, object], status: int
) -> None:
    api.put(PATH, _body("Domain\na\n"))
    path = f"{ITEMS}/4d104966-c2f6-4bdc-9f18-eb351b2b5b6c"
    assert api.send("PUT", path, {"properties": properties}).status_code == status


def test_a_rule_does_not_see_the_rows_of_now(
    api: Api, rule: Callable[..., dict[str, Any]], mail: Callable[..., dict[str, object]]
) -> None:
    api.put(PATH, _body("Domain,Why\ncontoso.example,x\n"))
    query = (
        "let trusted = _GetWatchlist('Trusted') | project Domain;"
        " EmailEvents | where tostring(split(SenderFromAddress, '@')[1]) !in (trusted)"
    )
    api.put("alertRules/a", rule(query=query))
    api.events("EmailEvents", mail(), mail(TimeGenerated="2026-11-02T12:30:00Z"))
    api.advance("PT5M")
    assert [run["rows"] for run in api.runs()] == [0]
    item = api.get(ITEMS)["value"][0]["name"]
    api.send("DELETE", f"{ITEMS}/{item}")
    api.advance("PT1H")
    assert [run["rows"] for run in api.runs()] == [1, 0]
