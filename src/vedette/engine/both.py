"""Two engines that have to agree: runs each query on both, and says where they differ.

The trap: a refusal of one is no agreement. What either does not run is unsupported, not green.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vedette.engine.base import DifferenceError, Engine, Rows, TimeWindow
from vedette.kql.bound import BoundQuery
from vedette.model.case import Record
from vedette.schema.types import Column, TableSchema

#: Digits of a real that count: sums in another order differ in the last ones.
_DIGITS = 12

#: How many rows of each side are shown.
_SHOWN = 5


class FilledEngine(Engine, Protocol):
    """An engine that holds its events itself."""

    def clear(self) -> None:
        """Forget all events and watchlists."""
        ...

    def load_events(self, table: TableSchema, events: Sequence[Record]) -> None:
        """Add events to a table."""
        ...

    def load_watchlist(self, alias: str, columns: Sequence[Column], rows: Sequence[Record]) -> None:
        """Replace the rows of a watchlist."""
        ...

    def load_external(self, name: str, columns: Sequence[Column], rows: Sequence[Record]) -> None:
        """Replace the rows that an ``externaldata`` reads."""
        ...


@dataclass(frozen=True, slots=True)
class BothEngines:
    """Answers with the rows of ``ours`` where ``theirs`` has the same, in any order."""

    ours: FilledEngine
    theirs: FilledEngine

    def clear(self) -> None:
        """Forget everything in both."""
        self.ours.clear()
        self.theirs.clear()

    def load_events(self, table: TableSchema, events: Sequence[Record]) -> None:
        """Add events to a table in both."""
        self.ours.load_events(table, events)
        self.theirs.load_events(table, events)

    def load_watchlist(self, alias: str, columns: Sequence[Column], rows: Sequence[Record]) -> None:
        """Replace a watchlist in both."""
        self.ours.load_watchlist(alias, columns, rows)
        self.theirs.load_watchlist(alias, columns, rows)

    def load_external(self, name: str, columns: Sequence[Column], rows: Sequence[Record]) -> None:
        """Replace external rows in both."""
        self.ours.load_external(name, columns, rows)
        self.theirs.load_external(name, columns, rows)

    def run(self, query: BoundQuery, *, now: datetime, window: TimeWindow | None = None) -> Rows:
        """The rows of both; ``DifferenceError`` if they are not the same ones."""
        ours = self.ours.run(query, now=now, window=window)
        theirs = self.theirs.run(query, now=now, window=window)
        differences = tuple(_differences(ours, theirs))
        if differences:
            raise DifferenceError(differences)
        return ours


def _differences(ours: Rows, theirs: Rows) -> Iterator[str]:
    here, there = Counter(map(_plain, ours.rows)), Counter(map(_plain, theirs.rows))
    for side, rows in (("only here", here - there), ("only on the Kusto endpoint", there - here)):
        missing = sorted(rows.elements())
        for row in missing[:_SHOWN]:
            yield f"{side}: {row}"
        if len(missing) > _SHOWN:
            yield f"{side}: {len(missing) - _SHOWN} more rows"


def _plain(row: Sequence[object]) -> str:
    """The row as text that is equal for equal rows."""
    return json.dumps([_rounded(cell) for cell in row], sort_keys=True, default=str)


def _rounded(cell: object) -> object:
    if isinstance(cell, float):
        return float(f"{cell:.{_DIGITS}g}")
    if isinstance(cell, list):
        return [_rounded(each) for each in cell]
    if isinstance(cell, dict):
        return {name: _rounded(each) for name, each in cell.items()}
    return cell
