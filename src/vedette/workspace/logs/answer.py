"""A query's result as the Logs query API answers it: tables of columns with types, and rows.

The trap: JSON has no word for what is not a number. The API writes ``"NaN"`` and ``"Infinity"`` as
texts, decimals too, and each value of a dynamic column as a text that holds JSON.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from vedette.engine.base import Rows
from vedette.engine.cells import datetime_text, timespan_text
from vedette.workspace.assumptions import dynamic_cell
from vedette.workspace.logs.errors import too_many_bytes, too_many_rows


def result_of(rows: Rows, *, most_rows: int, most_bytes: int) -> dict[str, Any]:
    """``{"tables": [PrimaryResult]}``; with an ``error`` beside it if not all of it fits."""
    written: list[list[object]] = []
    error, size = None, 0
    for cells in cells_of(rows, most_rows):
        size += sum(len(cell) if isinstance(cell, str) else 8 for cell in cells) + len(cells)
        if size > most_bytes:
            error = too_many_bytes(most_bytes)
            break
        written.append(cells)
    else:
        if len(rows.rows) > most_rows:
            error = too_many_rows(most_rows)
    table = {
        "name": "PrimaryResult",
        "columns": [{"name": column.name, "type": column.type} for column in rows.columns],
        "rows": written,
    }
    return {"tables": [table]} if error is None else {"tables": [table], "error": error}


def cells_of(rows: Rows, most: int) -> Iterator[list[object]]:
    """The first ``most`` rows as JSON has them, a list of cells each."""
    write = [_WRITE.get(column.type, _as_is) for column in rows.columns]
    for row in rows.rows[:most]:
        yield [
            None if cell is None else to_text(cell)
            for to_text, cell in zip(write, row, strict=True)
        ]


def time_text(value: datetime) -> str:
    """As .NET writes a time: no more digits of a second than it has."""
    whole, _, fraction = datetime_text(value).removesuffix("Z").partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}Z" if fraction else f"{whole}Z"


def _as_is(value: object) -> object:
    return value


def _time(value: object) -> object:
    return time_text(value) if isinstance(value, datetime) else value


def _span(value: object) -> object:
    return timespan_text(value) if isinstance(value, timedelta) else value


def _real(value: object) -> object:
    if not isinstance(value, float) or math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _dynamic(value: object) -> object:
    return dynamic_cell(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


_WRITE: Mapping[str, Callable[[object], object]] = {
    "datetime": _time,
    "timespan": _span,
    "real": _real,
    "decimal": str,
    "guid": str,
    "dynamic": _dynamic,
}
