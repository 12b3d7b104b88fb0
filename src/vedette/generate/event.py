"""One event of a table, and when the workspace received it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from vedette.generate.assumptions import LATE_INGESTION, USUAL_INGESTION
from vedette.generate.stream import later


@dataclass(frozen=True, slots=True)
class Event:
    """``values``: JSON values by column, without TimeGenerated. Times are aware, UTC."""

    table: str
    time: datetime
    ingested: datetime
    values: Mapping[str, object]

    def record(self) -> dict[str, object]:
        """The event as the workspace takes it: with its two times, as ISO 8601 text."""
        return {
            "TimeGenerated": iso(self.time),
            **self.values,
            "_IngestionTime": iso(self.ingested),
        }

    def line(self) -> str:
        """The record as one line of JSON, without the line's end."""
        return compact(self.record())


def iso(moment: datetime) -> str:
    """``2026-10-05T06:00:00Z``."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def compact(value: object) -> str:
    """JSON without spaces, as the service's own columns hold it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def event(rng: Random, table: str, time: datetime, values: Mapping[str, object]) -> Event:
    """The event, ingested some minutes later; one in fifty after hours, as in a real workspace."""
    chance = rng.random()
    for share, least, most in LATE_INGESTION:
        if chance < share:
            return Event(table, time, later(rng, time, least, most), values)
    return Event(table, time, later(rng, time, *USUAL_INGESTION), values)
