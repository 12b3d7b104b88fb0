"""``watchlists``.

The trap, and the service's most surprising behaviour: writing a watchlist again *adds* its rows to
those that are there (and drops exact duplicates); a row that is gone from the file stays until its
item is deleted (watchlists-manage, "Bulk update").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid5

from werkzeug.wrappers import Request, Response

from vedette.workspace.assumptions import merge_rows
from vedette.workspace.conditions import check_conditions
from vedette.workspace.iso8601 import format_time
from vedette.workspace.members import Member, as_object, integer, missing, one_of, read_object, text
from vedette.workspace.messages import answer, read_json
from vedette.workspace.paging import page
from vedette.workspace.refusal import bad_request, conflict, not_found, not_implemented
from vedette.workspace.settings import NAMESPACE
from vedette.workspace.store import Resource
from vedette.workspace.watchlist_content import Content, parse_content
from vedette.workspace.workspace import Workspace

WATCHLISTS = "watchlists"
#: One resource a watchlist: ``{"items": {id: {"created", "updated", "values", "etag"}}}``.
ITEMS = "watchlistItems"
#: How soon a client should look again; the SDK's own default would be 30 seconds.
_POLL_AGAIN = (("x-ms-retry-after-ms", "20"),)
_MEMBERS = (
    Member("displayName", text, required=True),
    Member("provider", text, required=True),
    Member("itemsSearchKey", text, required=True),
    Member("description", text),
    Member("source", text),
    Member("sourceType", one_of("SourceType", ("Local", "AzureStorage", "Local file"))),
    Member("watchlistAlias", text),
    Member("contentType", text),
    Member("numberOfLinesToSkip", integer, default=int),
    Member("rawContent", text),
)


def list_watchlists(workspace: Workspace, request: Request) -> Response:
    """All watchlists by alias, a page at a time."""
    items = workspace.store.all(WATCHLISTS)
    size = workspace.settings.page_size
    return answer(page(request, items, lambda item: _render(workspace, item), size=size))


def get_watchlist(workspace: Workspace, request: Request, alias: str) -> Response:
    """One watchlist, or 404. Each look brings a watchlist that is being written on its way."""
    found = existing_watchlist(workspace, alias)
    if found.body["polls"] > 0:
        body = {**found.body, "polls": found.body["polls"] - 1}
        workspace.store.put(WATCHLISTS, alias, body, etag=found.etag)
        workspace.definitions.forget()
        return answer(_render(workspace, found), headers=_POLL_AGAIN)
    return answer(_render(workspace, found))


def put_watchlist(workspace: Workspace, request: Request, alias: str) -> Response:
    """Create a watchlist or add to it: 201 or 200, while its rows are still being written."""
    body = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
    if body.get("properties") is None:
        raise missing("properties", "")
    read = read_object(body["properties"], _MEMBERS, "properties")
    current = workspace.store.get(WATCHLISTS, alias)
    check_conditions(request, current.etag if current else None)
    _check(alias, read, body.get("etag"), current)
    content = _content(read)
    columns = _merged_columns(read["itemsSearchKey"], current, content)
    read.pop("rawContent")
    now = format_time(workspace.store.clock)
    read["watchlistAlias"] = current.name if current else alias
    read["created"] = current.body["properties"]["created"] if current else now
    read["updated"] = now
    stored = workspace.store.put(
        WATCHLISTS,
        alias,
        {
            "properties": read,
            "columns": list(columns),
            "polls": workspace.settings.watchlist_polls if content else 0,
        },
    )
    if content is not None:
        _add_items(workspace, stored.name, columns, content)
    workspace.definitions.forget()
    rendered = _render(workspace, stored)
    if content is not None:
        rendered["properties"]["provisioningState"] = "InProgress"
    return answer(rendered, 200 if current else 201, _POLL_AGAIN)


def delete_watchlist(workspace: Workspace, request: Request, alias: str) -> Response:
    """Delete a watchlist with its items: 202, or 204 if there is none."""
    current = workspace.store.get(WATCHLISTS, alias)
    check_conditions(request, current.etag if current else None)
    if current is None:
        return answer(status=204)
    workspace.store.delete(WATCHLISTS, alias)
    workspace.store.delete(ITEMS, alias)
    workspace.definitions.forget()
    return answer({}, status=202)


def existing_watchlist(workspace: Workspace, alias: str) -> Resource:
    """The watchlist of an alias; Refusal (404) if there is none."""
    found = workspace.store.get(WATCHLISTS, alias)
    if found is None:
        raise not_found(f"Watchlist '{alias}' was not found.")
    return found


def items_of(workspace: Workspace, alias: str) -> dict[str, Any]:
    """The items of a watchlist by id, in the order in which they came."""
    stored = workspace.store.get(ITEMS, alias)
    return dict(stored.body["items"]) if stored else {}


def _check(alias: str, read: Mapping[str, Any], etag: object, current: Resource | None) -> None:
    if read["watchlistAlias"] not in (None, alias):
        raise bad_request(
            f"The alias '{read['watchlistAlias']}' in the body is not the alias '{alias}' in the "
            "path."
        )
    if read["sourceType"] == "AzureStorage":
        raise not_implemented("PUT watchlists from Azure storage")
    if current is None:
        return
    if etag is not None and etag != current.etag:
        raise conflict(f"Newer instance of watchlist '{alias}' exists. Data was not saved.")
    key = current.body["properties"]["itemsSearchKey"]
    if read["itemsSearchKey"] != key:
        raise bad_request(f"The search key '{key}' of watchlist '{alias}' cannot be changed.")


def _content(read: Mapping[str, Any]) -> Content | None:
    """The rows in the body, None if it has none."""
    if read["rawContent"] is None:
        return None
    return parse_content(
        read["rawContent"],
        content_type=read["contentType"] or "text/csv",
        skip=read["numberOfLinesToSkip"],
        search_key=read["itemsSearchKey"],
    )


def _merged_columns(
    search_key: str, current: Resource | None, content: Content | None
) -> tuple[str, ...]:
    before = tuple(current.body["columns"]) if current else ()
    added = content.columns if content else ()
    return tuple(dict.fromkeys((*before, *added))) or (search_key,)


def _add_items(
    workspace: Workspace, alias: str, columns: tuple[str, ...], content: Content
) -> None:
    """Append the rows that are not there yet, cell for cell."""
    items, now = items_of(workspace, alias), format_time(workspace.store.clock)
    present = {tuple(item["values"].get(name, "") for name in columns) for item in items.values()}
    added = (tuple(row.get(name, "") for name in columns) for row in content.rows)
    write = workspace.store.count_write()
    for number, cells in enumerate(merge_rows(present, added)):
        item_id = str(uuid5(NAMESPACE, f"item/{alias.casefold()}/{write}/{number}"))
        items[item_id] = {
            "created": now,
            "updated": now,
            "values": dict(zip(columns, cells, strict=True)),
            "etag": f'"{write:08x}-0000-0000-0000-{number:012x}"',
        }
    workspace.store.put(ITEMS, alias, {"items": items})


def _render(workspace: Workspace, item: Resource) -> dict[str, Any]:
    scope = workspace.settings.scope
    return {
        "id": f"{scope.insights}/watchlists/{item.name}",
        "name": item.name,
        "type": "Microsoft.SecurityInsights/Watchlists",
        "etag": item.etag,
        "properties": {
            "watchlistId": str(uuid5(NAMESPACE, f"watchlist/{item.name.casefold()}")),
            **item.body["properties"],
            "watchlistType": "watchlist",
            "isDeleted": False,
            "labels": [],
            "tenantId": str(scope.customer_id),
            "provisioningState": "InProgress" if item.body["polls"] else "Succeeded",
        },
    }
