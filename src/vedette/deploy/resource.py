"""What the repository deploys, in Azure's terms: a collection, a name in it, and a body.

The trap: hunting queries and functions share the collection ``savedSearches`` with everything that
people save in the portal, so a live resource is ours by its id alone, never by where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath

#: A JSON object as it travels: str, int, float, bool, None, lists and dicts.
Body = Mapping[str, object]

#: Rows of a watchlist: column to cell.
Rows = tuple[Mapping[str, str], ...]


class Collection(StrEnum):
    """The last part of a collection's URL; ``METADATA`` holds marks (``ownership``), no content.

    ``DETECTIONS`` is Microsoft Graph's, of the whole tenant; the others are of one workspace.
    """

    RULES = "alertRules"
    SEARCHES = "savedSearches"
    WATCHLISTS = "watchlists"
    AUTOMATION = "automationRules"
    METADATA = "metadata"
    DETECTIONS = "detectionRules"


#: The collections that hold what is deployed.
CONTENT = (
    Collection.RULES,
    Collection.SEARCHES,
    Collection.WATCHLISTS,
    Collection.AUTOMATION,
    Collection.DETECTIONS,
)

#: The status of a custom detection that the service has stopped; no client sets it.
GRAPH_AUTO_DISABLED = "autoDisabled"

#: The path of what no file of the repository defines: a removed rule, a foreign one.
NO_FILE = PurePosixPath()


class ResourceKind(StrEnum):
    """What is deployed, in the order of deployment: a rule is refused before what it calls."""

    FUNCTION = "function"
    WATCHLIST = "watchlist"
    RULE = "rule"
    HUNTING = "hunting query"
    CUSTOM_DETECTION = "custom detection"
    AUTOMATION = "automation rule"

    @property
    def collection(self) -> Collection:
        """Where resources of this kind stand in the workspace."""
        own = {
            ResourceKind.RULE: Collection.RULES,
            ResourceKind.WATCHLIST: Collection.WATCHLISTS,
            ResourceKind.AUTOMATION: Collection.AUTOMATION,
            ResourceKind.CUSTOM_DETECTION: Collection.DETECTIONS,
        }
        return own.get(self, Collection.SEARCHES)

    @property
    def switch(self) -> tuple[str, ...]:
        """Where below its properties it says whether it runs; () for what never does by itself."""
        switches = {
            ResourceKind.RULE: ("enabled",),
            ResourceKind.AUTOMATION: ("triggeringLogic", "isEnabled"),
            ResourceKind.CUSTOM_DETECTION: ("status",),
        }
        return switches.get(self, ())

    def state(self, *, on: bool) -> bool | str:
        """What its switch says when it is on, or off."""
        if self is ResourceKind.CUSTOM_DETECTION:
            return "enabled" if on else "disabled"
        return on

    @property
    def order(self) -> int:
        """The place in the order of deployment, from 0."""
        return list(ResourceKind).index(self)


#: A live resource's identity: its collection and its id in lower case, since ARM ignores case.
Key = tuple[Collection, str]


def key_of(collection: Collection, resource_id: str) -> Key:
    """The identity of a resource whatever the case of its id."""
    return collection, resource_id.casefold()


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of the repository.

    ``id`` is its name in the URL (a GUID, or a watchlist's alias), ``name`` what people call it,
    ``label`` what an engineer knows it by (the stem of its file, or its alias), ``body`` the PUT
    body without an etag (of a custom detection ``properties`` is all that Graph gets), ``path`` the
    file that it comes from (``NO_FILE`` for what is only in the workspace; its body is the live one
    then, fit for a PUT). ``rows`` are a watchlist's rows: the service takes them as CSV in the body
    and never shows that again. ``needs`` are the resources that have to be there before this one,
    of those that the repository has.
    """

    kind: ResourceKind
    id: str
    name: str
    label: str
    path: PurePosixPath
    body: Body = field(repr=False)
    rows: Rows = field(default=(), repr=False)
    needs: tuple[Key, ...] = ()

    @property
    def key(self) -> Key:
        """The identity under which a live resource is found."""
        return key_of(self.kind.collection, self.id)

    @property
    def order(self) -> tuple[int, str]:
        """Sorts by the order of deployment, then by file."""
        return self.kind.order, self.path.as_posix()


def is_switched_on(kind: ResourceKind, body: Body) -> bool:
    """False if it is switched off, by whomever, or has no switch."""
    value: object = body.get("properties")
    for name in kind.switch:
        value = value.get(name) if isinstance(value, Mapping) else None
    return bool(kind.switch) and value not in (False, "disabled", GRAPH_AUTO_DISABLED)


def switched(kind: ResourceKind, body: Body, *, on: bool) -> Body:
    """The body with its switch set; as it is, if it has none."""
    if not kind.switch:
        return body
    return _with(body, ("properties", *kind.switch), kind.state(on=on))


def _with(body: Body, path: tuple[str, ...], value: object) -> Body:
    name, *rest = path
    if not rest:
        return {**body, name: value}
    inner = body.get(name)
    return {**body, name: _with(inner if isinstance(inner, Mapping) else {}, tuple(rest), value)}
