"""Gives what has an id that no file can have one of its own, the same in every run.

The trap: an id is the identity. A rule with a new one is another rule, and the old one goes on
running beside it; so this is asked for, and each is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath
from uuid import UUID, uuid5

from vedette.convert.edit import Editor, apply_edits
from vedette.convert.pull import Incoming, Text
from vedette.convert.read_json import Found
from vedette.convert.spans import spans_of
from vedette.deploy.resource import Collection
from vedette.model.shape import guid, mapping
from vedette.model.yaml import parse

_NAMESPACE = UUID("5c0d0f5e-9b1b-4f0c-8a43-6c1f3f0f6a11")


def with_new_ids(incoming: Iterable[Incoming]) -> list[Incoming]:
    """``incoming`` with a GUID for whatever has none; a watchlist is known by its alias."""
    return [_with_new_id(each) for each in incoming]


def _with_new_id(each: Incoming) -> Incoming:
    if isinstance(each, Found) and each.collection is not Collection.WATCHLISTS:
        return each if guid(each.id) is not None else _renewed(each)
    return _rewritten(each) if isinstance(each, Text) else each


def _rewritten(given: Text) -> Text:
    """A community file with another id in the place of its own."""
    document, _ = parse(given.text, PurePosixPath(given.origin))
    data = {} if document is None else mapping(document.data)
    former = data.get("id")
    if document is None or not isinstance(former, str) or guid(former) is not None:
        return given
    editor = Editor(document.text)
    editor.change(spans_of(document.text), "id", former, _new("detection", former))
    return replace(given, text=apply_edits(given.text, editor.edits), former=former)


def _new(place: str, former: str) -> str:
    return str(uuid5(_NAMESPACE, f"{place}/{former.casefold()}"))


def _renewed(found: Found) -> Found:
    place = "detectionRules" if found.collection is None else found.collection.value
    new = _new(place, found.id)
    body = {**found.body, "id": new} if found.collection is None else found.body
    return replace(found, id=new, body=body, former=found.id)
