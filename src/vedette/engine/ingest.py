"""What a column can hold: JSON values of events as DuckDB stores them, checked by Kusto type.

The trap: Kusto's strings have no null. A string that is missing or null is stored as ``""``, so
that ``isnotempty``, ``==``, ``has`` and ``summarize by`` see what they see in Log Analytics; all
other types keep their null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from uuid import UUID

from vedette.schema.types import Column, TableSchema

#: Kusto's types as DuckDB stores them. An ``int`` is stored wide: Kusto computes with int as with
#: long, DuckDB's INTEGER overflows.
STORED_TYPES: Mapping[str, str] = {
    "bool": "BOOLEAN",
    "datetime": "TIMESTAMP",
    "decimal": "DECIMAL(38,9)",
    "dynamic": "JSON",
    "guid": "UUID",
    "int": "BIGINT",
    "long": "BIGINT",
    "real": "DOUBLE",
    "string": "VARCHAR",
    "timespan": "INTERVAL",
}

_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_QUANTITY = re.compile(r"(-?\d+(?:\.\d+)?)(ms|[dhms])")
_CLOCK = re.compile(r"(-?)(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d+)?))?")


class ValueMismatchError(ValueError):
    """An event's value is not one that its column can hold; ``str(error)`` is the whole story."""

    def __init__(self, column: Column, value: object) -> None:
        article = "an" if column.type == "int" else "a"
        super().__init__(
            f"{column.name} is {article} {column.type} column and cannot hold {_shown(value)}"
        )
        self.column = column
        self.value = value


class UnknownColumnError(ValueError):
    """An event has a value for a column that its table does not have."""

    def __init__(self, table: TableSchema, name: str) -> None:
        super().__init__(f"{table.name} has no column {name}")
        self.table = table
        self.name = name


def store(column: Column, value: object) -> object:
    """``value`` (plain JSON, or a typed Python value) as DuckDB takes it for ``column``.

    A datetime without zone is UTC. Raises ``ValueMismatchError``; nothing is coerced from
    another type, since the service would have refused or mangled it on its way in.
    """
    if value is None:
        return "" if column.type == "string" else None
    try:
        return _STORE[column.type](value)
    except (TypeError, ValueError, OverflowError, InvalidOperation) as error:
        raise ValueMismatchError(column, value) from error


def parse_timespan(text: str) -> timedelta:
    """``1d``, ``90s``, ``02:00:00`` or ``1.02:03:04.5``; ValueError for anything else."""
    quantity = _QUANTITY.fullmatch(text)
    if quantity:
        return float(quantity[1]) * _UNITS[quantity[2]]
    clock = _CLOCK.fullmatch(text)
    if not clock:
        raise ValueError(text)
    sign, days, hours, minutes, seconds = clock.groups()
    span = timedelta(
        days=int(days or 0), hours=int(hours), minutes=int(minutes), seconds=float(seconds or 0)
    )
    return -span if sign else span


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _integer(bits: int) -> Callable[[object], int]:
    limit = 2 ** (bits - 1)

    def convert(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
            raise TypeError
        if not -limit <= value < limit:
            raise ValueError
        return int(value)

    return convert


def _real(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError
    return float(value)


def _decimal(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise TypeError
    return format(Decimal(str(value)), "f")


def _datetime(value: object) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        raise TypeError
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


def _timespan(value: object) -> timedelta:
    if isinstance(value, str):
        return parse_timespan(value)
    if not isinstance(value, timedelta):
        raise TypeError
    return value


def _guid(value: object) -> str:
    if not isinstance(value, (str, UUID)):
        raise TypeError
    return str(UUID(str(value)))


def _dynamic(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


_STORE: Mapping[str, Callable[[object], object]] = {
    "bool": _bool,
    "datetime": _datetime,
    "decimal": _decimal,
    "dynamic": _dynamic,
    "guid": _guid,
    "int": _integer(32),
    "long": _integer(64),
    "real": _real,
    "string": _string,
    "timespan": _timespan,
}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
