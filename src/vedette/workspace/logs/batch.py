"""Several queries in one call, each with an answer of its own.

The trap: a query that fails fails alone. The call is 200, and the failure stands in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.workspace.assumptions import MAX_BATCH
from vedette.workspace.logs.errors import LogsRefusal, bad_argument
from vedette.workspace.logs.query import preferences, require_workspace, run_query
from vedette.workspace.messages import answer, read_json
from vedette.workspace.workspace import Workspace

_CONTENT = {"Content-Type": "application/json; charset=utf-8"}


def post_batch(workspace: Workspace, request: Request) -> Response:
    """Answer ``{"requests": [{id, workspace, headers, body}]}``, in the same order."""
    body = read_json(request, limit=workspace.settings.max_request_bytes)
    requests = body.get("requests") if isinstance(body, Mapping) else None
    if not isinstance(requests, list):
        raise bad_argument("BatchValidationError", "The body must have an array 'requests'.")
    if len(requests) > MAX_BATCH:
        raise bad_argument(
            "BatchValidationError",
            f"A batch has at most {MAX_BATCH} requests, not {len(requests)}.",
        )
    ids = [_id(one) for one in requests]
    if len(set(ids)) < len(ids):
        raise bad_argument("BatchValidationError", "Each request must have an id of its own.")
    return answer({"responses": [_answer(workspace, one) for one in requests]})


def _id(one: object) -> str:
    if not isinstance(one, Mapping) or not isinstance(one.get("id"), str) or not one["id"]:
        raise bad_argument("BatchValidationError", "Each request must have an id.")
    return str(one["id"])


def _answer(workspace: Workspace, one: Mapping[str, Any]) -> dict[str, Any]:
    try:
        require_workspace(workspace, str(one.get("workspace")))
        headers = one.get("headers")
        prefer = _prefer(headers) if isinstance(headers, Mapping) else ""
        body, status = run_query(workspace, one.get("body"), preferences(prefer)), 200
    except LogsRefusal as refusal:
        body, status = refusal.body(), refusal.code or 400
    return {"id": one["id"], "status": status, "headers": _CONTENT, "body": body}


def _prefer(headers: Mapping[str, Any]) -> str:
    return next((str(value) for name, value in headers.items() if name.lower() == "prefer"), "")
