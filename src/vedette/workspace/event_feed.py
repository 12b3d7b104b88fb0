"""Gives each run an engine that holds what the run may see, and nothing else.

The trap: an event is not there before it was ingested. The engine is filled as the clock passes the
times of ingestion. It lives in memory and is made anew after a restart or a rolled back request:
what the state file holds is the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.model.case import INGESTED_KEY
from vedette.schema.types import Column, TableSchema
from vedette.workspace.iso8601 import format_time
from vedette.workspace.journal import Event, Journal

#: Alias → columns and rows of every watchlist.
WatchlistRows = Mapping[str, tuple[tuple[Column, ...], tuple[Mapping[str, Any], ...]]]

#: An event's table and its record → the record that another product's table holds.
Convert = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


@dataclass(eq=False)
class _Memory:
    """An engine over a database in memory, and the watchlists that it holds."""

    database: Database = field(default_factory=Database.open)
    engine: DuckEngine = field(init=False)
    loaded: WatchlistRows = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine = DuckEngine(self.database)

    def load_watchlists(self, current: WatchlistRows) -> None:
        """Load those that have changed."""
        if current is self.loaded:
            return
        for alias, (columns, rows) in current.items():
            if self.loaded.get(alias) != (columns, rows):
                self.engine.load_watchlist(alias, columns, rows)
        self.loaded = current


class EventFeed:
    """The engine of all that has been ingested so far, filled as the clock moves."""

    def __init__(
        self,
        journal: Journal,
        tables: Mapping[str, TableSchema],
        watchlists: Callable[[], WatchlistRows],
        convert: Convert | None = None,
    ) -> None:
        """``convert`` makes of an event's record what ``tables`` hold of it."""
        self._journal = journal
        self._tables = tables
        self._watchlists = watchlists
        self._convert = convert
        self._past: _Memory | None = None
        self._until: datetime | None = None
        self._number = 0

    def forget(self) -> None:
        """Drop the engines: the next use reads everything again."""
        if self._past is not None:
            self._past.database.close()
        self._past = self._until = None
        self._number = 0

    def engine_at(self, now: datetime) -> DuckEngine:
        """The engine with all events that were ingested by ``now``, and no others.

        ``now`` must not be before that of the call before, unless ``forget`` came between.
        """
        self._past = self._past or _Memory()
        if now == self._until and self._number == self._journal.last_event():
            # Fifty rules run in one minute; looking for what is new costs more than their queries.
            self._past.load_watchlists(self._watchlists())
            return self._past.engine
        new = self._journal.events_between(self._until, now, self._number)
        self._number = max((self._number, *(number for number, _ in new)))
        self._until = now
        self._load(self._past, (event for _, event in new))
        return self._past.engine

    def _load(self, memory: _Memory, events: Iterable[Event]) -> None:
        by_table: dict[str, list[Mapping[str, Any]]] = {}
        for event in events:
            given = self._convert(event.table, event.record) if self._convert else event.record
            record = {**given, INGESTED_KEY: format_time(event.ingested)}
            by_table.setdefault(event.table, []).append(record)
        for name, records in by_table.items():
            # A table that the workspace no longer has cannot be queried either.
            if name in self._tables:
                memory.engine.load_events(self._tables[name], records)
        memory.load_watchlists(self._watchlists())
