"""Durations as ISO 8601: what is sent, and what any spelling of it means.

The trap: ``PT1H``, ``PT01H00M00S`` and ``PT60M`` are one duration, and clients and service write
all three; whoever compares the text plans a change on every run.
"""

from __future__ import annotations

import re
from datetime import timedelta

_FORM = re.compile(
    r"P(?!$)(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)(?:\.0+)?S)?)?"
)


def iso8601(duration: timedelta) -> str:
    """The shortest spelling: ``PT5M``, ``P1DT2H``, ``PT0S``; whole seconds, not negative."""
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    clock = "".join(f"{number}{unit}" for number, unit in parts if number)
    days = f"{duration.days}D" if duration.days else ""
    if not days and not clock:
        return "PT0S"
    return f"P{days}T{clock}" if clock else f"P{days}"


def parse_iso8601(text: str) -> timedelta | None:
    """The duration that ``text`` spells, or None: years and months have no fixed length."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    parts = {unit: int(number) for unit, number in match.groupdict().items() if number}
    try:
        return timedelta(**parts)
    except OverflowError:
        return None


def same_spelling(value: object) -> object:
    """``value`` in the shortest spelling if it is a duration, else as it is."""
    duration = parse_iso8601(value) if isinstance(value, str) else None
    return value if duration is None else iso8601(duration)
