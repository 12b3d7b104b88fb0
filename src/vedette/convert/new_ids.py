"""Gives what has an id that no file can have one of its own, the same in every run.

The trap: an id is the identity. A rule with a new one is another rule, and the old one goes on
running beside it; so this is asked for, and each is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID, uuid5

from vedette.convert.pull import Incoming
from vedette.convert.read_json import Found
from vedette.deploy.resource import Collection
from vedette.model.shape import guid

_NAMESPACE = UUID("5c0d0f5e-9b1b-4f0c-8a43-6c1f3f0f6a11")


def with_new_ids(incoming: Iterable[Incoming]) -> list[Incoming]:
    """``incoming`` with a GUID for whatever has none; a watchlist is known by its alias."""
    return [
        _renewed(each)
        if isinstance(each, Found)
        and each.collection is not Collection.WATCHLISTS
        and guid(each.id) is None
        else each
        for each in incoming
    ]


def _renewed(found: Found) -> Found:
    place = "detectionRules" if found.collection is None else found.collection.value
    new = str(uuid5(_NAMESPACE, f"{place}/{found.id.casefold()}"))
    body = {**found.body, "id": new} if found.collection is None else found.body
    return replace(found, id=new, body=body, former=found.id)
