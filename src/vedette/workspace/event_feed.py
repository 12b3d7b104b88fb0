"""Hands events to the engine as the clock passes the time of their ingestion.

The trap: the engine's database lives in memory and is made anew after a restart or a rolled back
request. What the state file holds is the truth; this only remembers how far it was read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.model.case import INGESTED_KEY
from vedette.schema.types import Column, TableSchema
from vedette.workspace.iso8601 import format_time
from vedette.workspace.journal import Journal

#: Alias → columns and rows of every watchlist.
WatchlistRows = Mapping[str, tuple[tuple[Column, ...], tuple[Mapping[str, Any], ...]]]


class EventFeed:
    """An engine that holds what the workspace has ingested so far."""

    def __init__(
        self,
        journal: Journal,
        tables: Mapping[str, TableSchema],
        watchlists: Callable[[], WatchlistRows],
    ) -> None:
        self._journal = journal
        self._tables = tables
        self._watchlists = watchlists
        self._database: Database | None = None
        self._engine: DuckEngine | None = None
        self._until: datetime | None = None
        self._number = 0
        self._loaded: WatchlistRows = {}

    def engine_at(self, now: datetime) -> DuckEngine:
        """The engine with all events that were ingested by ``now``, and the current watchlists.

        ``now`` must not be before that of the call before, unless ``forget`` came between.
        """
        if self._engine is None:
            self._database = Database.open(None)
            self._engine = DuckEngine(self._database)
        self._load_events(self._engine, now)
        self._load_watchlists(self._engine)
        return self._engine

    def forget(self) -> None:
        """Drop the engine: the next use reads everything again."""
        if self._database is not None:
            self._database.close()
        self._database = self._engine = self._until = None
        self._number, self._loaded = 0, {}

    def _load_events(self, engine: DuckEngine, now: datetime) -> None:
        by_table: dict[str, list[Mapping[str, Any]]] = {}
        for number, event in self._journal.events_between(self._until, now, self._number):
            self._number = max(self._number, number)
            record = {**event.record, INGESTED_KEY: format_time(event.ingested)}
            by_table.setdefault(event.table, []).append(record)
        for name, records in by_table.items():
            # A table that the workspace no longer has cannot be queried either.
            if name in self._tables:
                engine.load_events(self._tables[name], records)
        self._until = now

    def _load_watchlists(self, engine: DuckEngine) -> None:
        current = self._watchlists()
        if current is self._loaded:
            return
        for alias, (columns, rows) in current.items():
            if self._loaded.get(alias) != (columns, rows):
                engine.load_watchlist(alias, columns, rows)
        self._loaded = current
