"""Why the plan that would be made now is not the one that was approved: entry by entry.

The trap: "something has changed" sends somebody through five hundred rules at two in the morning.
So it is said which resource, which field, what it was and is, and who wrote it, where that is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vedette.deploy.live import LiveState
from vedette.deploy.plan import Action, Change, Plan
from vedette.deploy.task import who_changed

#: An entry of a plan: its kind and its id.
_Key = tuple[str, str]
_COUNTED = frozenset({*(action.value for action in Action)} - {Action.FOREIGN, Action.NO_OP})


@dataclass(frozen=True, slots=True)
class Move:
    """One difference between the approved plan and the present one; ``what`` is a phrase."""

    kind: str
    label: str
    what: str
    who: str = ""


def moves_since(approved: Mapping[str, object], plan: Plan, live: LiveState) -> tuple[Move, ...]:
    """What differs between the approved plan, as ``plan.json`` has it, and ``plan``.

    Empty if all entries are the same: then the repository, the tool or the target is another.
    """
    then = {_key(entry): entry for entry in _entries(approved)}
    now = {(c.resource.kind.value, c.resource.id): c for c in plan.changes}
    moves = []
    for key in sorted({*then, *(key for key, c in now.items() if c.action.value in _COUNTED)}):
        change = now.get(key)
        body = live.find(change.resource) if change is not None else None
        who = who_changed(body)
        label = change.resource.label if change is not None else key[1]
        moves += [Move(key[0], label, what, who) for what in _differences(then.get(key), change)]
    return tuple(moves)


def _differences(entry: Mapping[str, object] | None, change: Change | None) -> Iterator[str]:
    now = Action.NO_OP if change is None else change.action
    before = Action.NO_OP.value if entry is None else str(entry.get("action"))
    if before != now.value:
        yield f"was to be '{before}', is '{now.value}' now"
    if entry is None or change is None:
        return
    moved = list(_fields(entry, change))
    if not moved and before == now.value and entry.get("etag") != change.etag:
        moved = ["was written since, with the same content"]
    yield from moved


def _fields(entry: Mapping[str, object], change: Change) -> Iterator[str]:
    """Which fields differ otherwise than they did."""
    then = {str(each.get("field")): each for each in _mappings(entry.get("fields"))}
    shown = {field.field: field for field in change.fields}
    for name in sorted(then.keys() | shown.keys()):
        field = shown.get(name)
        if field is None:
            yield f"{name} no longer differs from the repository"
        elif name not in then:
            yield f"{name} is {_short(field.before)} in the workspace, and was as in the repository"
        elif not field.is_set and then[name].get("before") != field.before:
            was = _short(then[name].get("before"))
            yield f"{name} was {was} in the workspace, is {_short(field.before)} now"
        elif field.is_set and list(_texts(then[name].get("removed"))) != list(field.removed):
            yield f"{name} has other members in the workspace now"
        elif not field.is_set and then[name].get("after") != field.after:
            yield f"{name} is another in the repository now"


def _short(value: object) -> str:
    text = "not set" if value is None else " ".join(f"'{value}'".split())
    return text if len(text) <= 60 else f"{text[:56]} …'"


def _key(entry: Mapping[str, object]) -> _Key:
    return str(entry.get("kind")), str(entry.get("id"))


def _entries(approved: Mapping[str, object]) -> list[Mapping[str, object]]:
    entries = _mappings(approved.get("changes"))
    return [entry for entry in entries if str(entry.get("action")) in _COUNTED]


def _mappings(value: object) -> list[Mapping[str, object]]:
    listed = value if isinstance(value, list) else []
    return [each for each in listed if isinstance(each, dict)]


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
