"""What an expression compiles to, and how its constants are written in SQL.

The trap: ``Value.sql`` is put into other SQL as it stands, so it must hold together on its own: a
name, a literal, a call or something in parentheses.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

#: Kusto's types as they are computed with (see the package's docstring).
SQL_TYPES: Mapping[str, str] = {
    "bool": "BOOLEAN",
    "datetime": "TIMESTAMP",
    "decimal": "DECIMAL(38,9)",
    "dynamic": "JSON",
    "guid": "UUID",
    "int": "BIGINT",
    "long": "BIGINT",
    "real": "DOUBLE",
    "string": "VARCHAR",
    "timespan": "BIGINT",
}

INTEGERS = frozenset({"int", "long"})
NUMBERS = frozenset({"int", "long", "real", "decimal"})

#: Literals and quoted names in SQL.
_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")

TICKS_PER_MICROSECOND = 10
TICKS_PER_SECOND = 10_000_000


class _Unknown:
    """Stands for the constant of a value that is none."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True, slots=True)
class Value:
    """SQL of a Kusto ``type``.

    ``constant`` is the value where it is known now: str, int, float, bool, Decimal, naive UTC
    datetime, ticks (int) for a timespan, JSON data for a dynamic, None for null.
    """

    sql: str
    type: str
    constant: object = UNKNOWN

    @property
    def known(self) -> bool:
        """True if the value does not depend on a row or a parameter."""
        return self.constant is not UNKNOWN

    @property
    def never_null(self) -> bool:
        """True for strings, which have no null, and for constants other than null."""
        return self.type == "string" or (self.known and self.constant is not None)

    @property
    def text(self) -> str | None:
        """The value of a constant string, None for anything else."""
        return self.constant if self.type == "string" and isinstance(self.constant, str) else None


def has_window(sql: str) -> bool:
    """True if ``sql`` computes a window; a query's own texts may say ``OVER (`` too."""
    return " OVER (" in _QUOTED.sub("''", sql)


def names_parameter(sql: str, name: str) -> bool:
    """True if ``sql`` has the parameter ``$name``; a query's own texts may say that too."""
    return f"${name}" in _QUOTED.sub("''", sql)


def identifier(name: str) -> str:
    """``name`` as a SQL identifier."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def literal(text: str) -> str:
    """``text`` as a SQL string; NUL is spelled out, since it ends the text for some readers."""
    escaped = text.replace("'", "''")
    if "\0" in escaped:
        parts = " || chr(0) || ".join(f"'{part}'" for part in escaped.split("\0"))
        return f"({parts})"
    return f"'{escaped}'"


def null(type_: str) -> Value:
    """The null of a type; a string's is empty."""
    if type_ == "string":
        return string("")
    return Value(f"NULL::{SQL_TYPES[type_]}", type_, None)


def string(text: str) -> Value:
    """A constant string."""
    return Value(literal(text), "string", text)


def integer(number: int, type_: str = "long") -> Value:
    """A constant int, long or timespan (in ticks)."""
    sql = str(number) if number >= 0 else f"({number})"
    # A bare small number is an INTEGER to DuckDB, and computing with it overflows early.
    return Value(f"{sql}::BIGINT", type_, number)


def real(number: float) -> Value:
    """A constant real."""
    text = repr(number) if math.isfinite(number) else f"'{number}'"
    return Value(f"({text})::DOUBLE" if text[0] == "-" else f"{text}::DOUBLE", "real", number)


def decimal(number: Decimal) -> Value:
    """A constant decimal."""
    return Value(f"'{number:f}'::{SQL_TYPES['decimal']}", "decimal", number)


def boolean(value: bool) -> Value:
    """A constant bool."""
    return Value("TRUE" if value else "FALSE", "bool", value)


def moment(value: datetime) -> Value:
    """A constant datetime (naive, UTC)."""
    return Value(f"TIMESTAMP '{value.isoformat(' ')}'", "datetime", value)


def guid(text: str) -> Value:
    """A constant guid in its usual spelling."""
    return Value(f"'{text}'::UUID", "guid", text)


def dynamic(data: object) -> Value:
    """A constant dynamic: JSON data; null is SQL's NULL."""
    if data is None:
        return null("dynamic")
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Value(f"{literal(text)}::JSON", "dynamic", data)
