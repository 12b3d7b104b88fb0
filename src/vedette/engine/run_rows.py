"""The rows of many runs as one result holds them, taken apart by run.

The trap: what the database returns has no order that could be relied on. A run's rows are put in
the order of the query's last ``sort``, and rows that it leaves equal in that of their values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vedette.engine.base import Rows
from vedette.engine.cells import reader
from vedette.engine.database import Result
from vedette.engine.duck import MOST_ROWS
from vedette.errors import EngineError
from vedette.schema.types import Column

_Ranked = list[tuple[object, tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class RunRows:
    """The rows of one run, in the order of the query's last ``sort``, then of their values."""

    run: int
    rows: Rows


def by_run(columns: Sequence[Column], result: Result, *, ranked: bool) -> dict[int, Rows]:
    """The result's rows by the run in their first column, each run's in order."""
    read = [reader(column, result.types[at + 1]) for at, column in enumerate(columns)]
    found: dict[int, _Ranked] = {}
    for row in result.rows:
        rank = row[-1] if ranked else 0
        cells = tuple(each(cell) for each, cell in zip(read, row[1:], strict=False))
        found.setdefault(int(str(row[0])), []).append((rank, cells))
    return _in_order(columns, found)


def by_span(
    columns: Sequence[Column], result: Result, runs: range, *, ranked: bool
) -> dict[int, Rows]:
    """The same of rows whose last two columns are an interval; of ``runs`` alone."""
    read = [reader(column, result.types[at]) for at, column in enumerate(columns)]
    found: dict[int, _Ranked] = {}
    for row in result.rows:
        first, end = max(int(str(row[-2])), runs.start), min(int(str(row[-1])), runs.stop)
        rank = row[-3] if ranked else 0
        cells = tuple(each(cell) for each, cell in zip(read, row, strict=False))
        for run in range(first, end):
            found.setdefault(run, []).append((rank, cells))
    return _in_order(columns, found)


def _in_order(columns: Sequence[Column], found: Mapping[int, _Ranked]) -> dict[int, Rows]:
    if any(len(rows) > MOST_ROWS for rows in found.values()):
        raise EngineError(f"the query returns more than {MOST_ROWS:,} rows")
    return {
        run: Rows(tuple(columns), tuple(cells for _, cells in sorted(rows, key=_place)))
        for run, rows in sorted(found.items())
    }


def _place(row: tuple[object, tuple[object, ...]]) -> tuple[int, str]:
    return int(str(row[0])), repr(row[1])
