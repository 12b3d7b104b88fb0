"""Names that two resources would share: found before anything is written.

The trap: the service knows a resource by its id, people and queries by its name. Two rules of one
name, or two functions of one alias, are a mistake whose victim is whoever looks for one of them;
which of the two is meant, nobody can tell afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vedette.deploy.assumptions import AUTO_DISABLED
from vedette.deploy.live import LiveState, id_of
from vedette.deploy.policy import Policy
from vedette.deploy.resource import Body, Collection, Resource, ResourceKind
from vedette.model.shape import mapping

#: What a name is unique in: the collection, and the property that holds it.
_Place = tuple[Collection, str, str]

_NAME, _ALIAS, _TITLE = "displayName", "functionAlias", "title"
_CALLED = {_NAME: "name", _ALIAS: "alias", _TITLE: "alert title"}

#: Of these no two may have one name: people mix up rules, and Graph refuses custom detections.
_UNIQUE = frozenset({ResourceKind.RULE, ResourceKind.CUSTOM_DETECTION})


@dataclass(frozen=True, slots=True)
class Names:
    """The names of live resources that are not in the repository: name to id.

    ``foreign`` are other people's, ``leaving`` are ours that have lost their file; ``titles`` are
    the alert titles of the repository's own custom detections, each with the labels that have it.
    """

    foreign: Mapping[_Place, str]
    leaving: Mapping[_Place, str]
    titles: Mapping[_Place, frozenset[str]] = field(default_factory=dict)

    def collision(self, resource: Resource) -> str:
        """Why the resource cannot have its name, empty if it can."""
        places = _places(resource.kind.collection, resource.body)
        for place in places:
            _, name, _ = place
            unique = resource.kind in _UNIQUE or name == _ALIAS
            if unique and place in self.foreign:
                what = _CALLED[name]
                return f"'{self.foreign[place]}' in the workspace, not ours, has the same {what}"
            if resource.kind is ResourceKind.CUSTOM_DETECTION and place in self.leaving:
                # Graph refuses it as long as the other one is there, switched off or not.
                what = _CALLED[name]
                return (
                    f"'{self.leaving[place]}', which goes away and is still there, has its {what}"
                )
            if others := self.titles.get(place, frozenset()) - {resource.label}:
                return f"'{min(others)}' has the same alert title, which Defender XDR takes once"
        return ""

    def namesake(self, resource: Resource) -> str:
        """What else has this name and may, empty if nothing."""
        for place in _places(resource.kind.collection, resource.body):
            if place in self.foreign:
                return f"'{self.foreign[place]}' in the workspace has the same name"
            if place in self.leaving:
                return f"'{self.leaving[place]}', which goes away, has the same name"
        return ""


def names_of_foreign(ours: Iterable[Resource], live: LiveState, policy: Policy) -> Names:
    """The names of everything in ``live`` that ``ours`` does not define."""
    every = list(ours)
    keys = {resource.key for resource in every}
    foreign: dict[_Place, str] = {}
    leaving: dict[_Place, str] = {}
    for key, body in live.resources.items():
        if key in keys:
            continue
        found = live.marks.get(key)
        is_ours = found is not None and found.mark.is_ours(policy.tag)
        names = leaving if is_ours else foreign
        names.update(dict.fromkeys(_places(key[0], body), id_of(body)))
    return Names(foreign, leaving, _titles(every))


def _titles(ours: Iterable[Resource]) -> dict[_Place, frozenset[str]]:
    found: dict[_Place, frozenset[str]] = {}
    for resource in ours:
        for place in _places(resource.kind.collection, resource.body):
            if place[1] == _TITLE:
                found[place] = found.get(place, frozenset()) | {resource.label}
    return found


def _places(collection: Collection, body: Body) -> tuple[_Place, ...]:
    properties = body.get("properties")
    values = dict(properties) if isinstance(properties, Mapping) else {}
    if collection is Collection.DETECTIONS:
        template = mapping(mapping(values.get("detectionAction")).get("alertTemplate"))
        values[_TITLE] = template.get(_TITLE)
    return tuple(
        (collection, name, _plain(str(values[name])))
        for name in (_ALIAS, _NAME, _TITLE)
        if values.get(name)
    )


def _plain(name: str) -> str:
    """Without case, and without what the service puts before the name of a rule it has stopped."""
    return name.removeprefix(AUTO_DISABLED).strip().casefold()
