"""The engine that runs bound queries on DuckDB.

The trap: a run must leave nothing behind, since many runs share one database file. Each reads its
tables through sources in its own SQL, which also cut out the window, instead of through views.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vedette.engine.base import Rows, TimeWindow
from vedette.engine.cells import reader
from vedette.engine.compile import Compiled, Compiler, Shapes
from vedette.engine.database import Database, RejectedSqlError, Result, quote
from vedette.engine.event_files import check_keys
from vedette.engine.runtime import Runtime
from vedette.engine.sql.expressions.time_tokens import RANGE_END, RANGE_START
from vedette.engine.sql.runtime import REFUSED
from vedette.engine.sql.shapes import Shape, answered
from vedette.engine.sql.value import names_parameter
from vedette.engine.storage import Storage
from vedette.errors import EngineError, UnsupportedError
from vedette.kql.bound import BoundQuery
from vedette.kql.desugar.letter_case import original
from vedette.kql.desugar.names import INGESTION_COLUMN, external_table, watchlist_table
from vedette.kql.externals import LOCATIONS
from vedette.model.case import Record
from vedette.schema.types import Column, TableSchema

#: How a refusal begins that SQL can only make on the data: the differential translator's, and ours.
_RUNTIME_REFUSAL = re.compile(f"(?:duckdb-kql|{REFUSED}): (.*)", re.DOTALL)


#: What the portal chooses for a hunting query until somebody chooses another range.
HUNT_RANGE = timedelta(days=1)


#: The service cuts off a larger result and fails the query (query limits, truncation).
MOST_ROWS = 500_000


@dataclass(eq=False)
class DuckEngine:
    """Runs queries over the events and watchlists that were loaded into ``database``.

    Several threads may use one engine: each run has a connection of its own, and loads are
    serialised; only ``clear`` and ``load_watchlist`` want no run beside them. Loaded tables stay in
    the database between runs, and a file keeps them for the next engine.
    """

    database: Database
    _storage: Storage = field(init=False)
    _runtime: Runtime = field(init=False)
    compiler: Compiler = field(default_factory=Compiler)

    def __post_init__(self) -> None:
        self._storage = Storage(self.database)
        self._runtime = Runtime(self.database)

    def load_events(self, table: TableSchema, events: Sequence[Record]) -> None:
        """Append ``events``, dicts of JSON or typed values, to ``table``: all of them or none.

        ``_IngestionTime`` sets an event's ingestion time (default: its TimeGenerated). Raises
        ``ValueMismatchError`` or ``UnknownColumnError`` (both ``ValueError``).
        """
        self._storage.append(table, events)

    def load_file(self, table: TableSchema, file: Path) -> None:
        """Append the events of a file that the database may read (``Database.open``).

        ``UnknownColumnError`` or ``UsageError`` for what its first lines show to be wrong.
        """
        check_keys(table, file)
        self._storage.append_file(table, file)

    def bounds(self, table: TableSchema) -> tuple[datetime, datetime] | None:
        """The times of the first and the last event of a table, None without any."""
        return self._storage.bounds(table)

    def load_watchlist(self, alias: str, columns: Sequence[Column], rows: Sequence[Record]) -> None:
        """Replace the rows of a watchlist; ``columns`` as the catalogue gives them."""
        self._storage.replace_watchlist(alias, columns, rows)

    def load_external(self, name: str, columns: Sequence[Column], rows: Sequence[Record]) -> None:
        """Replace the rows that the ``externaldata`` of this name reads (``kql.externals``)."""
        self._storage.replace_external(name, columns, rows)

    def clear(self) -> None:
        """Forget all events, watchlists and external tables."""
        self._storage.clear()

    def check(self, query: BoundQuery) -> None:
        """Compile ``query`` without running it; ``UnsupportedError`` if that cannot be done."""
        shapes: Shapes = ()
        while self.compiler.compile(query, shapes).question:
            shapes = (*shapes, Shape((), blank=True))

    def run(
        self,
        query: BoundQuery,
        *,
        now: datetime,
        window: TimeWindow | None = None,
        limit: timedelta | None = None,
        ingested_by: datetime | None = None,
    ) -> Rows:
        """The rows of ``query`` at ``now`` over the events in ``window`` (watchlists in full).

        ``ingested_by`` leaves out what was ingested later, with or without a window: another
        thread may load events while this one runs.

        Raises ``UnsupportedError`` for what cannot be run faithfully, ``EngineError`` if the
        database fails at it, ``StatementTimeoutError`` among them if it takes longer than
        ``limit``.
        """
        if not query.ok:
            raise EngineError("a query with errors cannot be run")
        shapes: Shapes = ()
        while (compiled := self.compiler.compile(query, shapes)).question:
            question = self._result(query, compiled, now, window, limit, ingested_by)
            shapes = (*shapes, answered(question.rows))
        result = self._result(query, compiled, now, window, limit, ingested_by)
        return _rows(compiled.columns, result, in_order=compiled.in_order)

    def _result(
        self,
        query: BoundQuery,
        compiled: Compiled,
        now: datetime,
        window: TimeWindow | None,
        limit: timedelta | None,
        ingested_by: datetime | None,
    ) -> Result:
        self._check_externals(compiled)
        self._runtime.provide(compiled.macros)
        parameters = compiled.translation.bind(now)
        sql = self._sql(query, compiled, window, ingested=ingested_by is not None)
        parameters.update(_window_parameters(window, sql) | _range_parameters(now, window, sql))
        if ingested_by is not None and names_parameter(sql, "ingested_by"):
            parameters["ingested_by"] = _utc(ingested_by)
        try:
            with self.database.cursor(limit) as cursor:
                return cursor.query(sql, parameters, most=MOST_ROWS)
        except RejectedSqlError as error:
            raise UnsupportedError("what this query compiles to", hint=str(error)) from error
        except EngineError as error:
            refusal = _RUNTIME_REFUSAL.search(str(error))
            if refusal is not None:
                raise UnsupportedError(refusal[1]) from error
            raise

    def _check_externals(self, compiled: Compiled) -> None:
        """Refuse a query that reads what was never given: nothing is fetched from outside."""
        for name, external in compiled.externals.items():
            if not self._storage.holds_external(name):
                hint = f"nothing is fetched: a case gives its rows under externaldata: {name}"
                construct = name if name == LOCATIONS else f"externaldata {name}"
                raise UnsupportedError(construct, offset=external.offset, hint=hint)

    def _sql(
        self, query: BoundQuery, compiled: Compiled, window: TimeWindow | None, *, ingested: bool
    ) -> str:
        sources = [
            f"{quote(name)} AS NOT MATERIALIZED ({source})"
            for name, source in self._sources(query, compiled, window, ingested=ingested)
        ]
        if not sources:
            return compiled.translation.sql
        parts = ("WITH", ",\n".join(sources), "SELECT * FROM (", compiled.translation.sql, ")")
        return "\n".join(parts)

    def _sources(
        self, query: BoundQuery, compiled: Compiled, window: TimeWindow | None, *, ingested: bool
    ) -> Iterator[tuple[str, str]]:
        for name, table in query.tables.items():
            yield (
                name,
                self._storage.event_source(
                    table,
                    hidden=compiled.hidden,
                    renamed=compiled.renamed,
                    window=window,
                    ingested=ingested,
                ),
            )
        for alias, columns in query.watchlists.items():
            source = self._storage.watchlist_source(alias, columns, compiled.renamed)
            yield watchlist_table(alias), source
        for name, external in compiled.externals.items():
            source = self._storage.external_source(name, external.columns, compiled.renamed)
            yield external_table(name), source


def _window_parameters(window: TimeWindow | None, sql: str) -> dict[str, object]:
    """The values of the window's parameters that ``sql`` has: DuckDB refuses any other."""
    if window is None:
        return {}
    given = {
        "window_start": window.start,
        "window_end": window.end,
        "ingested_by": window.ingested_by,
    }
    return {name: _utc(at) for name, at in given.items() if at and names_parameter(sql, name)}


def _range_parameters(now: datetime, window: TimeWindow | None, sql: str) -> dict[str, object]:
    """The range of a hunt, as far as ``sql`` asks for it: the window, or the last day."""
    start = window.start if window is not None else now - HUNT_RANGE
    end = window.end if window is not None else now
    given = {RANGE_START: start, RANGE_END: end}
    return {name: _utc(at) for name, at in given.items() if names_parameter(sql, name)}


def _rows(columns: tuple[Column, ...], result: Result, *, in_order: bool) -> Rows:
    """The result in the shape that the compiler found: its columns in order, and their types."""
    positions = range(len(columns)) if in_order else _positions(columns, result.names)
    readers = [
        (position, reader(column, result.types[position]))
        for column, position in zip(columns, positions, strict=True)
    ]
    return Rows(columns, tuple(tuple(read(row[at]) for at, read in readers) for row in result.rows))


def _positions(columns: tuple[Column, ...], names: tuple[str, ...]) -> list[int]:
    """Where each column stands in the result; hidden ones are left out."""
    at = {
        original(name): position
        for position, name in enumerate(names)
        if not name.startswith(INGESTION_COLUMN)
    }
    wanted = {column.name for column in columns}
    if wanted != set(at):
        differing = ", ".join(sorted(wanted ^ set(at)))
        raise UnsupportedError(f"how this query names its columns ({differing})")
    return [at[column.name] for column in columns]


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
