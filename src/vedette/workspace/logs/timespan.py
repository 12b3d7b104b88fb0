"""The time range beside a query: an ISO 8601 interval over TimeGenerated.

The trap: the SDK sends a duration as seconds with a decimal point (``PT3600.0S``), other clients
``P1D`` or ``PT1H30M``.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from vedette.engine.base import TimeWindow
from vedette.workspace.assumptions import queried_window
from vedette.workspace.iso8601 import parse_time

_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)


def parse_timespan(text: str, now: datetime) -> TimeWindow:
    """``PT1H`` before ``now``, ``start/end``, ``start/duration`` or ``duration/end``.

    Raises ValueError for anything else, and for an end that is before the start.
    """
    first, slash, second = text.strip().partition("/")
    if not slash:
        return _window(now - _duration(first), now)
    if second.startswith("P"):
        start = parse_time(first)
        return _window(start, start + _duration(second))
    end = parse_time(second)
    return _window(end - _duration(first) if first.startswith("P") else parse_time(first), end)


def _window(start: datetime, end: datetime) -> TimeWindow:
    if end < start:
        raise ValueError("it ends before it starts")
    return queried_window(start, end)


def _duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    parts = (
        {name: float(value) for name, value in match.groupdict().items() if value} if match else {}
    )
    if not parts or text.endswith("T"):
        raise ValueError(f"{text!r} is not an ISO 8601 duration")
    try:
        return timedelta(**parts)
    except OverflowError as error:
        raise ValueError(f"{text!r} is out of range") from error
