"""Durations and times as the service writes them.

The trap: clients spell one duration in several ways (the SDK sends ``PT01H00M00S``), the service
answers with the shortest (``PT1H``): whoever compares text sees differences that are none.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

#: Where counted time begins.
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_DURATION = re.compile(
    r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?",
    re.ASCII,
)
_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,7}))?(Z|[+-]\d{2}:\d{2})",
    re.ASCII | re.IGNORECASE,
)


def parse_duration(text: str) -> timedelta:
    """Read ``PT1H``, ``P1DT2H``, ``PT01H00M00S``; raises ValueError for anything else.

    Years, months and weeks are refused: their length is not fixed, or .NET does not read them.
    """
    match = _DURATION.fullmatch(text)
    parts = (
        {name: int(value) for name, value in match.groupdict().items() if value} if match else {}
    )
    if not parts or text.endswith("T"):
        msg = f"{text!r} is not an ISO 8601 duration of days, hours, minutes and seconds"
        raise ValueError(msg)
    try:
        return timedelta(**parts)
    except OverflowError as error:
        msg = f"{text!r} is out of range"
        raise ValueError(msg) from error


def format_duration(value: timedelta) -> str:
    """The shortest spelling, as the service answers: ``PT1H``, ``P1DT2H``, ``PT0S``."""
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    clock = "".join(f"{number}{unit}" for number, unit in parts if number)
    days = f"{value.days}D" if value.days else ""
    return f"P{days}T{clock}" if clock else (f"P{days}" if days else "PT0S")


def parse_time(text: str) -> datetime:
    """Read an ISO 8601 time with its zone, as aware UTC; raises ValueError, also without a zone.

    Digits beyond the microsecond, of which the service writes one, are cut.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        msg = f"{text!r} is not an ISO 8601 time with a time zone, such as 2026-11-02T12:00:00Z"
        raise ValueError(msg)
    body, fraction, zone = match.groups()
    micros = (fraction or "0").ljust(6, "0")[:6]
    offset = "+00:00" if zone in "Zz" else zone
    try:
        return datetime.fromisoformat(f"{body}.{micros}{offset}").astimezone(UTC)
    except OverflowError as error:
        msg = f"{text!r} is out of range"
        raise ValueError(msg) from error


def format_time(value: datetime) -> str:
    """``2026-11-02T12:00:00Z``, with microseconds only where there are any."""
    return value.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def when(value: datetime) -> str:
    """For people to read: ``2026-11-02 12:00 UTC``, with seconds only where there are any."""
    moment = value.astimezone(UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC" if moment.second else "%Y-%m-%d %H:%M UTC")
