"""Finds what somebody names by hand: by id, by label, or by name; ours, or nothing."""

from __future__ import annotations

from vedette.deploy.live import LiveState
from vedette.deploy.ownership import LiveMark
from vedette.deploy.removal import resource_of_live
from vedette.deploy.resource import Resource
from vedette.errors import UsageError
from vedette.finding import did_you_mean


def find_ours(named: str, live: LiveState, tag: str) -> tuple[Resource, LiveMark]:
    """The live resource that ``named`` means, with our mark.

    Raises:
        UsageError: there is none, or more than one, or it is not ours.
    """
    wanted = named.casefold()
    found, others = {}, set()
    for key, body in live.resources.items():
        mark = live.marks.get(key)
        resource = resource_of_live(key, body, mark.mark if mark is not None else None)
        names = {resource.id.casefold(), resource.label.casefold(), resource.name.casefold()}
        if mark is None or not mark.mark.is_ours(tag):
            others |= names
            continue
        if resource.id.casefold() == wanted:
            return resource, mark
        if wanted in names:
            found[key] = (resource, mark)
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        ids = ", ".join(sorted(resource.id for resource, _ in found.values()))
        raise UsageError(f"'{named}' means more than one: {ids}")
    if wanted in others:
        raise UsageError(
            f"'{named}' does not carry our mark ('{tag}'): only what is ours is written"
        )
    known = [resource_of_live(key, body, None).name for key, body in live.resources.items()]
    hint = did_you_mean(named, known)
    raise UsageError(f"nothing in the workspace is '{named}'" + (f" ({hint})" if hint else ""))
