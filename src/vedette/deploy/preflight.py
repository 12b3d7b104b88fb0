"""What a workspace has to have before a rule can run there, and what becomes of one that lacks it.

The trap: a rule whose table is missing is refused with a message that names nothing, one whose
watchlist is missing is accepted and never fires. Both are found before anything is written, and
what cannot be looked up is said, not assumed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from vedette.deploy.live import LiveState, Workspace
from vedette.deploy.policy import Held
from vedette.deploy.resource import Collection, Key, Resource, ResourceKind, key_of
from vedette.kql.dependencies import Needs
from vedette.model.detection import Detection
from vedette.model.environment import OnMissing

#: Functions that every workspace with Sentinel has, such as ``_Im_Dns`` and ``_GetWatchlist``.
_BUILT_IN = "_"

NOT_CHECKED = "the workspace does not tell its tables: whether rules find theirs was not checked"


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a resource reads that the repository does not deploy; names as the query has them."""

    tables: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    watchlists: tuple[str, ...] = ()
    #: A table or a function: only the workspace knows which.
    either: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """False if nothing has to be there."""
        return bool(self.tables or self.functions or self.watchlists or self.either)


def link(
    resources: Iterable[Resource], needs: Iterable[Needs]
) -> tuple[list[Resource], dict[Key, Requirements]]:
    """The resources with what they need of each other, and what each needs of the workspace."""
    every = list(resources)
    by_path = {each.path: each for each in needs}
    functions = {each.label: each.key for each in every if each.kind is ResourceKind.FUNCTION}
    watchlists = {each.label: each.key for each in every if each.kind is ResourceKind.WATCHLIST}
    linked: list[Resource] = []
    requirements: dict[Key, Requirements] = {}
    for resource in every:
        own = by_path.get(str(resource.path))
        # The needs are of the query as Sentinel has it; the other one brings all it calls along.
        if own is None or resource.kind is ResourceKind.CUSTOM_DETECTION:
            linked.append(resource)
            continue
        found = [functions[name] for name in own.functions if name in functions]
        found += [watchlists[name] for name in own.watchlists if name in watchlists]
        linked.append(replace(resource, needs=tuple(key for key in found if key != resource.key)))
        requirements[resource.key] = Requirements(
            tables=own.tables,
            # The catalogue knows parsers that a workspace has only if somebody deployed them.
            functions=_not_built_in(
                [*_missing(own, "function"), *(n for n in own.functions if n not in functions)]
            ),
            watchlists=tuple(_missing(own, "watchlist")),
            either=_not_built_in(_missing(own, "table or function")),
        )
    return linked, requirements


def _missing(needs: Needs, kind: str) -> list[str]:
    return [each.name for each in needs.missing if each.kind == kind]


def hold(
    resources: Sequence[Resource],
    requirements: Mapping[Key, Requirements],
    detections: Iterable[Detection],
    live: LiveState,
    workspace: Workspace,
    what: OnMissing,
) -> tuple[list[Resource], dict[Key, Held], list[str]]:
    """The resources as they can be deployed, what is held back, and what could not be checked.

    Raises:
        ServiceError: the tables could not be listed, for a reason that concerns more than this.
    """
    known = workspace.tables() if any(requirements.values()) else frozenset()
    tables = None if known is None else {name.casefold() for name in known}
    has = _Inventory(tables, _aliases(live), _watchlists(live))
    connectors = {str(each.id): _connectors(each) for each in detections}
    kept: list[Resource] = []
    held: dict[Key, Held] = {}
    for resource in resources:
        absent = has.lacks(requirements.get(resource.key, Requirements()))
        if not absent:
            kept.append(resource)
            continue
        brought = connectors.get(resource.id, "")
        reason = f"the workspace has no {', no '.join(absent)}{brought}"
        # The service refuses rules only; a search says so itself when somebody runs it.
        how = what if resource.kind is ResourceKind.RULE else OnMissing.DISABLE
        held[resource.key] = Held(how, reason)
        kept.append(disabled(resource) if how is OnMissing.DISABLE else resource)
    return kept, held, [NOT_CHECKED] if known is None else []


@dataclass(frozen=True, slots=True)
class _Inventory:
    """What the workspace has, names in lower case; ``tables`` is None if it does not tell."""

    tables: set[str] | None
    functions: set[str]
    watchlists: set[str]

    def lacks(self, requirements: Requirements) -> list[str]:
        """Each missing thing with its kind."""
        absent = [
            f"watchlist '{name}'"
            for name in requirements.watchlists
            if name.casefold() not in self.watchlists
        ]
        absent += [
            f"function '{name}'"
            for name in requirements.functions
            if name.casefold() not in self.functions
        ]
        if self.tables is not None:
            tables = self.tables
            absent += [
                f"table '{name}'" for name in requirements.tables if name.casefold() not in tables
            ]
            absent += [
                f"table or function '{name}'"
                for name in requirements.either
                if name.casefold() not in tables | self.functions
            ]
        return absent


def _aliases(live: LiveState) -> set[str]:
    found = set()
    for (collection, _), body in live.resources.items():
        properties = body.get("properties")
        if collection is Collection.SEARCHES and isinstance(properties, Mapping):
            found.add(str(properties.get("functionAlias") or "").casefold())
    return found - {""}


def _watchlists(live: LiveState) -> set[str]:
    place = Collection.WATCHLISTS
    return {key_of(place, name)[1] for collection, name in live.resources if collection is place}


def _connectors(detection: Detection) -> str:
    names = ", ".join(dict.fromkeys(each.connector_id for each in detection.connectors))
    return f" (its connectors: {names})" if names else ""


def disabled(resource: Resource) -> Resource:
    """The rule as it is, but switched off; what is no rule stays as it is."""
    properties = resource.body.get("properties")
    if resource.kind is not ResourceKind.RULE or not isinstance(properties, Mapping):
        return resource
    body = {**resource.body, "properties": {**properties, "enabled": False}}
    return replace(resource, body=body)


def _not_built_in(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if not name.startswith(_BUILT_IN))
