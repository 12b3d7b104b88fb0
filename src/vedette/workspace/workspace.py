"""The workspace: its state, its compiler, its engine and its scheduler, behind one lock.

The trap: what is kept in memory (incidents, catalogue, engine) mirrors the state file. When a
request fails after it has written, its writes are rolled back, and the mirrors are thrown away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import datetime, timedelta

from vedette.engine.base import Rows, TimeWindow
from vedette.engine.database import Database
from vedette.errors import EngineError, UnsupportedError
from vedette.kql.binder import Binder
from vedette.kql.bound import BoundQuery
from vedette.model.product import Product
from vedette.workspace.automation_run import Responder
from vedette.workspace.compilation import Compilation
from vedette.workspace.definitions import Definitions
from vedette.workspace.event_feed import EventFeed
from vedette.workspace.hunting_ground import HuntingGround
from vedette.workspace.journal import Journal
from vedette.workspace.ledger import Ledger
from vedette.workspace.own_life import OwnLife
from vedette.workspace.refusal import Refusal
from vedette.workspace.rule_run import Ground, RuleRunner
from vedette.workspace.scheduler import Scheduler
from vedette.workspace.settings import Settings
from vedette.workspace.store import Store


class Workspace:
    """All parts over one database; use them inside ``request()`` only."""

    def __init__(
        self, database: Database, settings: Settings, binder: Binder, *, now: datetime
    ) -> None:
        """``now`` is the clock of a new workspace; one that is there keeps its own.

        Database and compiler are the caller's to close.
        """
        self.settings = settings
        self.store = Store(database, now=now)
        self.journal = Journal(self.store)
        self.life = OwnLife(self.store, self.journal, settings.tables, settings.scope)
        self.ledger = Ledger(self.store, self.life)
        self.definitions = Definitions(self.store, settings.tables)
        self.compilation = Compilation(self.definitions.catalogue, binder)
        self.feed = EventFeed(self.journal, settings.tables, self.definitions.watchlist_rows)
        self.hunting = HuntingGround(
            self.journal, settings.tables, settings.defender_tables, binder
        )
        grounds = {
            Product.SENTINEL: Ground(self.compilation, self.feed),
            Product.DEFENDER: Ground(self.hunting.compilation, self.hunting.feed),
        }
        self.responder = Responder(self.store, self.ledger, self.life)
        self.scheduler = Scheduler(
            self.store,
            self.journal,
            self.ledger,
            self.responder,
            RuleRunner(grounds, self.life),
            self.life.clock_moved,
        )
        #: Whether the clock runs by itself; then nobody else moves it.
        self.clock_runs = False
        self._lock = threading.Lock()

    @contextmanager
    def request(self) -> Iterator[None]:
        """One request at a time, all of its writes or none."""
        with self._lock:
            self.store.begin()
            try:
                yield
                self._keep()
            except BaseException as error:
                self.store.roll_back()
                self.life.forget()
                # A refusal before anything was written has changed nothing in memory either.
                if self.store.wrote or not isinstance(error, Refusal):
                    self._forget()
                raise

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let others in while something long is done that touches neither state nor mirrors.

        Inside ``request()``: what it has written so far is kept before, and what it knows of the
        state may be old after.
        """
        self._keep()
        self._lock.release()
        try:
            yield
        finally:
            self._lock.acquire()
            self.store.begin()

    def _keep(self) -> None:
        self.life.flush()
        self.store.commit()

    def query(
        self,
        bind: Callable[[], BoundQuery],
        feed: EventFeed,
        *,
        clock: Callable[[BoundQuery], datetime | None] = lambda bound: None,
        window: TimeWindow | None = None,
        limit: timedelta | None = None,
    ) -> tuple[BoundQuery, Rows]:
        """A query and its rows over what is ingested by now; others are let in while it runs.

        Raises what ``bind`` and ``DuckEngine.run`` do. ``clock`` is what the query takes for the
        time instead of the workspace's; ``limit`` is the settings' own if that is less.
        """
        longest = self.settings.max_query_time
        limit = longest if limit is None else min(limit, longest)
        while True:
            bound, now = bind(), self.store.clock
            self.life.flush_for(bound.tables)
            with feed.at(now) as snapshot:
                rows = problem = None
                try:
                    with self.aside():
                        rows = snapshot.run(
                            bound, now=clock(bound) or now, window=window, limit=limit
                        )
                except (EngineError, UnsupportedError) as error:
                    problem = error
                # A watchlist that was replaced meanwhile may have had other columns and rows.
                if bound.watchlists and snapshot.changed:
                    continue
            if rows is not None:
                return bound, rows
            if problem is not None:
                raise problem

    def keep_up(self, until: datetime, pool: Executor) -> int:
        """Move a clock that runs to ``until``; the number of runs that were made on the way."""
        with self.request():
            if until <= self.store.clock:
                return 0
            return self.scheduler.keep_up(until, self.aside, pool)

    def reset(self, now: datetime) -> None:
        """Be as new, with the clock at ``now``; inside ``request()``."""
        self.store.clear(now)
        self.life.forget()
        self._forget()

    def _forget(self) -> None:
        """Throw away what mirrors the state file."""
        self.journal.forget()
        self.journal.forget()
        self.ledger.forget()
        self.scheduler.forget()
        self.definitions.forget()
        self.feed.forget()
        self.hunting.forget()

    def close(self) -> None:
        """Stop the engine."""
        with self._lock:
            self.feed.forget()
            self.hunting.forget()
