"""``incidents/{id}/tasks``: what is to be done about an incident; at most 40."""

from __future__ import annotations

from vedette.workspace.assumptions import NOBODY
from vedette.workspace.automation_run import MAX_TASKS
from vedette.workspace.automation_run import TASKS as STORED
from vedette.workspace.collection import Collection, Properties, text_property
from vedette.workspace.incident_names import require_incident
from vedette.workspace.members import Member, one_of, text
from vedette.workspace.workspace import Workspace


def _complete(
    workspace: Workspace, names: tuple[str, ...], given: Properties, current: Properties | None
) -> Properties:
    created_by = current["createdBy"] if current else dict(NOBODY)
    return {**given, "createdBy": created_by, "lastModifiedBy": dict(NOBODY)}


TASKS = Collection(
    path="incidents/{}/tasks",
    kind=STORED,
    type="Incidents/Tasks",
    noun="Task",
    members=(
        Member("title", text, required=True),
        Member("description", text),
        Member("status", one_of("IncidentTaskStatus", ("New", "Completed")), required=True),
    ),
    require=require_incident,
    complete=_complete,
    most=MAX_TASKS,
    sortable={
        "properties/title": text_property("title"),
        "properties/status": text_property("status"),
    },
)
