"""``metadata``: what is known about a resource, such as who owns it and where it came from.

The trap: a metadata resource lives and dies by itself; deleting the rule that it speaks of leaves
it behind.
"""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.workspace.members import as_object, missing
from vedette.workspace.messages import answer, read_json
from vedette.workspace.paging import page, top
from vedette.workspace.refusal import conflict, not_found, not_implemented
from vedette.workspace.store import Resource
from vedette.workspace.workspace import Workspace

METADATA = "metadata"
_REQUIRED = ("parentId", "kind")


def list_metadata(workspace: Workspace, request: Request) -> Response:
    """All metadata by name, a page at a time; filters and orders are not implemented."""
    for option in ("$filter", "$orderby", "$skip"):
        if option in request.args:
            raise not_implemented(f"GET metadata with {option}")
    size = top(request, default=workspace.settings.page_size, most=1000)
    items = workspace.store.all(METADATA)
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
    return _write(workspace, name, body.get("etag"), dict(properties), current)


def patch_metadata(workspace: Workspace, request: Request, name: str) -> Response:
    """Change the given properties and leave the others."""
    body = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
    current = _existing(workspace, name)
    given = as_object(body.get("properties") or {}, "properties")
    properties = {**current.body["properties"], **given}
    return _write(workspace, name, body.get("etag"), properties, current)


def delete_metadata(workspace: Workspace, request: Request, name: str) -> Response:
    """Delete: 200, or 204 if there is none."""
    if workspace.store.get(METADATA, name) is None:
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
