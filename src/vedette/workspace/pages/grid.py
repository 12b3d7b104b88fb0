"""A query's rows as a page shows them: bounded, as text, with links to sort by each column."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from vedette.engine.base import Rows
from vedette.schema.types import Column
from vedette.simulate.text import cell_text

#: Characters of one cell that a table of many rows shows.
MOST_TEXT = 300

#: A result with more columns is a whole table's, of which an event fills a part.
WIDE = 16

_NUMBERS = frozenset({"int", "long", "real", "decimal"})


@dataclass(frozen=True, slots=True)
class Cell:
    """``text`` is cut to what a table has room for; ``whole`` is all of it if that was cut."""

    text: str
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """``total`` rows, of which ``rows`` has some; ``first`` is the number of the first, from 1.

    ``empty`` are columns of a wide result that are left out, since no row here has a value.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    first: int = 1
    empty: tuple[str, ...] = ()

    @property
    def last(self) -> int:
        """The number of the last row that is shown."""
        return self.first + len(self.rows) - 1

    def is_number(self, column: Column) -> bool:
        """Whether a column's cells stand on its right."""
        return column.type in _NUMBERS


def grid_of(rows: Rows, most: int) -> Grid:
    """The first ``most`` rows; of a wide result TimeGenerated first, and no empty columns."""
    shown_rows = rows.rows[:most]
    order = list(range(len(rows.columns)))
    empty: list[int] = []
    if len(order) > WIDE and shown_rows:
        empty = [at for at in order if all(row[at] in (None, "") for row in shown_rows)]
        order = [at for at in order if at not in set(empty)]
        # Tables have their columns by name; sorting is stable.
        order.sort(key=lambda at: rows.columns[at].name != "TimeGenerated")
    return Grid(
        tuple(rows.columns[at] for at in order),
        tuple(cells_of([row[at] for at in order]) for row in shown_rows),
        len(rows.rows),
        empty=tuple(rows.columns[at].name for at in empty),
    )


def cells_of(row: Sequence[object]) -> tuple[Cell, ...]:
    """The cells of a row, each in a line."""
    return tuple(_cell(shown(value)) for value in row)


def shown(value: object) -> str:
    """A value in full, as an analyst reads it; empty for one that is not there."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            moment = value.astimezone(UTC)
            micros = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
            return f"{moment:%Y-%m-%d %H:%M:%S}{micros}"
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
    return cell_text(value)


def _cell(text: str) -> Cell:
    return Cell(text) if len(text) <= MOST_TEXT else Cell(f"{text[:MOST_TEXT]}…", text)
