"""DuckDB's result cells as Python values of the Kusto type that the compiler found.

The trap: DuckDB's type is a hint and the bound type is the contract. ``sum`` of longs arrives as a
HUGEINT, ``make_list`` as a LIST, a dynamic as JSON text: what reaches a caller must not depend on
which expression made it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from vedette.engine.database import SqlType
from vedette.errors import EngineError
from vedette.schema.types import Column


def reader(column: Column, stored: SqlType) -> Callable[[object], object]:
    """A function that turns a cell of DuckDB type ``stored`` into a value for ``column``.

    The function raises ``EngineError`` where the value is none of the column's type.
    """
    convert = _READ[column.type]

    def read(cell: object) -> object:
        if cell is None:
            # Kusto's strings have no null; an outer join without a match shows an empty one.
            return "" if column.type == "string" else None
        if stored.name == "JSON" and isinstance(cell, str):
            cell = json.loads(cell)
        elif column.type == "dynamic":
            cell = plain(cell, stored)
        if cell is None:
            return "" if column.type == "string" else None
        try:
            return convert(cell)
        except (TypeError, ValueError) as error:
            raise EngineError(
                f"column {column.name}: {cell!r} ({stored.name}) is no {column.type}"
            ) from error

    return read


def plain(cell: object, stored: SqlType) -> object:
    """A cell as plain JSON data: what a Kusto dynamic holds, in the form that Kusto prints."""
    if cell is None:
        return None
    if stored.name == "JSON" and isinstance(cell, str):
        return json.loads(cell)
    if isinstance(cell, list):
        inner = stored.children[0][1] if stored.children else stored
        return [plain(item, inner) for item in cell]
    if isinstance(cell, dict):
        types = dict(stored.children)
        value = types.get("value", stored) if stored.id == "map" else stored
        return {str(key): plain(item, types.get(key, value)) for key, item in cell.items()}
    if isinstance(cell, (datetime, date)):
        return datetime_text(_datetime(cell))
    if isinstance(cell, timedelta):
        return timespan_text(cell)
    if isinstance(cell, Decimal):
        return int(cell) if cell == cell.to_integral_value() else float(cell)
    if isinstance(cell, UUID):
        return str(cell)
    return cell


def datetime_text(value: datetime) -> str:
    """As Kusto writes it: seven digits of a second, always UTC."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


def timespan_text(value: timedelta) -> str:
    """As Kusto writes it: ``[-][d.]hh:mm:ss[.fffffff]``."""
    sign, value = ("-", -value) if value < timedelta() else ("", value)
    hours, rest = divmod(value.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    days = f"{value.days}." if value.days else ""
    fraction = f".{value.microseconds:06}0" if value.microseconds else ""
    return f"{sign}{days}{hours:02}:{minutes:02}:{seconds:02}{fraction}"


def _string(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool) or not isinstance(cell, (int, float, UUID, Decimal)):
        raise TypeError
    return str(cell)


def _integer(cell: object) -> int:
    if not isinstance(cell, (bool, int, float, Decimal)) or cell != int(cell):
        raise TypeError
    return int(cell)


def _real(cell: object) -> float:
    if not isinstance(cell, (bool, int, float, Decimal)):
        raise TypeError
    return float(cell)


def _decimal(cell: object) -> Decimal:
    if not isinstance(cell, (bool, int, float, Decimal)):
        raise TypeError
    return Decimal(str(cell)) if isinstance(cell, float) else Decimal(cell)


def _bool(cell: object) -> bool:
    if not isinstance(cell, (bool, int)):
        raise TypeError
    return bool(cell)


def _datetime(cell: object) -> datetime:
    if isinstance(cell, str):
        cell = datetime.fromisoformat(cell)
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=UTC) if cell.tzinfo is None else cell.astimezone(UTC)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day, tzinfo=UTC)
    raise TypeError


def _timespan(cell: object) -> timedelta:
    if not isinstance(cell, timedelta):
        raise TypeError
    return cell


def _guid(cell: object) -> UUID:
    if not isinstance(cell, (str, UUID)):
        raise TypeError
    return cell if isinstance(cell, UUID) else UUID(cell)


def _dynamic(cell: object) -> object:
    return cell


_READ: Mapping[str, Callable[[object], object]] = {
    "bool": _bool,
    "datetime": _datetime,
    "decimal": _decimal,
    "dynamic": _dynamic,
    "guid": _guid,
    "int": _integer,
    "long": _integer,
    "real": _real,
    "string": _string,
    "timespan": _timespan,
}
