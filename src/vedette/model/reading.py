"""Reads lists of values with their places, and durations within bounds.

The trap: these run on files whose structure is broken. What has the wrong type is skipped, for the
schema has already said so; saying it twice buries the finding that matters.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from vedette.finding import Finding, Level
from vedette.model.document import Document
from vedette.model.durations import parse_duration, short_duration
from vedette.model.shape import items, mapping
from vedette.source import ValuePath

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def value_at(document: Document, path: ValuePath) -> object:
    """The value at ``path``, None where there is none."""
    value = document.data
    for step in path:
        if isinstance(step, int):
            values = items(value)
            value = values[step] if step < len(values) else None
        else:
            value = mapping(value).get(step)
    return value


def texts_at(document: Document, path: ValuePath) -> list[tuple[ValuePath, str]]:
    """The strings of the list at ``path``, each with its own path."""
    return [
        ((*path, index), value)
        for index, value in enumerate(items(value_at(document, path)))
        if isinstance(value, str) and value
    ]


def duration_at(
    document: Document, path: ValuePath, lowest: timedelta, highest: timedelta, finding_id: str
) -> tuple[timedelta | None, list[Finding]]:
    """The duration at ``path``, None if there is none; a finding if it is out of bounds."""
    value = value_at(document, path)
    duration = parse_duration(value) if isinstance(value, str) else None
    if duration is None or lowest <= duration <= highest:
        return duration, []
    message = (
        f"'{path[-1]}' is {value}; it has to be from {short_duration(lowest)} "
        f"to {short_duration(highest)}"
    )
    return duration, [Finding(document.locate(path), finding_id, message)]


def date_at(document: Document, path: ValuePath) -> tuple[date | None, list[Finding]]:
    """The date at ``path``, None if there is none; a finding if no calendar has it."""
    value = value_at(document, path)
    if not isinstance(value, str) or _DATE.fullmatch(value) is None:
        return None, []
    try:
        return date.fromisoformat(value), []
    except ValueError:
        message = f"no calendar has the day {value}"
        return None, [Finding(document.locate(path), "bad-date", message)]


def repeated(document: Document, path: ValuePath) -> list[Finding]:
    """A warning for each string that the list at ``path`` holds a second time."""
    findings: list[Finding] = []
    seen: set[str] = set()
    for at, value in texts_at(document, path):
        if value in seen:
            message = f"'{path[-1]}' lists '{value}' twice"
            place = document.locate(at)
            findings.append(Finding(place, "duplicate-value", message, level=Level.WARNING))
        seen.add(value)
    return findings
