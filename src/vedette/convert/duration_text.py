"""Durations as people write them in a detection: ``5m``, ``1h``, ``14d``."""

from __future__ import annotations

from datetime import timedelta

from vedette.model.durations import iso_duration, parse_duration

_UNITS = ((timedelta(days=1), "d"), (timedelta(hours=1), "h"), (timedelta(minutes=1), "m"))


def written_duration(value: object) -> object:
    """``PT1H`` as ``1h`` and ``PT90M`` as ``90m``; what is no duration is returned as it is.

    Seconds have no short form, and zero none that says its unit; both stay ISO 8601.
    """
    duration = parse_duration(value) if isinstance(value, str) else None
    if duration is None or duration == timedelta.max:
        return value
    for unit, letter in _UNITS:
        if duration and not duration % unit:
            return f"{duration // unit}{letter}"
    return iso_duration(duration)
