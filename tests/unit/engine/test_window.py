"""What a run sees: by the time of the event or of its ingestion, and not before it was there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from vedette.engine.base import TimeWindow
from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.kql.binder import Binder
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, TableSchema

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MAIL = TableSchema("Mail", (Column("TimeGenerated", "datetime"), Column("Id", "string")), "test")


def _event(name: str, happened: int, ingested: int) -> dict[str, object]:
    return {
        "Id": name,
        "TimeGenerated": NOW + happened * MINUTE,
        "_IngestionTime": NOW + ingested * MINUTE,
    }


@pytest.fixture(scope="module")
def seen() -> Iterator[object]:
    """A function that gives the ids that a window shows."""
    with Binder() as binder:
        catalogue = Catalogue(tables={"Mail": MAIL}, functions={}, watchlists={})
        query = binder.bind("Mail | project Id | sort by Id asc", catalogue)
    with Database.open(None) as database:
        engine = DuckEngine(database)
        events = [
            _event("at the start", -10, -10),
            _event("at the end", 0, 0),
            _event("late", -5, 4),
            _event("too late", -5, 6),
            _event("old and late", -60, -1),
        ]
        engine.load_events(MAIL, events)
        yield lambda window: [row[0] for row in engine.run(query, now=NOW, window=window).rows]


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (TimeWindow(NOW - 10 * MINUTE, NOW), ["at the start", "late", "too late"]),
        (
            TimeWindow(NOW - 10 * MINUTE, NOW, ingested_by=NOW + 5 * MINUTE),
            ["at the start", "late"],
        ),
        (TimeWindow(NOW - 2 * MINUTE, NOW, on_ingestion=True), ["old and late"]),
        (
            TimeWindow(NOW - 10 * MINUTE, NOW + 5 * MINUTE, on_ingestion=True),
            ["at the end", "at the start", "late", "old and late"],
        ),
    ],
)
def test_a_window_shows_other_events(seen: object, window: TimeWindow, expected: list[str]) -> None:
    assert callable(seen)
    assert seen(window) == expected
