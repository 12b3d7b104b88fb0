"""``metadata``: what is known about a resource, such as who owns it and where it came from.

The trap: a metadata resource lives and dies by itself; deleting the rule that it speaks of leaves
it behind.
"""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.workspace.collection import text_property
from vedette.workspace.conditions import check_conditions
from vedette.workspace.members import as_object, missing
from vedette.workspace.messages import answer, read_json
from vedette.workspace.odata import listed
from vedette.workspace.paging import page, skip, top
from vedette.workspace.refusal import conflict, not_found
from vedette.workspace.store import Resource
from vedette.workspace.workspace import Workspace

METADATA = "metadata"
_REQUIRED = ("parentId", "kind")
_SORTABLE = {
    "name": lambda item: item.name,
    **{
        f"properties/{name}": text_property(name)
        for name in ("parentId", "kind", "contentId", "version")
    },
}


def list_metadata(workspace: Workspace, request: Request) -> Response:
    """All metadata by name, in pages, as ``$filter``, ``$orderby`` and ``$skip`` want them."""
    size = top(request, default=workspace.settings.page_size, most=1000)
    items = listed(request, workspace.store.all(METADATA), _SORTABLE)[skip(request) :]
    return answer(page(request, items, lambda item: _render(workspace, item), size=size))


def get_metadata(workspace: Workspace, request: Request, name: str) -> Response:
    """One metadata resource, or 404."""
    return answer(_render(workspace, _existing(workspace, name)))


def put_metadata(workspace: Workspace, request: Request, name: str) -> Response:
    """Create or replace: 201 or 200."""
    body = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
    if body.get("properties") is None:
        raise missing("properties", "")
    properties = as_object(body["properties"], "properties")
    for required in _REQUIRED:
        if properties.get(required) is None:
            raise missing(required, "properties")
    current = workspace.store.get(METADATA, name)
    check_conditions(request, current.etag if current else None)
    return _write(workspace, name, body.get("etag"), dict(properties), current)


def patch_metadata(workspace: Workspace, request: Request, name: str) -> Response:
    """Change the given properties and leave the others."""
    body = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
    current = _existing(workspace, name)
    check_conditions(request, current.etag)
    given = as_object(body.get("properties") or {}, "properties")
    properties = {**current.body["properties"], **given}
    return _write(workspace, name, body.get("etag"), properties, current)


def delete_metadata(workspace: Workspace, request: Request, name: str) -> Response:
    """Delete: 200, or 204 if there is none."""
    current = workspace.store.get(METADATA, name)
    check_conditions(request, current.etag if current else None)
    if current is None:
        return answer(status=204)
    workspace.store.delete(METADATA, name)
    return answer(status=200)


def _existing(workspace: Workspace, name: str) -> Resource:
    found = workspace.store.get(METADATA, name)
    if found is None:
        raise not_found(f"Metadata '{name}' was not found.")
    return found


def _write(
    workspace: Workspace,
    name: str,
    etag: object,
    properties: dict[str, Any],
    current: Resource | None,
) -> Response:
    if current is not None and etag is not None and etag != current.etag:
        raise conflict(f"Newer instance of metadata '{name}' exists. Data was not saved.")
    written = workspace.store.put(METADATA, name, {"properties": properties})
    return answer(_render(workspace, written), 200 if current else 201)


def _render(workspace: Workspace, item: Resource) -> dict[str, Any]:
    return {
        "id": f"{workspace.settings.scope.insights}/metadata/{item.name}",
        "name": item.name,
        "type": "Microsoft.SecurityInsights/metadata",
        "etag": item.etag,
        "properties": item.body["properties"],
    }
