"""Event tables, watchlists and external tables as DuckDB holds them.

Every event table carries its ingestion time in a hidden column that no query can name. The trap:
what is stored may be narrower than a query's schema (a table that nobody wrote to, a column that
was added later), so a query never reads a stored table, only a source made to its schema.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from vedette.engine.base import TimeWindow
from vedette.engine.database import Cursor, Database, quote
from vedette.engine.event_files import file_rows
from vedette.engine.event_files import time_column as time_column
from vedette.engine.ingest import STORED_TYPES, UnknownColumnError, store
from vedette.errors import EngineError
from vedette.kql.desugar.letter_case import spellings
from vedette.kql.desugar.names import INGESTION_COLUMN
from vedette.model.case import INGESTED_KEY, Record
from vedette.schema.types import Column, TableSchema

#: DuckDB schemas: the workspace keeps its own tables in the same file.
_EVENTS, _WATCHLISTS, _EXTERNALS = "events", "watchlists", "externals"
#: Rows for one INSERT: their values are lists in memory, a column each.
_BATCH = 10_000


@dataclass(eq=False)
class Storage:
    """The tables of one database; writes are serialised, reads see whole writes."""

    database: Database
    _columns: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    _writing: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        for schema in (_EVENTS, _WATCHLISTS, _EXTERNALS):
            self.database.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        self._refresh()

    def append(self, table: TableSchema, events: Sequence[Record]) -> None:
        """Add ``events``; ``ValueMismatchError`` or ``UnknownColumnError`` if one does not fit.

        All of them are added or none. An event without ``_IngestionTime`` was ingested at the
        time of the event itself.
        """
        hidden = Column(INGESTION_COLUMN, "datetime")
        columns = (*table.columns, hidden)
        # Most events leave most columns out, and the table's defaults fill those in.
        given = dict.fromkeys(name for event in events for name in event)
        known = {column.name for column in table.columns}
        for name in given:
            if name not in known and name != INGESTED_KEY:
                raise UnknownColumnError(table, name)
        used = tuple(column for column in table.columns if column.name in given)
        time = time_column(table)
        cells = [_cells(column, events) for column in used]
        cells.append([store(hidden, _ingested(event, time)) for event in events])
        with self._write(changes_tables=not self._fits(table.name, columns)) as cursor:
            self._prepare(cursor, table.name, columns)
            stored = _stored_columns(columns)
            _insert(cursor, _stored_name(_EVENTS, table.name), (*used, hidden), stored, cells)

    def append_file(self, table: TableSchema, file: Path) -> None:
        """Add the events of a file of JSON lines or Parquet that the database may read.

        The same columns as of ``append``, converted by the database: what does not fit its column
        is an ``EngineError``. Keys that the table does not have are for the caller to refuse.
        """
        hidden = Column(INGESTION_COLUMN, "datetime")
        columns = (*table.columns, hidden)
        names = ", ".join(quote(stored) for stored in _stored_columns(columns).values())
        with self._write() as cursor:
            self._prepare(cursor, table.name, columns)
            target = _stored_name(_EVENTS, table.name)
            parts = ("INSERT INTO", target, "(", names, ")", file_rows(table, file))
            cursor.execute(" ".join(parts))

    def bounds(self, table: TableSchema) -> tuple[datetime, datetime] | None:
        """The times of the first and the last event (aware), None without any."""
        time = time_column(table)
        if time is None or (_EVENTS, table.name) not in self._columns:
            return None
        name, source = quote(time.name), _stored_name(_EVENTS, table.name)
        parts = ("SELECT min(", name, "), max(", name, ") FROM", source)
        ((first, last),) = self.database.execute(" ".join(parts))
        if not isinstance(first, datetime) or not isinstance(last, datetime):
            return None
        return first.replace(tzinfo=UTC), last.replace(tzinfo=UTC)

    def replace_watchlist(
        self, alias: str, columns: Sequence[Column], rows: Sequence[Record]
    ) -> None:
        """Make ``rows`` the whole content of a watchlist; a missing cell is empty."""
        self._replace(_WATCHLISTS, alias, columns, rows)

    def replace_external(
        self, name: str, columns: Sequence[Column], rows: Sequence[Record]
    ) -> None:
        """Make ``rows`` the whole content of what an ``externaldata`` reads."""
        self._replace(_EXTERNALS, name, columns, rows)

    def holds_external(self, name: str) -> bool:
        """True if rows, or none, were given for what an ``externaldata`` reads."""
        return (_EXTERNALS, name) in self._columns

    def _replace(
        self, schema: str, table: str, columns: Sequence[Column], rows: Sequence[Record]
    ) -> None:
        name = _stored_name(schema, table)
        values = [_cells(column, rows) for column in columns]
        with self._write() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(f"CREATE TABLE {name} ({', '.join(_definitions(columns))})")
            _insert(cursor, name, columns, _stored_columns(columns), values)

    def clear(self) -> None:
        """Drop all events, watchlists and external tables."""
        with self._write() as cursor:
            for schema, name in self._columns:
                cursor.execute(f"DROP TABLE {_stored_name(schema, name)}")

    def event_source(
        self,
        table: TableSchema,
        *,
        hidden: tuple[Column, ...] = (),
        renamed: Mapping[str, str] | None = None,
        window: TimeWindow | None = None,
        ingested: bool = False,
    ) -> str:
        """A SELECT of exactly the table's columns and ``hidden``, some of them ``renamed``.

        With ``window`` it may have the parameters ``$window_start``, ``$window_end`` and
        ``$ingested_by``; with ``ingested`` it has the last one.
        """
        columns = (*table.columns, *hidden)
        if window is None and not ingested:
            return self._source(_EVENTS, table.name, columns, renamed or {})
        ingestion = Column(INGESTION_COLUMN, "datetime")
        seen = columns if ingestion in columns else (*columns, ingestion)
        conditions = _seen(table, window, renamed or {}, ingested=ingested)
        source = self._source(_EVENTS, table.name, seen, renamed or {})
        if not conditions:
            return source
        names = [quote((renamed or {}).get(column.name, column.name)) for column in columns]
        chosen, seen_only = ", ".join(names), " AND ".join(conditions)
        return " ".join(("SELECT", chosen, "FROM (", source, ") WHERE", seen_only))

    def watchlist_source(
        self, alias: str, columns: Sequence[Column], renamed: Mapping[str, str]
    ) -> str:
        """A SELECT of exactly ``columns``, some of them ``renamed``."""
        return self._source(_WATCHLISTS, alias, columns, renamed)

    def external_source(
        self, name: str, columns: Sequence[Column], renamed: Mapping[str, str]
    ) -> str:
        """A SELECT of exactly ``columns``, some of them ``renamed``."""
        return self._source(_EXTERNALS, name, columns, renamed)

    def _source(
        self, schema: str, name: str, columns: Sequence[Column], renamed: Mapping[str, str]
    ) -> str:
        kept = self._columns.get((schema, name))
        stored = _stored_columns(columns)
        items = ", ".join(
            f"{_value(stored[column.name], column, kept or {})} "
            f"AS {quote(renamed.get(column.name, column.name))}"
            for column in columns
        )
        origin = "(SELECT 1 LIMIT 0)" if kept is None else _stored_name(schema, name)
        return " ".join(("SELECT", items, "FROM", origin))

    @contextmanager
    def _write(self, *, changes_tables: bool = True) -> Iterator[Cursor]:
        """A transaction that no other thread writes beside; what it made is known at its end."""
        with self._writing:
            with self.database.cursor() as cursor, cursor.transaction():
                yield cursor
            if changes_tables:
                self._refresh()

    def _fits(self, name: str, columns: Sequence[Column]) -> bool:
        """Whether a table of events is there with all of these columns."""
        kept = self._columns.get((_EVENTS, name), {})
        return all(stored in kept for stored in _stored_columns(columns).values())

    def _prepare(self, cursor: Cursor, name: str, columns: Sequence[Column]) -> None:
        """Create the table, or add the columns that it does not have yet."""
        stored = self._columns.get((_EVENTS, name))
        full_name = _stored_name(_EVENTS, name)
        if stored is None:
            cursor.execute(f"CREATE TABLE {full_name} ({', '.join(_definitions(columns))})")
            return
        for column, definition in zip(columns, _definitions(columns), strict=True):
            kept = stored.get(_stored_columns(columns)[column.name])
            if kept is None:
                # The default fills the events that are there already.
                cursor.execute(f"ALTER TABLE {full_name} ADD COLUMN {definition}")
            elif kept != STORED_TYPES[column.type]:
                raise EngineError(
                    f"{name}.{column.name} is stored as {kept} and cannot become {column.type}"
                )

    def _refresh(self) -> None:
        found: dict[tuple[str, str], dict[str, str]] = {}
        for schema, table, column, type_ in self.database.execute(
            "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() "
            "WHERE schema_name IN (?, ?, ?) ORDER BY table_oid, column_index",
            [_EVENTS, _WATCHLISTS, _EXTERNALS],
        ):
            found.setdefault((str(schema), str(table)), {})[str(column)] = str(type_)
        # One assignment: a reader in another thread sees the old map or the new one.
        self._columns = dict(found)


def _seen(
    table: TableSchema, window: TimeWindow | None, renamed: Mapping[str, str], *, ingested: bool
) -> list[str]:
    """The conditions under which a run with this window sees an event of the table."""
    time = time_column(table)
    between = None if time is None or window is None else renamed.get(time.name, time.name)
    if window is not None and window.on_ingestion:
        between = INGESTION_COLUMN
    conditions = []
    if between is not None:
        name = quote(between)
        conditions += [f"{name} >= $window_start", f"{name} < $window_end"]
    if ingested or (window is not None and window.ingested_by is not None):
        conditions.append(f"{quote(INGESTION_COLUMN)} <= $ingested_by")
    return conditions


def _cells(column: Column, events: Sequence[Record]) -> list[object]:
    """The column of all events as DuckDB takes it; ``ValueMismatchError`` for what it cannot be."""
    name = column.name
    found = [event.get(name) for event in events]
    if column.type == "string" and all(type(cell) is str for cell in found):
        return found
    return [store(column, cell) for cell in found]


def _ingested(event: Record, time: Column | None) -> object:
    ingested = event.get(INGESTED_KEY)
    return event.get(time.name) if ingested is None and time is not None else ingested


def _insert(
    cursor: Cursor,
    name: str,
    columns: Sequence[Column],
    stored: Mapping[str, str],
    cells: Sequence[Sequence[object]],
) -> None:
    """Insert in bulk: one list a column, unnested by the database.

    ``stored`` are the names of all the table's columns there: two that differ in case alone have
    names that depend on each other.
    """
    # By name: columns that were added later stand last in the table.
    names = ", ".join(quote(stored[column.name]) for column in columns)
    items = ", ".join(
        f"unnest(${index}::VARCHAR[])::{STORED_TYPES[column.type]}"
        if column.type in {"decimal", "dynamic", "guid"}
        else f"unnest(${index}::{STORED_TYPES[column.type]}[])"
        for index, column in enumerate(columns, start=1)
    )
    for start in range(0, len(cells[0]) if cells else 0, _BATCH):
        values = [list(column[start : start + _BATCH]) for column in cells]
        cursor.execute(f"INSERT INTO {name} ({names}) SELECT {items}", values)


def _definitions(columns: Sequence[Column]) -> list[str]:
    stored = _stored_columns(columns)
    return [
        f"{quote(stored[column.name])} {STORED_TYPES[column.type]} DEFAULT {_empty(column)}"
        for column in columns
    ]


def _stored_columns(columns: Sequence[Column]) -> dict[str, str]:
    """The names under which DuckDB, which does not tell letters by case, keeps the columns."""
    return {column.name: column.name for column in columns} | spellings(columns)


def _value(stored: str, column: Column, kept: Mapping[str, str]) -> str:
    if stored in kept:
        return quote(stored)
    return f"CAST({_empty(column)} AS {STORED_TYPES[column.type]})"


def _empty(column: Column) -> str:
    """What a column holds where an event has nothing: Kusto's strings have no null."""
    return "''" if column.type == "string" else "NULL"


def _stored_name(schema: str, name: str) -> str:
    return f"{schema}.{quote(name)}"
