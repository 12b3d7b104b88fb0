"""The one door to DuckDB: nothing else imports it.

The trap: a query is somebody else's text, so the database is
sealed before the first one runs (no files, no network, no extensions, no Python variables as
tables), and its configuration is locked; that lock is why ``duckdb_kql.query``, which sets the
time zone on every call, cannot be used here: translate, then execute.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from vedette.errors import EngineError

if TYPE_CHECKING:
    import duckdb
    import duckdb.sqltypes

#: What DuckDB binds to a statement: positional values, or values by name.
Parameters = Sequence[object] | Mapping[str, object]

#: In the order in which they must be set: the last one forbids any further change.
_SEAL = (
    "SET GLOBAL TimeZone = 'UTC'",
    "SET GLOBAL python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET lock_configuration = true",
)


class DatabaseInUseError(EngineError):
    """Another process has the database file open."""


class StatementTimeoutError(EngineError):
    """DuckDB was stopped in the middle of a statement, which took longer than it may."""


class RejectedSqlError(EngineError):
    """DuckDB refused a statement before running it: the SQL does not bind, whatever the data."""


@dataclass(frozen=True, slots=True)
class SqlType:
    """A DuckDB type: ``name`` as SQL writes it (``JSON[]``), ``id`` its family (``list``)."""

    name: str
    id: str
    children: tuple[tuple[str, SqlType], ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """A statement's rows, with the name and type of each column."""

    names: tuple[str, ...]
    types: tuple[SqlType, ...]
    rows: list[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one database may use: memory (DuckDB's notation), and time for a single statement.

    Without ``optimise`` a statement runs as it is written: over a few rows, looking for a better
    way takes several times as long as the statement does.
    """

    memory: str = "2GB"
    threads: int = 2
    statement: timedelta | None = timedelta(minutes=2)
    optimise: bool = True


class Cursor:
    """A connection of its own to the database: use it in one thread, for one piece of work."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, limit: timedelta | None) -> None:
        self._connection = connection
        self._limit = limit

    def execute(self, sql: str, parameters: Parameters = ()) -> list[tuple[object, ...]]:
        """Run one statement and return its rows; ``EngineError`` if DuckDB refuses or fails."""
        return self.query(sql, parameters).rows

    def query(self, sql: str, parameters: Parameters = (), most: int | None = None) -> Result:
        """Run one statement and return its rows, at most so many, with their columns."""
        with self._guarded():
            # An empty mapping is refused where the statement has no named parameter.
            self._connection.execute(sql, parameters if len(parameters) else None)
            columns = self._connection.description or []
            return Result(
                names=tuple(str(column[0]) for column in columns),
                types=tuple(_type_of(column[1]) for column in columns),
                rows=self._fetched(most) if columns else [],
            )

    def _fetched(self, most: int | None) -> list[tuple[object, ...]]:
        if most is None:
            return self._connection.fetchall()
        # Fetched rows are Python's, which no limit of the database holds.
        rows = self._connection.fetchmany(most + 1)
        if len(rows) > most:
            raise EngineError(f"the query returns more than {most:,} rows")
        return rows

    @contextmanager
    def transaction(self) -> Iterator[Cursor]:
        """All statements of the block, or none of them."""
        self.execute("BEGIN TRANSACTION")
        try:
            yield self
        except BaseException:
            self.execute("ROLLBACK")
            raise
        self.execute("COMMIT")

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Stop the statement at its time limit, and speak of DuckDB's errors as ours."""
        import duckdb

        timer = None
        if self._limit is not None:
            timer = threading.Timer(self._limit.total_seconds(), self._connection.interrupt)
            timer.daemon = True
            timer.start()
        try:
            yield
        except duckdb.InterruptException as error:
            raise StatementTimeoutError(f"the query was stopped after {self._limit}") from error
        except (
            duckdb.BinderException,
            duckdb.CatalogException,
            duckdb.ParserException,
            duckdb.NotImplementedException,
        ) as error:
            raise RejectedSqlError(_first_line(error)) from error
        except duckdb.OutOfMemoryException as error:
            reason = f"the query needs more memory than it may use: {_first_line(error)}"
            raise EngineError(reason) from error
        except duckdb.Error as error:
            raise EngineError(_first_line(error)) from error
        finally:
            if timer is not None:
                timer.cancel()


@dataclass(eq=False)
class Database:
    """A sealed DuckDB database, in memory or in one file.

    Several threads may use it: every use takes a cursor, which is a connection of its own, and
    DuckDB isolates connections from each other. Close it when done, or use it in a ``with``.
    """

    _root: duckdb.DuckDBPyConnection
    _limits: Limits
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(
        cls, path: Path | None = None, limits: Limits | None = None, readable: Path | None = None
    ) -> Database:
        """Open ``path``, or a database in memory; ``EngineError`` if the file cannot be used.

        Files in ``readable`` can be read by statements of ours, as no query of a rule can name one.
        """
        import duckdb

        limits = limits or Limits()
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": limits.memory,
            "threads": limits.threads,
        }
        try:
            root = duckdb.connect(":memory:" if path is None else str(path), config=config)
        except duckdb.Error as error:
            text = _first_line(error)
            # By DuckDB's own words on POSIX, by those of the system on Windows.
            in_use = "Could not set lock" in text or "used by another process" in text
            kind = DatabaseInUseError if in_use else EngineError
            raise kind(f"cannot open the database: {text}") from error
        if readable is not None:
            root.execute("SET allowed_directories = ?", [[f"{readable.resolve().as_posix()}/"]])
        if not limits.optimise:
            names = root.execute("SELECT string_agg(name, ',') FROM duckdb_optimizers()").fetchall()
            # Of the whole database: what is set on a connection, its cursors do not have.
            root.execute("SET GLOBAL disabled_optimizers = ?", list(names[0]))
        for statement in _SEAL:
            root.execute(statement)
        return cls(root, limits)

    @contextmanager
    def cursor(self, limit: timedelta | None = None) -> Iterator[Cursor]:
        """A cursor for one piece of work, closed at the end of the block.

        ``limit`` for a single statement is the database's own if it is not given, or if it is more.
        """
        with self._lock:
            connection = self._root.cursor()
        limits = [each for each in (limit, self._limits.statement) if each is not None]
        try:
            yield Cursor(connection, min(limits, default=None))
        finally:
            connection.close()

    def execute(self, sql: str, parameters: Parameters = ()) -> list[tuple[object, ...]]:
        """Run one statement on a cursor of its own and return its rows."""
        with self.cursor() as cursor:
            return cursor.execute(sql, parameters)

    def close(self) -> None:
        """Close the database; cursors must be done."""
        with self._lock:
            self._root.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def quote(name: str) -> str:
    """``name`` as a SQL identifier."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _type_of(type_: duckdb.sqltypes.DuckDBPyType) -> SqlType:
    nested = type_.children if type_.id in {"list", "array", "struct", "map"} else []
    children = tuple(
        # An array's second child is its size, an enum's are its values: neither is a type.
        (name, _type_of(child))
        for name, child in nested
        if not isinstance(child, (int, list))
    )
    return SqlType(str(type_), type_.id, children)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
