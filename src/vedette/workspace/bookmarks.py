"""``bookmarks``: what a hunter kept, and ``relations`` of incidents and bookmarks.

The trap: an incident's bookmarks are not part of it. A relation ties them, and what the incident
counts and lists is read from there.
"""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from vedette.workspace.collection import Collection, Properties, text_property
from vedette.workspace.incident_names import require_incident
from vedette.workspace.members import Member, anything, array_of, moment, object_of, one_of, text
from vedette.workspace.messages import answer
from vedette.workspace.refusal import bad_request, not_found
from vedette.workspace.rule_members import TACTICS
from vedette.workspace.store import Resource
from vedette.workspace.workspace import Workspace

#: Bookmarks of one incident (sentinel-service-limits).
MAX_BOOKMARKS = 20
_USER = object_of(tuple(Member(name, text) for name in ("objectId", "email", "name")))
_ENTITY = (Member("entityType", text), Member("fieldMappings", anything))


def _forget_relations(workspace: Workspace, bookmark: str) -> None:
    BOOKMARK_RELATIONS.forget_below(workspace, bookmark)


BOOKMARKS: Collection = Collection(
    path="bookmarks",
    kind="bookmarks",
    type="Bookmarks",
    noun="Bookmark",
    members=(
        Member("displayName", text, required=True),
        Member("query", text, required=True),
        Member("created", moment),
        Member("createdBy", _USER),
        Member("updatedBy", _USER),
        Member("labels", array_of(text), default=list),
        Member("notes", text),
        Member("queryResult", text),
        Member("eventTime", moment),
        Member("queryStartTime", moment),
        Member("queryEndTime", moment),
        Member("incidentInfo", anything),
        Member("entityMappings", array_of(object_of(_ENTITY))),
        Member("tactics", array_of(one_of("AttackTactic", TACTICS))),
        Member("techniques", array_of(text)),
    ),
    deleted=_forget_relations,
    created="created",
    updated="updated",
    sortable={"properties/displayName": text_property("displayName")},
)


def _relate(
    workspace: Workspace, names: tuple[str, ...], given: Properties, current: Properties | None
) -> Properties:
    """Name what a relation leads to; Refusal if that is elsewhere, or is not there."""
    target = given["relatedResourceId"]
    insights = workspace.settings.scope.insights
    if not target.casefold().startswith(f"{insights.casefold()}/"):
        raise bad_request(f"The related resource '{target}' is not in this workspace.")
    kind, _, name = target[len(insights) + 1 :].partition("/")
    if not name or "/" in name:
        raise bad_request(f"The related resource '{target}' is not valid.")
    if kind.casefold() == "bookmarks" and BOOKMARKS.find(workspace, name) is None:
        raise not_found(f"Bookmark '{name}' was not found.")
    return {
        **given,
        "relatedResourceName": name,
        "relatedResourceType": f"Microsoft.SecurityInsights/{kind}",
    }


def _require_bookmark(workspace: Workspace, bookmark: str) -> None:
    BOOKMARKS.existing(workspace, bookmark)


_RELATION = (Member("relatedResourceId", text, required=True),)
INCIDENT_RELATIONS = Collection(
    path="incidents/{}/relations",
    kind="incidentRelations",
    type="Incidents/relations",
    noun="Relation",
    members=_RELATION,
    require=require_incident,
    complete=_relate,
    created="",
    most=MAX_BOOKMARKS,
    sortable={"properties/relatedResourceId": text_property("relatedResourceId")},
)
BOOKMARK_RELATIONS: Collection = Collection(
    path="bookmarks/{}/relations",
    kind="bookmarkRelations",
    type="Bookmarks/relations",
    noun="Relation",
    members=_RELATION,
    require=_require_bookmark,
    complete=_relate,
    created="",
    sortable={"properties/relatedResourceId": text_property("relatedResourceId")},
)


def list_incident_bookmarks(workspace: Workspace, request: Request, incident: str) -> Response:
    """The bookmarks to which the relations of an incident lead."""
    require_incident(workspace, incident)
    found = [BOOKMARKS.render(workspace, one) for one in related_bookmarks(workspace, incident)]
    return answer({"value": [_as_entity(one) for one in found]})


def related_bookmarks(workspace: Workspace, incident: str) -> list[Resource]:
    """The bookmarks of an incident, in the order of the relations' names."""
    targets = [
        relation.body["properties"]["relatedResourceId"].rpartition("/")[2]
        for relation in INCIDENT_RELATIONS.all(workspace, incident)
        if relation.body["properties"]["relatedResourceType"].casefold().endswith("/bookmarks")
    ]
    found = (BOOKMARKS.find(workspace, name) for name in targets)
    return [bookmark for bookmark in found if bookmark is not None]


def _as_entity(bookmark: dict[str, Any]) -> dict[str, Any]:
    """A bookmark as the entity (``HuntingBookmark``) that this list is made of."""
    return {**bookmark, "kind": "Bookmark"}
