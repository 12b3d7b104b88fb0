"""Gives each run an engine that holds what the run may see, and nothing else.

The trap: an event is not there before it was ingested. The engine is filled as the clock passes the
times of ingestion. It lives in memory and is made anew after a restart or a rolled back request:
what the state file holds is the truth.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from vedette.engine.base import Rows, TimeWindow
from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.kql.bound import BoundQuery
from vedette.model.case import INGESTED_KEY
from vedette.schema.types import Column, TableSchema
from vedette.workspace.journal import Event, Journal

#: Alias → columns and rows of every watchlist.
WatchlistRows = Mapping[str, tuple[tuple[Column, ...], tuple[Mapping[str, Any], ...]]]

#: An event's table and its record → the record that another product's table holds.
Convert = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


@dataclass(eq=False)
class _Memory:
    """An engine over a database in memory, the watchlists that it holds, and who reads it."""

    database: Database = field(default_factory=Database.open)
    engine: DuckEngine = field(init=False)
    loaded: WatchlistRows = field(default_factory=dict)
    _readers: int = 0
    _dropped: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

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

    @contextmanager
    def read(self) -> Iterator[None]:
        """Somebody reads: until then the database stays open."""
        with self._lock:
            self._readers += 1
        try:
            yield
        finally:
            with self._lock:
                self._readers -= 1
                self._close_if_unused()

    def drop(self) -> None:
        """Close the database as soon as nobody reads it."""
        with self._lock:
            self._dropped = True
            self._close_if_unused()

    def _close_if_unused(self) -> None:
        if self._dropped and not self._readers:
            self.database.close()


class Snapshot:
    """What a query sees, whatever is loaded meanwhile: use it in a ``with``, in any thread.

    Events that are ingested later are left out by the engine. A watchlist may be replaced; then
    what was compiled for the one before may fail, and ``changed`` says so.
    """

    def __init__(self, memory: _Memory, now: datetime) -> None:
        self._memory = memory
        self._now = now
        self._watchlists = memory.loaded
        self._reading = ExitStack()
        # Before anybody else can drop it.
        self._reading.enter_context(memory.read())

    def run(
        self,
        query: BoundQuery,
        *,
        now: datetime,
        window: TimeWindow | None = None,
        limit: timedelta | None = None,
        ingested_by: datetime | None = None,
    ) -> Rows:
        """The rows of ``query``, as ``DuckEngine.run``; ``ingested_by`` may be earlier."""
        by = self._now if ingested_by is None else min(ingested_by, self._now)
        engine = self._memory.engine
        return engine.run(query, now=now, window=window, limit=limit, ingested_by=by)

    @property
    def changed(self) -> bool:
        """Whether watchlists were loaded since."""
        return self._memory.loaded is not self._watchlists

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._reading.close()


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
        # Up to which number all events are loaded, 0 while one of them waits for its ingestion.
        self._complete = 0

    def forget(self) -> None:
        """Drop the engines: the next use reads everything again."""
        if self._past is not None:
            self._past.drop()
        self._past = self._until = None
        self._number = self._complete = 0

    @property
    def until(self) -> datetime | None:
        """Up to when the engine is filled; None while there is none."""
        return self._until

    def follow(self, now: datetime) -> None:
        """Load what has just come in, if there is an engine: the next query need not wait for it.

        Only while the engine is filled up to ``now``, so that nobody waits here for more.
        """
        if self._past is not None and self._complete and self._until is not None:
            self.engine_at(max(now, self._until))

    def at(self, now: datetime) -> Snapshot:
        """What was ingested by ``now``, to be read beside what comes in meanwhile."""
        self.engine_at(now)
        if self._past is None:
            raise RuntimeError("an engine was just made")
        return Snapshot(self._past, now)

    def engine_at(self, now: datetime) -> DuckEngine:
        """The engine with all events that were ingested by ``now``, and no others.

        ``now`` must not be before that of the call before, unless ``forget`` came between.
        """
        self._past = self._past or _Memory()
        last = self._journal.last_event()
        if now == self._until and self._number == last:
            # Fifty rules run in one minute; looking for what is new costs more than their queries.
            self._past.load_watchlists(self._watchlists())
            return self._past.engine
        if self._complete:
            new = tuple(
                one for one in self._journal.events_since(self._complete) if one[1].ingested <= now
            )
        else:
            new = self._journal.events_between(self._until, now, self._number)
        self._number = last
        self._complete = last if self._journal.all_ingested_by(now) else 0
        self._until = now
        self._load(self._past, (event for _, event in new))
        return self._past.engine

    def _load(self, memory: _Memory, events: Iterable[Event]) -> None:
        by_table: dict[str, list[Mapping[str, Any]]] = {}
        for event in events:
            given = self._convert(event.table, event.record) if self._convert else event.record
            record = {**given, INGESTED_KEY: event.ingested}
            by_table.setdefault(event.table, []).append(record)
        for name, records in by_table.items():
            # A table that the workspace no longer has cannot be queried either.
            if name in self._tables:
                memory.engine.load_events(self._tables[name], records)
        memory.load_watchlists(self._watchlists())
