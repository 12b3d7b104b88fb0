"""``dataConnectors``: where data comes from, as somebody has connected it.

The trap: a connector that is only listed connects nothing. It is kept and shown here; events come
into the local workspace by the ingestion API alone.
"""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.workspace.conditions import check_conditions, check_etag
from vedette.workspace.members import as_object, missing
from vedette.workspace.messages import answer, read_json
from vedette.workspace.paging import page, top
from vedette.workspace.refusal import not_found
from vedette.workspace.store import Resource
from vedette.workspace.workspace import Workspace

KIND = "dataConnectors"


def list_connectors(workspace: Workspace, request: Request) -> Response:
    """All of them by name, in pages."""
    size = top(request, default=workspace.settings.page_size, most=1000)
    found = workspace.store.all(KIND)
    return answer(page(request, found, lambda item: _render(workspace, item), size=size))


def get_connector(workspace: Workspace, request: Request, name: str) -> Response:
    """One of them, or 404."""
    found = workspace.store.get(KIND, name)
    if found is None:
        raise not_found(f"Data connector '{name}' was not found.")
    return answer(_render(workspace, found))


def put_connector(workspace: Workspace, request: Request, name: str) -> Response:
    """Create or replace: 201 or 200; the kind decides what a connector is, so it must be there."""
    body = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
    if not isinstance(body.get("kind"), str):
        raise missing("kind", "")
    properties = as_object(body.get("properties") or {}, "properties")
    current = workspace.store.get(KIND, name)
    etag = current.etag if current else None
    check_conditions(request, etag)
    check_etag(body.get("etag"), etag, f"data connector '{name}'")
    kept = {"kind": body["kind"], "properties": dict(properties)}
    stored = workspace.store.put(KIND, name, kept)
    return answer(_render(workspace, stored), 200 if current else 201)


def delete_connector(workspace: Workspace, request: Request, name: str) -> Response:
    """Delete: 200, or 204 if there is none."""
    current = workspace.store.get(KIND, name)
    check_conditions(request, current.etag if current else None)
    if current is None:
        return answer(status=204)
    workspace.store.delete(KIND, name)
    return answer(status=200)


def _render(workspace: Workspace, item: Resource) -> dict[str, Any]:
    return {
        "id": f"{workspace.settings.scope.insights}/{KIND}/{item.name}",
        "name": item.name,
        "type": f"Microsoft.SecurityInsights/{KIND}",
        "etag": item.etag,
        **item.body,
    }
