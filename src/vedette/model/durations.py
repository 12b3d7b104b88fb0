"""Durations as detections write them: ``5m``, ``1h``, ``14d``; ``01:00:00``; ``PT1H``.

The trap: a bare number. The service's template reader takes ``5`` for .NET's TimeSpan "5", which
is five days, so a number without a unit is refused here rather than guessed at.
"""

from __future__ import annotations

import re
from datetime import timedelta

#: All three forms, and nothing else; what matches can be parsed. Also the pattern of the schema.
DURATION_PATTERN = (
    r"^(?:[0-9]+[mhd]"
    r"|(?:[0-9]+\.)?(?:[01]?[0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9])?"
    r"|P(?=[0-9T])(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?)?"
    r"|P[0-9]+W)$"
)

_DURATION = re.compile(DURATION_PATTERN.removesuffix("$"))
_SHORT = re.compile(r"([0-9]+)([mhd])")
_TIMESPAN = re.compile(r"(?:([0-9]+)\.)?([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_ISO = re.compile(r"P(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)S)?)?")
_WEEKS = re.compile(r"P([0-9]+)W")

_UNITS = {"m": 60, "h": 3600, "d": 86400}

#: More digits than any duration has; ``int`` and ``timedelta`` themselves refuse beyond theirs.
_MAX_DIGITS = 9


def parse_duration(text: str) -> timedelta | None:
    """The duration, ``timedelta.max`` for one too long to hold; None for any other text."""
    if _DURATION.fullmatch(text) is None:
        return None
    if max(len(digits) for digits in re.findall("[0-9]+", text)) > _MAX_DIGITS:
        return timedelta.max
    if short := _SHORT.fullmatch(text):
        return timedelta(seconds=int(short[1]) * _UNITS[short[2]])
    if weeks := _WEEKS.fullmatch(text):
        return timedelta(weeks=int(weeks[1]))
    parts = _TIMESPAN.fullmatch(text) or _ISO.fullmatch(text)
    if parts is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def iso_duration(duration: timedelta) -> str:
    """ISO 8601 as the API takes it: ``PT1H``, ``P1DT2H``, ``PT0S``; whole seconds, not negative."""
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    time = "".join(f"{count}{unit}" for count, unit in parts if count)
    days = f"{duration.days}D" if duration.days else ""
    if not days and not time:
        return "PT0S"
    return f"P{days}T{time}" if time else f"P{days}"


def short_duration(duration: timedelta) -> str:
    """The form that people write, for messages: ``5m``, ``1h``, ``14d``, else ``1d 2h 30m``."""
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((duration.days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    return " ".join(f"{count}{unit}" for count, unit in parts if count) or "0m"
