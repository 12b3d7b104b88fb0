"""``incidents``: list, get, triage or open (PUT), delete, alerts, entities.

The trap: the API shows more than an incident has (an owner in four spellings, labels): what an
analyst wrote is given back as it was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from werkzeug.wrappers import Request, Response

from vedette.model.detection import Severity
from vedette.simulate.conditions import Happening, UpdatedBy
from vedette.simulate.types import Incident
from vedette.workspace.assumptions import CLASSIFICATION_REASONS, closing_problem
from vedette.workspace.automation_mapping import owner_name
from vedette.workspace.bookmarks import INCIDENT_RELATIONS
from vedette.workspace.conditions import check_conditions
from vedette.workspace.entity_view import count_kinds, render_entity
from vedette.workspace.incident_comments import forget_comments
from vedette.workspace.incident_tasks import TASKS
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
from vedette.workspace.odata import Getter, listed
from vedette.workspace.paging import page, top
from vedette.workspace.playbooks import record_playbook
from vedette.workspace.refusal import bad_request, conflict, not_found
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
_PLAYBOOK = (Member("logicAppsResourceId", text, required=True), Member("tenantId", text))
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
    found = listed(request, list(reversed(workspace.ledger.incidents())), _PROPERTIES)
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
    """Triage an incident (status, owner, severity, classification, labels) or open one by hand."""
    body = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
    if body.get("properties") is None:
        raise missing("properties", "")
    given = read_object(body["properties"], _MEMBERS, "properties")
    stored = workspace.ledger.stored(name)
    check_conditions(request, stored.etag if stored else None)
    if stored is not None and body.get("etag") not in (None, stored.etag):
        raise conflict(
            f"Newer instance of incident '{name}' exists for workspace "
            f"'{workspace.settings.scope.customer_id}' (Etag does not match). Data was not saved."
        )
    before = existing_incident(workspace, name) if stored else _opened(workspace, name)
    shown: dict[str, Any] = {"owner": given["owner"]}
    if given["labels"] is not None:
        shown["labels"] = [
            {"labelName": label["labelName"], "labelType": "User"} for label in given["labels"]
        ]
    incident = _triaged(before, given, workspace)
    workspace.ledger.update(incident, shown)
    # What the client sees is what it wrote: automation rules come after the answer there, too.
    rendered = render_incident(workspace, incident, request.host_url)
    happened = Happening(incident, before if stored else None, UpdatedBy.APPLICATION)
    workspace.responder.respond([happened])
    return answer(rendered, 200 if stored else 201)


def delete_incident(workspace: Workspace, request: Request, name: str) -> Response:
    """Delete an incident with what stands below it: 200, or 204 if there is none."""
    stored = workspace.ledger.stored(name)
    check_conditions(request, stored.etag if stored else None)
    if stored is None:
        return answer(status=204)
    workspace.ledger.remove(existing_incident(workspace, name))
    for below in (TASKS, INCIDENT_RELATIONS):
        below.forget_below(workspace, name)
    forget_comments(workspace, name)
    return answer(status=200)


def run_playbook(workspace: Workspace, request: Request, name: str) -> Response:
    """Remember that a playbook was to run on an incident; no playbook runs here."""
    incident = existing_incident(workspace, name)
    body = as_object(read_json(request, limit=workspace.settings.max_request_bytes), "")
    given = read_object(body, _PLAYBOOK, "")
    record_playbook(
        workspace.store, incident=str(incident.id), playbook=given["logicAppsResourceId"]
    )
    return answer(status=204)


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


def existing_incident(workspace: Workspace, name: str) -> Incident:
    """The incident of an id; Refusal (404) if there is none."""
    wanted = name.casefold()
    found = next((one for one in workspace.ledger.incidents() if str(one.id) == wanted), None)
    if found is None:
        raise not_found(f"Incident '{name}' was not found.")
    return found


def _opened(workspace: Workspace, name: str) -> Incident:
    """An incident that an analyst opens; its details are what is written of it."""
    try:
        identity = UUID(name)
    except ValueError as error:
        raise bad_request(f"The incident id '{name}' is not a GUID.") from error
    now = workspace.store.clock
    return Incident(
        id=identity,
        number=workspace.ledger.next_number(),
        title="",
        description="",
        severity=Severity.MEDIUM,
        created=now,
        modified=now,
        rule_id="",
        alerts=(),
    )


def _triaged(incident: Incident, given: Mapping[str, Any], workspace: Workspace) -> Incident:
    closed = given["status"] == "Closed"
    classification, reason = given["classification"], given["classificationReason"]
    problem = closing_problem(classification, reason) if closed else None
    if problem is not None:
        raise bad_request(problem)
    return replace(
        incident,
        title=given["title"],
        description=incident.description if given["description"] is None else given["description"],
        severity=Severity(given["severity"]),
        status=given["status"],
        classification=classification if closed else None,
        classification_reason=reason if closed else None,
        classification_comment=given["classificationComment"] if closed else None,
        owner=owner_name(given["owner"]),
        labels=incident.labels
        if given["labels"] is None
        else tuple(label["labelName"] for label in given["labels"]),
        modified=workspace.store.clock,
    )
