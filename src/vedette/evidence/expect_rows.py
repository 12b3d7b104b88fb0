"""Compares a query's rows with what a case expects of them, and says what differs.

The lines are for a person who has to find the slip: which expected row has no partner, which row
comes nearest to it, and in which columns the two differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from vedette.engine.base import Rows
from vedette.evidence.cells import cell_matches, show
from vedette.evidence.pairing import pair
from vedette.model.case import Expectation, Record

#: Further rows are counted, not shown.
_SHOWN_ROWS = 5


def row_differences(
    expect: Expectation, rows: Rows, now: datetime, *, ordered: bool
) -> tuple[str, ...]:
    """What is not as expected, a line each; empty if all is. ``ordered``: the query sorts."""
    records = rows.records()
    if expect.rows is None:
        if expect.row_count is None or expect.row_count == len(records):
            return ()
        lines = [_count(expect.row_count, len(records))]
        return (*lines, *_unexpected(records, range(len(records)), None))
    types = {column.name: column.type for column in rows.columns}

    def fits(wanted: Record, record: Record) -> bool:
        return not differing(wanted, record, types, now)

    pairs = pair(expect.rows, records, fits)
    lines = []
    if len(expect.rows) != len(records):
        lines.append(_count(len(expect.rows), len(records)))
    free = [index for index in range(len(records)) if index not in pairs.values()]
    for index, wanted in enumerate(expect.rows):
        if index not in pairs:
            lines += _missing(index, wanted, records, free, types, now)
    named = {name for wanted in expect.rows for name in wanted}
    lines += _unexpected(records, free, named)
    if not lines and ordered:
        lines += _order(expect.rows, records, types, now)
    return tuple(lines)


def differing(wanted: Record, record: Record, types: Mapping[str, str], now: datetime) -> list[str]:
    """The columns of ``wanted`` whose value in ``record`` is another."""
    return [
        name
        for name, value in wanted.items()
        if not cell_matches(value, record.get(name), types.get(name, "dynamic"), now)
    ]


def _count(expected: int, got: int) -> str:
    return f"rows: expected {expected}, got {got}"


def _missing(
    index: int,
    wanted: Record,
    records: Sequence[Record],
    free: Sequence[int],
    types: Mapping[str, str],
    now: datetime,
) -> list[str]:
    """That an expected row has no partner, and how the nearest (of those left, or all) differs."""
    lines = [f"expected row {index + 1} is missing: {_shown(wanted, now)}"]
    candidates = free or range(len(records))
    nearest = min(
        candidates,
        key=lambda at: len(differing(wanted, records[at], types, now)),
        default=None,
    )
    if nearest is None:
        return lines
    lines.append(f"  nearest is row {nearest + 1}:")
    for name in differing(wanted, records[nearest], types, now):
        got = show(records[nearest].get(name))
        lines.append(f"    {name}: expected {show(wanted[name], now)}, got {got}")
    if nearest not in free:
        lines.append("    which another expected row has matched already")
    return lines


def _unexpected(
    records: Sequence[Record], indices: Sequence[int], named: set[str] | None
) -> list[str]:
    """The rows that nobody expected, in the columns that the case names or else in all."""
    lines = []
    for index in indices[:_SHOWN_ROWS]:
        record = records[index]
        kept = {
            name: value
            for name, value in record.items()
            if (name in named if named else value not in (None, ""))
        }
        lines.append(f"row {index + 1} was not expected: {_shown(kept, None)}")
    if len(indices) > _SHOWN_ROWS:
        lines.append(f"and {len(indices) - _SHOWN_ROWS} more")
    return lines


def _order(
    expected: Sequence[Record], records: Sequence[Record], types: Mapping[str, str], now: datetime
) -> list[str]:
    for index, wanted in enumerate(expected):
        if differing(wanted, records[index], types, now):
            got = {name: records[index].get(name) for name in wanted}
            return [
                "the query sorts its rows, and they come in another order:",
                f"  row {index + 1}: expected {_shown(wanted, now)}",
                f"  got {_shown(got, None)}",
            ]
    return []


def _shown(record: Record, now: datetime | None) -> str:
    cells = ", ".join(f"{name}: {show(value, now)}" for name, value in record.items())
    return f"{{{cells}}}"
