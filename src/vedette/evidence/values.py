"""Values as they are written in a case, into the Python values of their Kusto type.

The trap: YAML has its own idea of a type. ``4624`` in a string column and ``1.10`` in a version are
numbers before anybody sees them, so a value of the wrong type is refused, not converted: the
author would otherwise test against text that no log ever held.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

from vedette.evidence.moments import parse_moment, parse_span

_INT_RANGE = range(-(2**31), 2**31)
_LONG_RANGE = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why a value is not of its column's type, as the end of a sentence, and what to do."""

    reason: str
    hint: str


def typed_value(value: object, type_name: str, now: datetime) -> object:
    """``value`` as the Python value of ``type_name`` (see ``engine.base.Rows``), or a ``Mismatch``.

    None is null in every type.
    """
    if value is None:
        return None
    return _READERS[type_name](value, now)


def typed_text(text: str, type_name: str, now: datetime) -> object:
    """A CSV cell as the value of ``type_name``, or a ``Mismatch``; an empty cell is null."""
    if not text:
        return None
    if type_name == "bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if type_name in ("int", "long", "real"):
        number = _number(text, whole=type_name != "real")
        return typed_value(text if number is None else number, type_name, now)
    return typed_value(text, type_name, now)


def _number(text: str, *, whole: bool) -> int | float | None:
    try:
        return int(text) if whole else float(text)
    except ValueError:
        return None


def _string(value: object, _now: datetime) -> object:
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return Mismatch("is structured data in a string column", "write it as JSON text in quotes")
    return Mismatch(f"is not text: {_shown(value)}", "put it in quotes")


def _bool(value: object, _now: datetime) -> object:
    return value if isinstance(value, bool) else _wrong(value, "true or false")


def _whole(within: range, name: str) -> Callable[[object, datetime], object]:
    def read(value: object, _now: datetime) -> object:
        if isinstance(value, bool) or not isinstance(value, int):
            return _wrong(value, "a whole number")
        if value not in within:
            return Mismatch(f"does not fit into {name}: {value}", f"use {name}'s range")
        return value

    return read


def _real(value: object, _now: datetime) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _wrong(value, "a number")
    return float(value)


def _decimal(value: object, _now: datetime) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return _wrong(value, "a number")
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return _wrong(value, "a number")


def _datetime(value: object, now: datetime) -> object:
    moment = parse_moment(value, now) if isinstance(value, str) else None
    if moment is None:
        return _wrong(value, "a date and time", "write it like 2026-11-02T12:00:00Z, now or -1d12h")
    return moment


def _timespan(value: object, _now: datetime) -> object:
    span = parse_span(value) if isinstance(value, str) else None
    if span is None:
        return _wrong(value, "a timespan", "write it like 1d12h or 1.12:00:00")
    return span


def _guid(value: object, _now: datetime) -> object:
    try:
        return UUID(value) if isinstance(value, str) else _wrong(value, "a guid")
    except ValueError:
        return _wrong(value, "a guid", "write it like 74be27de-1e4e-49d9-b579-fe0b331d3642")


def _dynamic(value: object, _now: datetime) -> object:
    """JSON data; text is read as JSON where it is JSON, and is a string of its own elsewhere."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _wrong(value: object, wanted: str, hint: str = "") -> Mismatch:
    return Mismatch(f"is not {wanted}: {_shown(value)}", hint)


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


_READERS: Mapping[str, Callable[[object, datetime], object]] = {
    "bool": _bool,
    "datetime": _datetime,
    "decimal": _decimal,
    "dynamic": _dynamic,
    "guid": _guid,
    "int": _whole(_INT_RANGE, "int"),
    "long": _whole(_LONG_RANGE, "long"),
    "real": _real,
    "string": _string,
    "timespan": _timespan,
}
