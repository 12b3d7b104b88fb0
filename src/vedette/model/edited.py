"""A document whose query was changed after loading: places in the new query still have a place.

The trap: the compiler speaks of the query that is deployed, people can only change the files. What
stands in an inserted piece is the fault of whoever had it inserted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from vedette.model.document import Document
from vedette.source import Location, ValuePath

_QUERY: ValuePath = ("query",)


@dataclass(frozen=True, slots=True)
class Edit:
    """The characters [start, end) of the query give way to ``text``; ``at`` is who wants it."""

    start: int
    end: int
    text: str
    at: Location


@dataclass(frozen=True, slots=True, eq=False)
class EditedDocument(Document):
    """As the document that it comes from, but for places in the query."""

    edits: tuple[Edit, ...] = field(default=(), repr=False)

    def locate_in(self, path: ValuePath, offset: int) -> Location:
        """Where the character at ``offset`` of the changed query comes from."""
        if path != _QUERY:
            return Document.locate_in(self, path, offset)
        shift = 0
        for edit in self.edits:
            begin = edit.start + shift
            if offset < begin:
                break
            if offset < begin + len(edit.text):
                return edit.at
            shift += len(edit.text) - (edit.end - edit.start)
        return Document.locate_in(self, path, offset - shift)


def edit_query(query: str, edits: Sequence[Edit]) -> str:
    """The query with all edits, which are in the order of the text and do not overlap."""
    parts: list[str] = []
    done = 0
    for edit in edits:
        parts += [query[done : edit.start], edit.text]
        done = edit.end
    return "".join((*parts, query[done:]))


def edited(document: Document, edits: Sequence[Edit]) -> EditedDocument:
    """The document behind the edited query."""
    values = {each.name: getattr(document, each.name) for each in fields(Document)}
    return EditedDocument(**values, edits=tuple(edits))
