"""The time range that a page is asked for: a span before the clock, two times, or all of it.

The trap: an input of the kind datetime-local has no zone and leaves its seconds out. Here it is
always UTC, and the page says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from vedette.engine.base import TimeWindow
from vedette.workspace.iso8601 import format_time, parse_time
from vedette.workspace.logs.timespan import parse_timespan

#: What may be chosen, and how it is called.
SPANS = {
    "PT1H": "Last hour",
    "PT4H": "Last 4 hours",
    "P1D": "Last 24 hours",
    "P3D": "Last 3 days",
    "P7D": "Last 7 days",
    "P30D": "Last 30 days",
    "all": "All time",
    "custom": "From … to …",
}
_LOCAL = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(:\d{2}(?:\.\d{1,6})?)?)?Z?")


@dataclass(frozen=True, slots=True)
class TimeRange:
    """``span`` is a key of ``SPANS``; ``start`` and ``end`` are texts for the form's inputs.

    ``window`` is None for all time; ``problem`` says what is wrong with what was given.
    """

    span: str
    window: TimeWindow | None = None
    start: str = ""
    end: str = ""
    problem: str = ""

    @property
    def arguments(self) -> tuple[tuple[str, str], ...]:
        """What an address needs to ask for this range again."""
        times = (("from", self.start), ("to", self.end)) if self.span == "custom" else ()
        return (("range", self.span), *times)


def time_range(given: Mapping[str, str], now: datetime, default: str) -> TimeRange:
    """The range that ``range``, ``from`` and ``to`` ask for; ``default`` if they ask for none.

    Times count with ``custom`` or by themselves. Beside another choice they are left from before.
    """
    span, start, end = (given.get(name, "").strip() for name in ("range", "from", "to"))
    if span == "custom" or ((start or end) and not span):
        return _between(start, end, now)
    if span not in SPANS:
        span = default
    window = None if span == "all" else parse_timespan(span, now)
    return TimeRange(span, window, start, end)


def _between(start: str, end: str, now: datetime) -> TimeRange:
    try:
        first = _time(start) if start else datetime.min.replace(tzinfo=now.tzinfo)
        last = _time(end) if end else now
        if last < first:
            raise ValueError("The range ends before it starts.")
    except ValueError as error:
        return TimeRange("custom", None, start, end, str(error))
    window = parse_timespan(f"{format_time(first)}/{format_time(last)}", now)
    return TimeRange("custom", window, start, end)


def _time(text: str) -> datetime:
    found = _LOCAL.fullmatch(text)
    if found is None:
        raise ValueError(f"'{text}' is not a time such as 2026-11-02T12:00 (in UTC).")
    day, minute, second = found.groups()
    try:
        return parse_time(f"{day}T{minute or '00:00'}{second or ':00'}Z")
    except ValueError:
        raise ValueError(f"'{text}' is not a time that there is.") from None
