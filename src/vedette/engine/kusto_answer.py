"""What a Kusto endpoint answers (v2 frames) as rows of the columns that the compiler found.

The trap: a query can fail after the status line was sent. Then the answer is 200, and the failure
stands in the last frame or among the rows.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from uuid import UUID

from vedette.engine.base import Rows
from vedette.engine.ingest import parse_timespan
from vedette.errors import EngineError
from vedette.schema.types import Column

_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def rows_of(frames: object, columns: tuple[Column, ...], hidden: str) -> Rows:
    """The primary result; ``frames`` is the JSON of the answer.

    Columns that begin with ``hidden`` are left out.

    Raises:
        EngineError: the query failed, or the result has other columns than the compiler says.
    """
    if not isinstance(frames, list):
        raise EngineError(f"the Kusto endpoint answered no frames: {_short(frames)}")
    for frame in frames:
        failures = frame.get("OneApiErrors") if isinstance(frame, dict) else None
        if failures:
            raise EngineError(f"the Kusto endpoint failed: {message_of(failures[0])}")
    primary = [
        frame
        for frame in frames
        if isinstance(frame, dict) and frame.get("TableKind") == "PrimaryResult"
    ]
    if len(primary) != 1:
        raise EngineError(f"the Kusto endpoint answered {len(primary)} results, not one")
    every = [str(each["ColumnName"]) for each in primary[0]["Columns"]]
    # A join numbers the second of two.
    kept = [at for at, name in enumerate(every) if not name.startswith(hidden)]
    names = [every[at] for at in kept]
    if names != [column.name for column in columns]:
        expected = ", ".join(column.name for column in columns)
        raise EngineError(f"the Kusto endpoint answers {', '.join(names)}, not {expected}")
    return Rows(columns, tuple(_row(row, kept, columns) for row in primary[0]["Rows"]))


def message_of(answer: object) -> str:
    """The innermost message of an error in the shape of OneApi."""
    error = answer.get("error", answer) if isinstance(answer, dict) else answer
    message = _short(answer)
    while isinstance(error, dict):
        message = str(error.get("@message") or error.get("message") or message)
        error = error.get("innererror")
    return " ".join(message.split())


def _row(row: object, kept: list[int], columns: tuple[Column, ...]) -> tuple[object, ...]:
    if not isinstance(row, list):
        raise EngineError(f"the Kusto endpoint failed: {message_of(row)}")
    return tuple(typed_cell(row[at], column) for at, column in zip(kept, columns, strict=True))


def typed_cell(value: object, column: Column) -> object:
    """A cell of an answer's JSON as ``Rows`` has it; EngineError if the column cannot hold it."""
    if value is None or (value == "" and column.type not in {"string", "dynamic"}):
        return "" if column.type == "string" else None
    try:
        return _READ[column.type](value)
    except (TypeError, ValueError, InvalidOperation) as error:
        raise EngineError(f"column {column.name}: {value!r} is no {column.type}") from error


def _string(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _real(value: object) -> float:
    text = str(value)
    return _NUMBERS[text] if text in _NUMBERS else float(text)


def _datetime(value: object) -> datetime:
    # Seven digits of a second, of which six are kept.
    moment = datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _timespan(value: object) -> timedelta:
    return parse_timespan(str(value))


def _dynamic(value: object) -> object:
    """Nested, or as JSON text, as versions of the service differ."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _short(answer: object) -> str:
    text = json.dumps(answer, ensure_ascii=False) if answer is not None else "nothing"
    return text if len(text) <= 200 else f"{text[:199]}…"


_READ: Mapping[str, Callable[[object], object]] = {
    "bool": bool,
    "datetime": _datetime,
    "decimal": lambda value: Decimal(str(value)),
    "dynamic": _dynamic,
    "guid": lambda value: UUID(str(value)),
    "int": lambda value: int(str(value)),
    "long": lambda value: int(str(value)),
    "real": _real,
    "string": _string,
    "timespan": _timespan,
}
