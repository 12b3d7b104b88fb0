"""What became of a query that was to be rendered for another product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vedette.kql.desugar.segments import Segments


@dataclass(frozen=True, slots=True)
class NotAvailable:
    """Why a query cannot be had in the other product, at ``offset`` of the original query."""

    reason: str
    hint: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class RenderedQuery:
    """A query as the other product runs it.

    ``columns`` has the new name of each result column of the original by the old one, without
    those of tables that have no such column there. ``adapted`` are the tables' columns, as the
    other product names them, that are converted on reading, since their type is another there.
    """

    segments: Segments
    columns: Mapping[str, str] = field(default_factory=dict)
    adapted: frozenset[tuple[str, str]] = frozenset()

    @property
    def text(self) -> str:
        """The query."""
        return self.segments.text

    def original(self, offset: int) -> int:
        """The offset in the original query that stands nearest to ``offset`` of the text."""
        return self.segments.original(offset) or 0
