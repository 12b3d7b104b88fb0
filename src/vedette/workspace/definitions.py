"""What queries may name in the workspace: its tables, saved functions and watchlists.

The trap: others tell by identity whether a catalogue has changed, so one is kept until something
that it is made of is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vedette.schema.catalogue import Catalogue, watchlist_columns
from vedette.schema.types import FunctionDefinition, TableSchema
from vedette.workspace.event_feed import WatchlistRows
from vedette.workspace.own_rows import AUDIT, HEALTH
from vedette.workspace.store import Resource, Store

SEARCHES, WATCHLISTS, ITEMS = "savedSearches", "watchlists", "watchlistItems"


class Definitions:
    """The catalogue, and the rows of the watchlists, as the store has them."""

    def __init__(self, store: Store, tables: Mapping[str, TableSchema]) -> None:
        self._store = store
        self._tables = tables
        self._catalogue: Catalogue | None = None
        self._rows: WatchlistRows | None = None

    def catalogue(self) -> Catalogue:
        """Tables, functions, and the columns of each watchlist."""
        if self._catalogue is None:
            self._catalogue = Catalogue(
                tables=self._tables,
                functions=self._functions(),
                watchlists={
                    item.name: watchlist_columns(item.body["columns"])
                    for item in self._store.all(WATCHLISTS)
                },
            )
        return self._catalogue

    def watchlist_rows(self) -> WatchlistRows:
        """Columns and rows of each watchlist; no rows of one that is still being written."""
        if self._rows is None:
            columns = self.catalogue().watchlists
            self._rows = {
                item.name: (columns[item.name], self._rows_of(item))
                for item in self._store.all(WATCHLISTS)
            }
        return self._rows

    def forget(self) -> None:
        """Read everything again at the next use: call it after a write."""
        self._catalogue = self._rows = None

    def _functions(self) -> dict[str, FunctionDefinition]:
        # The service's own functions over the tables that it writes (monitor-sentinel-health).
        found = {
            f"_{table}": FunctionDefinition(f"_{table}", "", table)
            for table in (HEALTH, AUDIT)
            if table in self._tables
        }
        for search in self._store.all(SEARCHES):
            properties = search.body["properties"]
            alias = properties.get("functionAlias")
            if alias:
                parameters = properties.get("functionParameters", "")
                found[alias] = FunctionDefinition(alias, parameters, properties["query"])
        return found

    def _rows_of(self, watchlist: Resource) -> tuple[Mapping[str, Any], ...]:
        stored = self._store.get(ITEMS, watchlist.name)
        if stored is None or watchlist.body["polls"]:
            return ()
        key = watchlist.body["properties"]["itemsSearchKey"]
        return tuple(
            {
                "_DTItemId": item_id,
                "LastUpdatedTimeUTC": item["updated"],
                "SearchKey": item["values"].get(key, ""),
                **item["values"],
            }
            for item_id, item in stored.body["items"].items()
        )
