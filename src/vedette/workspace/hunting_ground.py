"""What advanced hunting sees: Defender's tables, and those that only Sentinel has.

The trap: both products have an EmailEvents, with other columns. Events are sent here as Sentinel
has them; for hunting they are what Defender has of them (``Timestamp`` instead of
``TimeGenerated``), and a column that it has not is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vedette.kql.binder import Binder
from vedette.kql.products.tables import Counterpart
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import TableSchema
from vedette.workspace.compilation import Compilation
from vedette.workspace.event_feed import EventFeed, WatchlistRows
from vedette.workspace.journal import Journal

_NO_WATCHLISTS: WatchlistRows = {}


@dataclass(eq=False)
class HuntingGround:
    """The tables of both products over one workspace's events; made at the first use."""

    journal: Journal
    here: Mapping[str, TableSchema]
    there: Mapping[str, TableSchema]
    binder: Binder
    compilation: Compilation = field(init=False)
    _catalogue: Catalogue | None = None
    _feed: EventFeed | None = None

    def __post_init__(self) -> None:
        self.compilation = Compilation(self.catalogue, self.binder)

    def catalogue(self) -> Catalogue:
        """Defender's tables before Sentinel's; it has no saved functions and no watchlists."""
        if self._catalogue is None:
            self._catalogue = Catalogue({**self.here, **self.there})
        return self._catalogue

    @property
    def feed(self) -> EventFeed:
        """The events as this product has them."""
        if self._feed is None:
            tables = self.catalogue().tables
            self._feed = EventFeed(
                self.journal, tables, lambda: _NO_WATCHLISTS, convert=self._as_there
            )
        return self._feed

    def forget(self) -> None:
        """Drop the engine."""
        if self._feed is not None:
            self._feed.forget()

    def is_defenders(self, table: str) -> bool:
        """Whether a table is Defender's, and not only Sentinel's."""
        return table in self.there

    def _as_there(self, table: str, record: Mapping[str, Any]) -> Mapping[str, Any]:
        if table not in self.there or table not in self.here:
            return record
        pair = Counterpart(self.here[table], self.there[table])
        return {
            column.name: pair.value(name, value)
            for name, value in record.items()
            if (column := pair.column(name)) is not None
        }
