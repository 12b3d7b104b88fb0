"""The workspace's state in one DuckDB file: resources by type and name, single facts, the clock.

The trap: nothing here may be random or read a clock, or two workspaces that were asked the same
would differ. Etags count writes; times are those of the workspace's own clock.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vedette.engine.database import Cursor, Database
from vedette.workspace.iso8601 import EPOCH, format_time, parse_time

_CLEAR = ("DELETE FROM facts", "DELETE FROM resources")
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS facts (name VARCHAR PRIMARY KEY, value VARCHAR NOT NULL)",
    """CREATE TABLE IF NOT EXISTS resources (
        type VARCHAR NOT NULL, key VARCHAR NOT NULL, body VARCHAR NOT NULL,
        PRIMARY KEY (type, key)
    )""",
)


@dataclass(frozen=True, slots=True)
class Resource:
    """A stored resource; ``name`` has the spelling of its creation, ``body`` what was stored."""

    name: str
    etag: str
    body: Mapping[str, Any]


class Store:
    """Resources by type and name (without case), and what the scheduler remembers.

    Work between ``begin()`` and ``commit()``: all that is written there is kept, or nothing.
    """

    def __init__(self, database: Database, *, now: datetime) -> None:
        """``now`` is the clock of a new workspace; an existing one keeps its own."""
        self._database = database
        self._cursor: Cursor | None = None
        self._open = ExitStack()
        self._wrote = False
        self._clear_others: tuple[str, ...] = ()
        # What the facts are in this transaction, and which of them must be written at its end:
        # the clock alone is set for every run, and a statement takes a millisecond.
        self._facts: dict[str, str | None] = {}
        self._unwritten: set[str] = set()
        for statement in _SCHEMA:
            database.execute(statement)
        if self.fact("clock") is None:
            self.set_fact("clock", format_time(now))

    def begin(self) -> None:
        """Begin a transaction; one thread at a time."""
        self._wrote = False
        with ExitStack() as opened:
            cursor = opened.enter_context(self._database.cursor())
            cursor.execute("BEGIN TRANSACTION")
            self._cursor = cursor
            self._open = opened.pop_all()

    def commit(self) -> None:
        """Keep all that was written since ``begin()``; if that fails, roll back all the same."""
        self._write_facts()
        cursor, opened = self._cursor, self._open
        self._cursor = None
        with opened:
            if cursor is not None:
                cursor.execute("COMMIT")

    def roll_back(self) -> None:
        """Undo all that was written since ``begin()``."""
        self._facts, self._unwritten = {}, set()
        cursor, self._cursor = self._cursor, None
        with self._open:
            if cursor is not None:
                cursor.execute("ROLLBACK")

    @property
    def wrote(self) -> bool:
        """Whether the current or last transaction changed anything."""
        return self._wrote

    # ---- facts

    @property
    def clock(self) -> datetime:
        """What time it is in the workspace."""
        return parse_time(self.fact("clock") or "")

    def set_clock(self, now: datetime) -> None:
        """Move the clock."""
        self.set_fact("clock", format_time(now))

    def fact(self, name: str) -> str | None:
        """A single remembered value."""
        if name not in self._facts:
            rows = self.read("SELECT value FROM facts WHERE name = ?", (name,))
            self._facts[name] = str(rows[0][0]) if rows else None
        return self._facts[name]

    def set_fact(self, name: str, value: str) -> None:
        """Remember a single value."""
        self._facts[name] = value
        self._unwritten.add(name)
        self._wrote = True
        if self._cursor is None:
            self._write_facts()

    def count_write(self) -> int:
        """The number of this write; never the same twice in one workspace."""
        number = int(self.fact("writes") or "0") + 1
        self.set_fact("writes", str(number))
        return number

    def clear(self, now: datetime) -> None:
        """Forget everything, and set the clock."""
        writes = self.fact("writes")
        for statement in (*_CLEAR, *self._clear_others):
            self.write(statement)
        self._facts, self._unwritten = {}, set()
        self.set_clock(now)
        if writes is not None:
            # An etag from before must not fit a resource that is made now.
            self.set_fact("writes", writes)

    def add_tables(self, make: Sequence[str], clear: Sequence[str]) -> None:
        """Make tables of another's by statements, and have ``clear`` empty them by others."""
        for statement in make:
            self.write(statement)
        self._clear_others = (*self._clear_others, *clear)

    # ---- resources

    def get(self, kind: str, name: str) -> Resource | None:
        """The resource of a type by its name, or None."""
        rows = self.read(
            "SELECT body FROM resources WHERE type = ? AND key = ?", (kind, name.casefold())
        )
        return _resource(rows[0][0]) if rows else None

    def put(self, kind: str, name: str, body: Mapping[str, Any], *, etag: str = "") -> Resource:
        """Store a resource; without ``etag`` it gets the next one. The first spelling stays."""
        current = self.get(kind, name)
        resource = Resource(
            name=current.name if current else name, etag=etag or self.next_etag(), body=body
        )
        text = json.dumps(
            {"name": resource.name, "etag": resource.etag, "body": dict(body)}, ensure_ascii=False
        )
        self.write(
            "INSERT INTO resources VALUES (?, ?, ?)"
            " ON CONFLICT (type, key) DO UPDATE SET body = excluded.body",
            (kind, name.casefold(), text),
        )
        return resource

    def delete(self, kind: str, name: str) -> None:
        """Forget a resource, if it is there."""
        self.write("DELETE FROM resources WHERE type = ? AND key = ?", (kind, name.casefold()))

    def all(self, kind: str, parent: str = "") -> tuple[Resource, ...]:
        """All resources of a type (below ``parent``, if given), by name."""
        rows = self.read(
            "SELECT body FROM resources WHERE type = ? AND starts_with(key, ?) ORDER BY key",
            (kind, f"{parent.casefold()}/" if parent else ""),
        )
        return tuple(_resource(row[0]) for row in rows)

    def next_etag(self) -> str:
        """A quoted etag that no other write has."""
        seconds = int((self.clock - EPOCH).total_seconds())
        return f'"{self.count_write():08x}-0000-0000-0000-{seconds & 0xFFFFFFFF:08x}0000"'

    # ---- statements

    def _write_facts(self) -> None:
        names = sorted(self._unwritten)
        self._unwritten = set()
        if names:
            self.write(
                "INSERT INTO facts SELECT unnest(?::VARCHAR[]), unnest(?::VARCHAR[])"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (names, [self._facts[name] for name in names]),
            )

    def read(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """The rows of a statement that changes nothing."""
        return (self._cursor or self._database).execute(sql, parameters)

    def write(self, sql: str, parameters: Sequence[object] = ()) -> None:
        """Run a statement that changes something."""
        self._wrote = True
        (self._cursor or self._database).execute(sql, parameters)


def _resource(text: object) -> Resource:
    return Resource(**json.loads(str(text)))
