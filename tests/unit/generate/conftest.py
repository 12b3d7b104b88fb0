"""A small mailbox, generated once for all tests that only read it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from vedette.generate.campaigns.truth import Campaign
from vedette.generate.event import Event
from vedette.generate.mailbox import Day, Size, days_of

START = datetime(2026, 9, 7, tzinfo=UTC)
SIZE = Size(users=40, days=6, seed=3, start=START)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """All days of ``SIZE``, and the same by table."""

    days: list[Day]
    tables: dict[str, list[Event]]
    campaigns: list[Campaign]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The table's events as a reader of the file has them."""
        return [json.loads(event.line()) for event in self.tables.get(table, [])]


@pytest.fixture(scope="session")
def mailbox() -> Mailbox:
    """The mailbox of ``SIZE``: to read, not to change."""
    days = list(days_of(SIZE))
    tables: dict[str, list[Event]] = {}
    for day in days:
        for event in day.events:
            tables.setdefault(event.table, []).append(event)
    return Mailbox(days, tables, [each for day in days for each in day.campaigns])
