"""``incidents``: list, get, triage (PUT), alerts, entities.

The trap: the API shows more than an incident has (an owner in four spellings, labels): what an
analyst wrote is given back as it was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.model.detection import Severity
from vedette.simulate.types import Incident
from vedette.workspace.assumptions import CLASSIFICATION_REASONS, closing_problem
from vedette.workspace.entity_view import count_kinds, render_entity
from vedette.workspace.incident_view import entities_of, render_alert, render_incident
from vedette.workspace.members import (
    Member,
    array_of,
    as_object,
    missing,
    object_of,
    one_of,
    read_object,
    text,
)
from vedette.workspace.messages import answer, read_json
from vedette.workspace.odata import Getter, order_by, parse_filter
from vedette.workspace.paging import page, top
from vedette.workspace.refusal import bad_request, conflict, not_found, not_implemented
from vedette.workspace.rule_members import SEVERITIES
from vedette.workspace.workspace import Workspace

#: The most incidents that one call lists (sentinel-service-limits).
MAX_INCIDENTS_PER_CALL = 1000
_OWNER = tuple(
    Member(name, text)
    for name in ("objectId", "email", "assignedTo", "userPrincipalName", "ownerType")
)
_MEMBERS = (
    Member("title", text, required=True),
    Member("severity", one_of("IncidentSeverity", SEVERITIES), required=True),
    Member("status", one_of("IncidentStatus", ("New", "Active", "Closed")), required=True),
    Member("description", text),
    Member("classification", one_of("IncidentClassification", CLASSIFICATION_REASONS)),
    Member(
        "classificationReason",
        one_of(
            "IncidentClassificationReason",
            [reason for reasons in CLASSIFICATION_REASONS.values() for reason in reasons],
        ),
    ),
    Member("classificationComment", text),
    Member("owner", object_of(_OWNER)),
    Member("labels", array_of(object_of((Member("labelName", text, required=True),)))),
)
_PROPERTIES: Mapping[str, Getter] = {
    "name": lambda incident: str(incident.id),
    "properties/title": lambda incident: incident.title,
    "properties/status": lambda incident: incident.status,
    "properties/severity": lambda incident: incident.severity.value,
    "properties/classification": lambda incident: incident.classification,
    "properties/incidentNumber": lambda incident: incident.number,
    "properties/createdTimeUtc": lambda incident: incident.created,
    "properties/lastModifiedTimeUtc": lambda incident: incident.modified,
}


def list_incidents(workspace: Workspace, request: Request) -> Response:
    """Incidents, the newest first unless ``$orderby`` says otherwise, a page at a time."""
    size = top(request, default=workspace.settings.page_size, most=MAX_INCIDENTS_PER_CALL)
    found = list(reversed(workspace.ledger.incidents()))
    if "$filter" in request.args:
        found = list(filter(parse_filter(request.args["$filter"], _PROPERTIES), found))
    if "$orderby" in request.args:
        found = order_by(request.args["$orderby"], found, _PROPERTIES)
    return answer(
        page(
            request,
            found,
            lambda incident: render_incident(workspace, incident, request.host_url),
            size=size,
        )
    )


def get_incident(workspace: Workspace, request: Request, name: str) -> Response:
    """One incident by its id, or 404."""
    incident = existing_incident(workspace, name)
    return answer(render_incident(workspace, incident, request.host_url))


def put_incident(workspace: Workspace, request: Request, name: str) -> Response:
    """Triage: status, owner, severity, classification, labels. It does not create incidents."""
    body = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
    if body.get("properties") is None:
        raise missing("properties", "")
    given = read_object(body["properties"], _MEMBERS, "properties")
    stored = workspace.ledger.stored(name)
    if stored is None:
        raise not_implemented("PUT incidents of an incident that no alert made")
    if body.get("etag") not in (None, stored.etag):
        raise conflict(
            f"Newer instance of incident '{name}' exists for workspace "
            f"'{workspace.settings.scope.customer_id}' (Etag does not match). Data was not saved."
        )
    incident = _triaged(existing_incident(workspace, name), given, workspace)
    shown: dict[str, Any] = {"owner": given["owner"]}
    if given["labels"] is not None:
        shown["labels"] = [
            {"labelName": label["labelName"], "labelType": "User"} for label in given["labels"]
        ]
    workspace.ledger.update(incident, shown)
    return answer(render_incident(workspace, incident, request.host_url))


def list_alerts(workspace: Workspace, request: Request, name: str) -> Response:
    """The alerts of an incident, the oldest first."""
    incident = existing_incident(workspace, name)
    return answer({"value": [render_alert(workspace, alert) for alert in incident.alerts]})


def list_entities(workspace: Workspace, request: Request, name: str) -> Response:
    """The entities of an incident's alerts, each once, and how many there are of each kind."""
    entities = entities_of(existing_incident(workspace, name))
    insights = workspace.settings.scope.insights
    return answer(
        {
            "entities": [render_entity(insights, entity) for entity in entities],
            "metaData": count_kinds(entities),
        }
    )


def list_bookmarks(workspace: Workspace, request: Request, name: str) -> Response:
    """None: nothing can make a bookmark here."""
    existing_incident(workspace, name)
    return answer({"value": []})


def existing_incident(workspace: Workspace, name: str) -> Incident:
    """The incident of an id; Refusal (404) if there is none."""
    wanted = name.casefold()
    found = next((one for one in workspace.ledger.incidents() if str(one.id) == wanted), None)
    if found is None:
        raise not_found(f"Incident '{name}' was not found.")
    return found


def _triaged(incident: Incident, given: Mapping[str, Any], workspace: Workspace) -> Incident:
    closed = given["status"] == "Closed"
    classification, reason = given["classification"], given["classificationReason"]
    problem = closing_problem(classification, reason) if closed else None
    if problem is not None:
        raise bad_request(problem)
    owner = given["owner"] or {}
    named = (owner.get(name) for name in ("userPrincipalName", "email", "assignedTo", "objectId"))
    return replace(
        incident,
        title=given["title"],
        description=incident.description if given["description"] is None else given["description"],
        severity=Severity(given["severity"]),
        status=given["status"],
        classification=classification if closed else None,
        classification_reason=reason if closed else None,
        classification_comment=given["classificationComment"] if closed else None,
        owner=next((value for value in named if value), None),
        modified=workspace.store.clock,
    )
