"""``incidents/{id}/comments``: what analysts write; at most 100 an incident."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.simulate.conditions import Happening, UpdatedBy
from vedette.workspace.conditions import check_conditions
from vedette.workspace.incident_names import require_incident
from vedette.workspace.iso8601 import format_time
from vedette.workspace.members import as_object, missing, text
from vedette.workspace.messages import answer, read_json
from vedette.workspace.paging import page, top
from vedette.workspace.refusal import bad_request, conflict, not_found
from vedette.workspace.store import Resource
from vedette.workspace.workspace import Workspace

COMMENTS = "incidentComments"
#: sentinel-service-limits.
MAX_COMMENTS = 100
MAX_LENGTH = 30_000


def list_comments(workspace: Workspace, request: Request, incident: str) -> Response:
    """The comments of an incident by id, a page at a time."""
    require_incident(workspace, incident)
    comments = workspace.store.all(COMMENTS, incident)
    size = top(request, default=workspace.settings.page_size, most=1000)
    return answer(page(request, comments, lambda one: _render(workspace, one), size=size))


def get_comment(workspace: Workspace, request: Request, incident: str, name: str) -> Response:
    """One comment, or 404."""
    require_incident(workspace, incident)
    comment = workspace.store.get(COMMENTS, f"{incident}/{name}")
    if comment is None:
        raise not_found(f"Comment '{name}' was not found.")
    return answer(_render(workspace, comment))


def put_comment(workspace: Workspace, request: Request, incident: str, name: str) -> Response:
    """Write or rewrite a comment: 201 or 200."""
    require_incident(workspace, incident)
    body = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
    properties = as_object(body.get("properties") or {}, "properties")
    if properties.get("message") is None:
        raise missing("message", "properties")
    message = text(properties["message"], "properties.message")
    if not 1 <= len(message) <= MAX_LENGTH:
        raise bad_request(f"A comment must have 1 to {MAX_LENGTH} characters.")
    key = f"{incident}/{name}"
    current = workspace.store.get(COMMENTS, key)
    check_conditions(request, current.etag if current else None)
    if current is None and count_comments(workspace, incident) >= MAX_COMMENTS:
        raise bad_request(f"An incident cannot have more than {MAX_COMMENTS} comments.")
    if current is not None and body.get("etag") not in (None, current.etag):
        raise conflict(f"Newer instance of comment '{name}' exists. Data was not saved.")
    now = format_time(workspace.store.clock)
    created = current.body["createdTimeUtc"] if current else now
    written = workspace.store.put(
        COMMENTS,
        key,
        {"message": message, "createdTimeUtc": created, "lastModifiedTimeUtc": now},
    )
    if current is None:
        _tell(workspace, incident)
    return answer(_render(workspace, written), 200 if current else 201)


def delete_comment(workspace: Workspace, request: Request, incident: str, name: str) -> Response:
    """Delete a comment: 200, or 204 if there is none."""
    require_incident(workspace, incident)
    key = f"{incident}/{name}"
    current = workspace.store.get(COMMENTS, key)
    check_conditions(request, current.etag if current else None)
    if current is None:
        return answer(status=204)
    workspace.store.delete(COMMENTS, key)
    return answer(status=200)


def count_comments(workspace: Workspace, incident: str) -> int:
    """How many comments an incident has."""
    return len(workspace.store.all(COMMENTS, incident))


def forget_comments(workspace: Workspace, incident: str) -> None:
    """Delete the comments of an incident, which goes."""
    for comment in workspace.store.all(COMMENTS, incident):
        workspace.store.delete(COMMENTS, comment.name)


def _tell(workspace: Workspace, name: str) -> None:
    """A comment that is added is an update of the incident, which automation rules look at."""
    found = next(one for one in workspace.ledger.incidents() if str(one.id) == name.casefold())
    happened = Happening(found, found, UpdatedBy.APPLICATION, commented=True)
    workspace.responder.respond([happened])


def _render(workspace: Workspace, comment: Resource) -> dict[str, Any]:
    incident, _, name = comment.name.partition("/")
    insights = workspace.settings.scope.insights
    return {
        "id": f"{insights}/Incidents/{incident}/Comments/{name}",
        "name": name,
        "type": "Microsoft.SecurityInsights/Incidents/Comments",
        "etag": comment.etag,
        "properties": {
            **comment.body,
            "author": {"objectId": None, "email": None, "name": None, "userPrincipalName": None},
        },
    }
