"""Finds what somebody names by hand: by id, by label, or by name; ours, or nothing.

The trap: one detection for two products is two resources of one id, and whoever switches it off
means both.
"""

from __future__ import annotations

from vedette.deploy.live import LiveState
from vedette.deploy.ownership import LiveMark
from vedette.deploy.removal import resource_of_live
from vedette.deploy.resource import Resource
from vedette.errors import UsageError
from vedette.finding import did_you_mean


def find_ours(named: str, live: LiveState, tag: str) -> list[tuple[Resource, LiveMark]]:
    """The live resources of the one id that ``named`` means, each with our mark; never empty.

    Raises:
        UsageError: there is none, or more than one id, or it is not ours.
    """
    wanted = named.casefold()
    found: dict[str, list[tuple[Resource, LiveMark]]] = {}
    by_id: list[tuple[Resource, LiveMark]] = []
    others = set()
    for key, body in live.resources.items():
        mark = live.marks.get(key)
        resource = resource_of_live(key, body, mark.mark if mark is not None else None)
        names = {resource.id.casefold(), resource.label.casefold(), resource.name.casefold()}
        if mark is None or not mark.mark.is_ours(tag):
            others |= names
            continue
        if resource.id.casefold() == wanted:
            by_id.append((resource, mark))
        elif wanted in names:
            found.setdefault(key[1], []).append((resource, mark))
    if by_id:
        return by_id
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        ids = ", ".join(sorted(each[0][0].id for each in found.values()))
        raise UsageError(f"'{named}' means more than one: {ids}")
    if wanted in others:
        raise UsageError(
            f"'{named}' does not carry our mark ('{tag}'): only what is ours is written"
        )
    known = [resource_of_live(key, body, None).name for key, body in live.resources.items()]
    hint = did_you_mean(named, known)
    raise UsageError(f"nothing in the workspace is '{named}'" + (f" ({hint})" if hint else ""))
