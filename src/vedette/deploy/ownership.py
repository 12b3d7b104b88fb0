"""Whose a live resource is: the mark that says so, how it is read, and how it is written.

A mark is a metadata resource of its own (``Microsoft.SecurityInsights/metadata``) that names its
resource by ``parentId``: one kind of mark for rules, searches and watchlists, read in one list, and
out of reach of whoever edits the resource in the portal. The trap: what is not understood must
never pass for ours, since what is ours may be deleted; a mark that is malformed, names another
resource than its own, or another tag is no mark, and its resource is foreign.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from vedette.deploy.assumptions import HOLD_PREFIX, MARK_PREFIX
from vedette.deploy.resource import Body, Collection, Key, ResourceKind, key_of
from vedette.errors import ServiceError

_INSIGHTS = "/providers/Microsoft.SecurityInsights"
_KINDS = {
    ResourceKind.RULE: "AnalyticsRule",
    ResourceKind.HUNTING: "HuntingQuery",
    ResourceKind.FUNCTION: "Parser",
    ResourceKind.WATCHLIST: "Watchlist",
    ResourceKind.AUTOMATION: "AutomationRule",
    ResourceKind.CUSTOM_DETECTION: "CustomDetection",
}
_STATE = re.compile(r"(?P<state>active|retired|deleted)(?: (?P<since>\S+))?")
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class MarkState(StrEnum):
    """What we have done with a resource; only the first two make it ours.

    ``RETIRED``: its file is gone, it is switched off and waits for its end. ``DELETED``: a
    tombstone; the resource is gone by our hand and its id rests.
    """

    ACTIVE = "active"
    RETIRED = "retired"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Mark:
    """Our mark on one resource.

    ``tag`` is the environment's ownership tag, ``kind`` and ``id`` name the resource, ``since`` is
    when it was retired or deleted (aware, whole seconds; None while active). ``hold`` says why it
    was switched off by hand and stays so, whatever its file says; empty if it was not.
    """

    tag: str
    kind: ResourceKind
    id: str
    state: MarkState = MarkState.ACTIVE
    since: datetime | None = None
    hold: str = ""

    @property
    def key(self) -> Key:
        """The identity of the resource that is marked."""
        return key_of(self.kind.collection, self.id)

    @property
    def name(self) -> str:
        """The name of the metadata resource."""
        return mark_name(self.kind.collection, self.id)

    def is_ours(self, tag: str) -> bool:
        """True if the resource may be changed and removed by whoever deploys as ``tag``."""
        return self.tag == tag and self.state is not MarkState.DELETED


@dataclass(frozen=True, slots=True)
class LiveMark:
    """A mark as it was read, with its version."""

    mark: Mark
    etag: str | None


def mark_name(collection: Collection, resource_id: str) -> str:
    """The name of a resource's mark: one, whoever reads it; ``vedette-alertrules-<id>``."""
    return f"{MARK_PREFIX}{collection.value}-{resource_id}".casefold()


def mark_body(mark: Mark, workspace_id: str) -> dict[str, object]:
    """The body of a PUT of the mark; ``workspace_id`` is ``Environment.workspace_id``."""
    since = f" {mark.since.astimezone(UTC):{_TIME}}" if mark.since is not None else ""
    return {
        "properties": {
            "parentId": _parent_id(mark, workspace_id),
            "kind": _KINDS[mark.kind],
            "contentId": mark.id,
            "customVersion": f"{mark.state.value}{since}",
            "source": {"kind": "SourceRepository", "name": mark.tag, **_hold(mark)},
        }
    }


def read_marks(bodies: Iterable[Body]) -> dict[Key, LiveMark]:
    """The marks among all metadata, whatever their tag, by the resource that they are on.

    Raises:
        ServiceError: two metadata resources of one name, which the service cannot have.
    """
    marks: dict[Key, LiveMark] = {}
    for body in bodies:
        mark = parse_mark(body)
        if mark is None:
            continue
        if mark.key in marks:
            raise ServiceError(f"the workspace listed the mark {mark.name} twice")
        etag = body.get("etag")
        marks[mark.key] = LiveMark(mark, str(etag) if etag else None)
    return marks


def parse_mark(body: Body) -> Mark | None:
    """The mark that a metadata resource is, or None if it is none or not to be trusted."""
    name = str(body.get("id") or "").rpartition("/")[2] or str(body.get("name") or "")
    if not name.casefold().startswith(MARK_PREFIX):
        return None
    properties = _mapping(body.get("properties"))
    source = _mapping(properties.get("source"))
    kinds = {text: kind for kind, text in _KINDS.items()}
    kind, tag = kinds.get(str(properties.get("kind"))), source.get("name")
    state = _STATE.fullmatch(str(properties.get("customVersion") or ""))
    if kind is None or state is None or not isinstance(tag, str) or not tag:
        return None
    *_, collection, resource_id = ("", *str(properties.get("parentId") or "").split("/"))
    since = _time(state["since"])
    hold = str(source.get("sourceId") or "").removeprefix(HOLD_PREFIX)
    mark = Mark(tag, kind, resource_id, MarkState(state["state"]), since, hold)
    # A time where there must be none, or none where there must be one, would start no grace period.
    if (mark.state is MarkState.ACTIVE) != (since is None):
        return None
    right = collection.casefold() == kind.collection.casefold() and name.casefold() == mark.name
    return mark if right and resource_id else None


def _hold(mark: Mark) -> dict[str, str]:
    return {"sourceId": f"{HOLD_PREFIX}{mark.hold}"} if mark.hold else {}


def _parent_id(mark: Mark, workspace_id: str) -> str:
    collection = mark.kind.collection
    provider = "" if collection is Collection.SEARCHES else _INSIGHTS
    return f"{workspace_id}{provider}/{collection.value}/{mark.id}"


def _time(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
