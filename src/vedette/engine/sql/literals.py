"""Kusto's literals: from the text of a token to a constant.

The trap: a timespan has 100 ns ticks and is kept exactly, a datetime has them too and loses the
last digit, since DuckDB's TIMESTAMP counts microseconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from vedette.engine.sql import value as values
from vedette.engine.sql.value import TICKS_PER_SECOND, Value

_UNIT_TICKS: Mapping[str, int] = {
    **dict.fromkeys(("d", "day", "days"), 864_000_000_000),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 36_000_000_000),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 600_000_000),
    **dict.fromkeys(("s", "sec", "second", "seconds"), TICKS_PER_SECOND),
    **dict.fromkeys(("ms", "milli", "millis", "millisecond", "milliseconds"), 10_000),
    **dict.fromkeys(("micro", "micros", "microsecond", "microseconds"), 10),
    **dict.fromkeys(("nano", "nanos", "nanosecond", "nanoseconds"), 0),
    **dict.fromkeys(("tick", "ticks"), 1),
}
_QUANTITY = re.compile(r"(-?)\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-z]+)", re.IGNORECASE)
_CLOCK = re.compile(r"(-?)(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7})\d*)?)?")
_CALL = re.compile(r"\w+\s*\((.*)\)", re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[0-7]{1,3}|.)", re.DOTALL)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_MOMENT = re.compile(
    r"(\d{1,4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ]\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.:](\d{1,7})\d*)?)?)?"
    r"\s*(Z|[+-]\d{2}(?::?\d{2})?)?",
    re.IGNORECASE,
)
#: ``datetime(2025, 6, 14)``
_LISTED = re.compile(r"\d{4}(?:\s*,\s*\d{1,2}){2,5}")
#: Month first, as Kusto reads it.
_AMERICAN = re.compile(r"(\d{1,2})[-/](\d{1,2})[-/](\d{4})(.*)", re.DOTALL)


def unquoted(text: str) -> str:
    """The value of a string token, in any of Kusto's spellings."""
    text = text.lstrip("hH")
    if text[:3] in {"```", "~~~"}:
        return text[3:-3]
    if text.startswith("@"):
        quote = text[1]
        return text[2:-1].replace(quote * 2, quote)
    return _ESCAPE.sub(_escaped, text[1:-1])


def ticks(text: str) -> int | None:
    """A timespan's ticks: ``5m``, ``1.5h``, ``1.02:03:04.5``, ``3`` (days); None for null.

    Raises ``ValueError`` where the text is none.
    """
    text = text.strip().strip("'\"").strip()
    if text.lower() == "null":
        return None
    quantity = _QUANTITY.fullmatch(text)
    if quantity:
        sign, number, unit = quantity.groups()
        return _signed(sign, int(Decimal(number) * _unit(unit, text)))
    if re.fullmatch(r"-?\d+", text):
        return int(text) * _UNIT_TICKS["d"]
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        raise ValueError(text)
    sign, days, hours, minutes, seconds, fraction = clock.groups()
    whole = (int(days or 0) * 24 + int(hours)) * 60 + int(minutes)
    total = (whole * 60 + int(seconds or 0)) * TICKS_PER_SECOND
    return _signed(sign, total + int((fraction or "").ljust(7, "0")))


def moment(text: str) -> datetime | None:
    """A naive UTC datetime, its seventh digit cut off; None for null, ``ValueError`` for none."""
    text = text.strip().strip("'\"").strip()
    if text.lower() == "null":
        return None
    if _LISTED.fullmatch(text):
        numbers = [int(part) for part in text.split(",")] + [0, 0, 0]
        return _naive(*numbers[:6])
    american = _AMERICAN.fullmatch(text)
    if american:
        month, day, year, rest = american.groups()
        text = f"{year}-{month}-{day}{rest}"
    found = _MOMENT.fullmatch(text)
    if found is None:
        if re.fullmatch(r"\d{4}", text):
            return datetime.fromisoformat(f"{int(text):04}-01-01")
        raise ValueError(text)
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    micro = int((fraction or "").ljust(7, "0")[:6])
    date = (int(year), int(month), int(day))
    clock = (int(hour or 0), int(minute or 0), int(second or 0), micro)
    naive = datetime(*date, *clock, tzinfo=UTC).replace(tzinfo=None)
    if zone is None or zone in "Zz":
        return naive
    digits = zone[1:].replace(":", "")
    offset = f"{zone[0]}{digits[:2]}:{digits[2:]:0>2}"
    aware = datetime.fromisoformat(f"{naive.isoformat()}{offset}")
    return aware.astimezone(UTC).replace(tzinfo=None)


def _naive(year: int, month: int, day: int, hour: int, minute: int, second: int) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC).replace(tzinfo=None)


def constant(kind: str, text: str) -> Value:
    """The value of a literal token; ``ValueError`` where its text is not understood."""
    call = _CALL.fullmatch(text)
    inner = call[1].strip() if call else text
    if inner.lower() == "null" and kind != "StringLiteralExpression":
        return values.null(_TYPES[kind])
    return _READ[kind](inner)


def _signed(sign: str, number: int) -> int:
    return -number if sign else number


def _unit(unit: str, text: str) -> int:
    factor = _UNIT_TICKS.get(unit.lower())
    if not factor:
        raise ValueError(text)
    return factor


def _escaped(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "uUx" and len(code) > 1:
        return chr(int(code[1:], 16))
    if code.isdigit():
        return chr(int(code, 8))
    return _SIMPLE.get(code, code)


def _long(text: str) -> Value:
    return values.integer(int(text, 0) if "x" in text.lower() else int(text))


def _int(text: str) -> Value:
    return values.integer(int(text, 0) if "x" in text.lower() else int(text), "int")


def _real(text: str) -> Value:
    return values.real(float(text))


def _decimal(text: str) -> Value:
    return values.decimal(Decimal(text))


def _bool(text: str) -> Value:
    word = text.lower()
    if word not in {"true", "false", "1", "0"}:
        raise ValueError(text)
    return values.boolean(word in {"true", "1"})


def _timespan(text: str) -> Value:
    number = ticks(text)
    return values.null("timespan") if number is None else values.integer(number, "timespan")


def _datetime(text: str) -> Value:
    value = moment(text)
    return values.null("datetime") if value is None else values.moment(value)


def _guid(text: str) -> Value:
    return values.guid(str(UUID(text.strip("'\""))))


def _string(text: str) -> Value:
    return values.string(unquoted(text))


_TYPES: Mapping[str, str] = {
    "BooleanLiteralExpression": "bool",
    "DateTimeLiteralExpression": "datetime",
    "DecimalLiteralExpression": "decimal",
    "GuidLiteralExpression": "guid",
    "IntLiteralExpression": "int",
    "LongLiteralExpression": "long",
    "NullLiteralExpression": "dynamic",
    "RawGuidLiteralExpression": "guid",
    "RealLiteralExpression": "real",
    "StringLiteralExpression": "string",
    "TimespanLiteralExpression": "timespan",
}
_READ = {
    "BooleanLiteralExpression": _bool,
    "DateTimeLiteralExpression": _datetime,
    "DecimalLiteralExpression": _decimal,
    "GuidLiteralExpression": _guid,
    "IntLiteralExpression": _int,
    "LongLiteralExpression": _long,
    "RawGuidLiteralExpression": _guid,
    "RealLiteralExpression": _real,
    "StringLiteralExpression": _string,
    "TimespanLiteralExpression": _timespan,
}

#: The node kinds that are literals by themselves.
LITERALS = frozenset(_TYPES)
