"""Datetimes and timespans as people write them in cases.

The trap: ``-2h`` is a moment in a datetime column and a length in a timespan column; only the
column's type tells which.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_RELATIVE = re.compile(r"([+-])((?:\d+[dhms])+)")
_PART = re.compile(r"(\d+)([dhms])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_CLOCK = re.compile(r"(-?)(?:(\d+)\.)?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?")


def parse_moment(text: str, now: datetime) -> datetime | None:
    """``text`` as an aware UTC datetime: ``now``, ``-1d12h``, ``+5m``, or ISO 8601.

    ISO without a zone is UTC, as in Kusto; digits beyond the microsecond are cut. None for
    anything else.
    """
    text = text.strip()
    if text == "now":
        return now
    if (relative := _RELATIVE.fullmatch(text)) is not None:
        length = _length(relative[2])
        if length is None:
            return None
        try:
            return now - length if relative[1] == "-" else now + length
        except OverflowError:
            return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_span(text: str) -> timedelta | None:
    """``text`` as a timespan: ``1d12h``, ``-5m``, or Kusto's own ``[-][d.]hh:mm:ss[.fffffff]``."""
    text = text.strip()
    if (clock := _CLOCK.fullmatch(text)) is not None:
        sign, days, hours, minutes, seconds, fraction = clock.groups()
        if int(hours) > 23 or int(minutes) > 59 or int(seconds or 0) > 59:
            return None
        try:
            length = timedelta(
                days=int(days or 0),
                hours=int(hours),
                minutes=int(minutes),
                seconds=int(seconds or 0),
                microseconds=int(fraction.ljust(6, "0")[:6]) if fraction else 0,
            )
        except OverflowError:
            return None
        return -length if sign else length
    negative = text.startswith("-")
    digits = text.removeprefix("-").removeprefix("+")
    if not re.fullmatch(r"(?:\d+[dhms])+", digits):
        return None
    parsed = _length(digits)
    return -parsed if negative and parsed is not None else parsed


def _length(text: str) -> timedelta | None:
    try:
        return timedelta(**_amounts(text))
    except OverflowError:
        return None


def _amounts(text: str) -> dict[str, int]:
    amounts: dict[str, int] = {}
    for digits, unit in _PART.findall(text):
        amounts[_UNITS[unit]] = amounts.get(_UNITS[unit], 0) + int(digits)
    return amounts
