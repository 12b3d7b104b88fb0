"""``watchlistItems``: the rows of a watchlist, one by one.

The trap: this is the only way to take a row out, since writing the watchlist only adds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.workspace.iso8601 import format_time
from vedette.workspace.members import as_object, missing, text
from vedette.workspace.messages import answer, read_json
from vedette.workspace.paging import page
from vedette.workspace.refusal import bad_request, conflict, not_found
from vedette.workspace.store import Resource
from vedette.workspace.watchlists import ITEMS, existing_watchlist, items_of
from vedette.workspace.workspace import Workspace


def list_items(workspace: Workspace, request: Request, alias: str) -> Response:
    """The items, in the order in which they came; none while they are being written."""
    found = existing_watchlist(workspace, alias)
    items = [] if found.body["polls"] else list(items_of(workspace, alias).items())
    size = workspace.settings.page_size
    return answer(
        page(request, items, lambda pair: _render_item(workspace, found, *pair), size=size)
    )


def get_item(workspace: Workspace, request: Request, alias: str, item_id: str) -> Response:
    """One item, or 404."""
    found, items = existing_watchlist(workspace, alias), items_of(workspace, alias)
    if item_id.casefold() not in items:
        raise not_found(f"Watchlist item '{item_id}' was not found.")
    key = item_id.casefold()
    return answer(_render_item(workspace, found, key, items[key]))


def put_item(workspace: Workspace, request: Request, alias: str, item_id: str) -> Response:
    """Create or replace one item: 201 or 200."""
    found, items, key = (
        existing_watchlist(workspace, alias),
        items_of(workspace, alias),
        item_id.casefold(),
    )
    body = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
    properties = as_object(body.get("properties") or {}, "properties")
    if properties.get("itemsKeyValue") is None:
        raise missing("itemsKeyValue", "properties")
    given = as_object(properties["itemsKeyValue"], "properties.itemsKeyValue")
    unknown = sorted(set(given) - set(found.body["columns"]))
    if unknown:
        raise bad_request(f"The watchlist '{found.name}' has no column '{unknown[0]}'.")
    values = {name: text(given.get(name, ""), name) for name in found.body["columns"]}
    current = items.get(key)
    if current is not None and body.get("etag") not in (None, current["etag"]):
        raise conflict(f"Newer instance of watchlist item '{item_id}' exists.")
    now = format_time(workspace.store.clock)
    items[key] = {
        "created": current["created"] if current else now,
        "updated": now,
        "values": values,
        "etag": workspace.store.next_etag(),
    }
    workspace.store.put(ITEMS, alias, {"items": items})
    workspace.definitions.forget()
    return answer(_render_item(workspace, found, key, items[key]), 200 if current else 201)


def delete_item(workspace: Workspace, request: Request, alias: str, item_id: str) -> Response:
    """Delete one item: 200, or 204 if there is none."""
    existing_watchlist(workspace, alias)
    items = items_of(workspace, alias)
    if items.pop(item_id.casefold(), None) is None:
        return answer(status=204)
    workspace.store.put(ITEMS, alias, {"items": items})
    workspace.definitions.forget()
    return answer(status=200)


def _render_item(
    workspace: Workspace, watchlist: Resource, item_id: str, item: Mapping[str, Any]
) -> dict[str, Any]:
    scope = workspace.settings.scope
    return {
        "id": f"{scope.insights}/watchlists/{watchlist.name}/watchlistItems/{item_id}",
        "name": item_id,
        "type": "Microsoft.SecurityInsights/Watchlists/WatchlistItems",
        "etag": item["etag"],
        "properties": {
            "watchlistItemType": "watchlist-item",
            "watchlistItemId": item_id,
            "tenantId": str(scope.customer_id),
            "isDeleted": False,
            "created": item["created"],
            "updated": item["updated"],
            "itemsKeyValue": item["values"],
            "entityMapping": {},
        },
    }
