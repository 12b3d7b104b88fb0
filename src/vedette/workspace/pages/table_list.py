"""The tables that hold events, and the others that a query may name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vedette.workspace.iso8601 import EPOCH
from vedette.workspace.pages.kql_text import name_text
from vedette.workspace.workspace import Workspace

_TIME = "TimeGenerated"


@dataclass(frozen=True, slots=True)
class TableView:
    """A table with its events by now; ``first`` and ``last`` are their times, None without any."""

    name: str
    columns: int
    events: int = 0
    first: datetime | None = None
    last: datetime | None = None


def event_counts(workspace: Workspace) -> dict[str, int]:
    """How many events each table holds by the workspace's clock; no table without one."""
    micros = (workspace.store.clock - EPOCH).total_seconds() * 1_000_000
    rows = workspace.store.read(
        "SELECT name, count(*) FROM events WHERE ingested <= ? GROUP BY name ORDER BY name",
        (round(micros),),
    )
    known = workspace.definitions.catalogue().tables
    return {str(name): int(str(count)) for name, count in rows if name in known}


def filled_tables(workspace: Workspace) -> list[TableView]:
    """The tables that hold events, by name."""
    tables = workspace.definitions.catalogue().tables
    found = []
    for name, count in event_counts(workspace).items():
        table = tables[name]
        first, last = _bounds(workspace, name) if table.column(_TIME) else (None, None)
        found.append(TableView(name, len(table.columns), count, first, last))
    return found


def empty_tables(workspace: Workspace) -> list[TableView]:
    """The other tables, by name."""
    filled = event_counts(workspace)
    tables = workspace.definitions.catalogue().tables
    return [
        TableView(name, len(table.columns))
        for name, table in sorted(tables.items())
        if name not in filled
    ]


def waiting_events(workspace: Workspace) -> int:
    """How many events were sent that the clock has not reached yet."""
    micros = (workspace.store.clock - EPOCH).total_seconds() * 1_000_000
    [(count,)] = workspace.store.read(
        "SELECT count(*) FROM events WHERE ingested > ?", (round(micros),)
    )
    return int(str(count))


def _bounds(workspace: Workspace, name: str) -> tuple[datetime | None, datetime | None]:
    query = f"{name_text(name)} | summarize First = min({_TIME}), Last = max({_TIME})"
    now = workspace.store.clock
    rows = workspace.feed.engine_at(now).run(workspace.compilation.bind(query), now=now).rows
    first, last = rows[0] if rows else (None, None)
    return (
        first if isinstance(first, datetime) else None,
        last if isinstance(last, datetime) else None,
    )
