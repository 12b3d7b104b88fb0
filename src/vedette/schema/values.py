"""Values that stand in several places of a detection file: durations, dates, column names."""

from __future__ import annotations

from vedette.model import limits
from vedette.model.durations import DURATION_PATTERN
from vedette.schema.shapes import Schema, text

_BARE_NUMBER = "give it a unit, as in 5m, 1h or 14d: the service reads a bare 5 as five days"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def duration(description: str) -> Schema:
    """A duration in any of the three forms; its bounds are the loader's part."""
    ids = {"pattern": "bad-duration", "type": "bad-duration", "minLength": "bad-duration"}
    return text(
        description,
        pattern=DURATION_PATTERN,
        expects="a duration such as 5m, 1h, 14d, 01:00:00 or PT1H",
        findings=ids,
        hints={"type": _BARE_NUMBER, "pattern": _BARE_NUMBER},
    )


def column(description: str) -> Schema:
    """The name of a column of the query's result."""
    ids = {"pattern": "bad-column-name", "maxLength": "column-name-too-long"}
    return text(
        description,
        longest=limits.COLUMN_LENGTH,
        pattern=limits.COLUMN_PATTERN,
        expects="a column name (letters, digits and '_', not beginning with a digit)",
        findings=ids,
    )


def day(description: str) -> Schema:
    """A date; whether a calendar has it is the loader's part."""
    ids = {"pattern": "bad-date", "type": "bad-date"}
    return text(description, pattern=_DATE, expects="a date such as 2026-12-31", findings=ids)
