"""``savedSearches`` of the Log Analytics workspace: hunting queries and functions.

The trap: unlike a rule, an existing search is not overwritten by a PUT without an etag: the service
answers 409 until the client sends the current etag or ``"*"``.
"""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.workspace.conditions import check_conditions
from vedette.workspace.iso8601 import format_time
from vedette.workspace.members import (
    Member,
    array_of,
    as_object,
    integer,
    missing,
    object_of,
    read_object,
    text,
)
from vedette.workspace.messages import answer, read_json
from vedette.workspace.refusal import conflict, not_found
from vedette.workspace.store import Resource
from vedette.workspace.workspace import Workspace

SEARCHES = "savedSearches"
_TAG = (Member("name", text, required=True), Member("value", text, required=True))
_MEMBERS = (
    Member("category", text, required=True),
    Member("displayName", text, required=True),
    Member("query", text, required=True),
    Member("functionAlias", text),
    Member("functionParameters", text),
    Member("version", integer),
    Member("tags", array_of(object_of(_TAG))),
)


def list_searches(workspace: Workspace, request: Request) -> Response:
    """All saved searches; this list has no pages."""
    searches = workspace.store.all(SEARCHES)
    return answer({"value": [_render(workspace, search) for search in searches]})


def get_search(workspace: Workspace, request: Request, search_id: str) -> Response:
    """One saved search, or 404."""
    search = workspace.store.get(SEARCHES, search_id)
    if search is None:
        raise not_found(f"The saved search '{search_id}' was not found.")
    return answer(_render(workspace, search))


def put_search(workspace: Workspace, request: Request, search_id: str) -> Response:
    """Create or replace a saved search, by the rules of its etag."""
    body = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
    if body.get("properties") is None:
        raise missing("properties", "")
    properties = as_object(body["properties"], "properties")
    read = read_object(properties, _MEMBERS, "properties")
    current = workspace.store.get(SEARCHES, search_id)
    check_conditions(request, current.etag if current else None)
    # Templates may carry the etag inside the properties, under another spelling.
    etag = body.get("etag") or properties.get("etag") or properties.get("eTag")
    if current is not None and etag not in ("*", current.etag):
        raise conflict("Newer data exists.")
    kept = {name: value for name, value in read.items() if value is not None}
    search = workspace.store.put(
        SEARCHES, search_id, {"properties": kept}, etag=_next_etag(workspace)
    )
    workspace.definitions.forget()
    return answer(_render(workspace, search))


def delete_search(workspace: Workspace, request: Request, search_id: str) -> Response:
    """Delete a saved search; 200 whether it was there or not, as the API declares."""
    current = workspace.store.get(SEARCHES, search_id)
    check_conditions(request, current.etag if current else None)
    workspace.store.delete(SEARCHES, search_id)
    workspace.definitions.forget()
    return answer(status=200)


def _next_etag(workspace: Workspace) -> str:
    # The service's etags are times of writing; the number of the write makes them unique here.
    moment = format_time(workspace.store.clock.replace(microsecond=0)).removesuffix("Z")
    ticks = workspace.store.count_write() % 10_000_000
    return f"W/\"datetime'{moment.replace(':', '%3A')}.{ticks:07d}Z'\""


def _render(workspace: Workspace, search: Resource) -> dict[str, Any]:
    return {
        "id": f"{workspace.settings.scope.path}/savedSearches/{search.name}",
        "name": search.name,
        "type": "Microsoft.OperationalInsights/savedSearches",
        "etag": search.etag,
        "properties": search.body["properties"],
    }
