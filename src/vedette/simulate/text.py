"""Cells as the text that an alert shows: what Kusto's ``tostring()`` makes of them.

The trap: Python's own spelling differs for almost every type (``None``, ``1 day, 2:00:00``,
``2026-01-02 03:04:05+00:00``), and a test that expects Python's would be green only here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal


def cell_text(value: object) -> str:
    """``value`` (see ``engine.base.Rows``) as text; null is the empty string."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "True" if value else "False"
        case float():
            return _real(value)
        case Decimal():
            return format(value.normalize(), "f")
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"
        case timedelta():
            return _timespan(value)
        case dict() | list() | tuple():
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=cell_text)
        case _:
            return str(value)


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """The values that are not empty, each once, in their order."""
    return tuple(dict.fromkeys(value for value in values if value))


def cut(text: str, limit: int) -> str:
    """The longest beginning of ``text`` that takes at most ``limit`` bytes in UTF-8."""
    raw = text.encode("utf-8", errors="surrogatepass")
    return text if len(raw) <= limit else raw[:limit].decode("utf-8", errors="ignore")


def _real(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _timespan(value: timedelta) -> str:
    """``[-][d.]hh:mm:ss[.fffffff]``, Kusto's and .NET's own form."""
    sign = "-" if value < timedelta(0) else ""
    value = abs(value)
    hours, rest = divmod(value.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    days = f"{value.days}." if value.days else ""
    fraction = f".{value.microseconds:06d}0" if value.microseconds else ""
    return f"{sign}{days}{hours:02d}:{minutes:02d}:{seconds:02d}{fraction}"
