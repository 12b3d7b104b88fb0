"""What breaks when a cell is written otherwise than Kusto's tostring() writes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from vedette.simulate.text import cell_text, cut, distinct

EAST = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        ("", ""),
        ("<b>", "<b>"),
        (True, "True"),
        (False, "False"),
        (0, "0"),
        (-7, "-7"),
        (1.0, "1.0"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e300, "1e+300"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (Decimal("1.50"), "1.5"),
        (Decimal(100), "100"),
        (datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC), "2026-01-02T03:04:05.6780000Z"),
        (datetime(2026, 1, 2, 3, tzinfo=EAST), "2026-01-02T01:00:00.0000000Z"),
        (timedelta(days=1, hours=2), "1.02:00:00"),
        (timedelta(seconds=100, milliseconds=500), "00:01:40.5000000"),
        (-timedelta(hours=1), "-01:00:00"),
        (timedelta(0), "00:00:00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ({"a": [1, "ü"], "b": None}, '{"a":[1,"ü"],"b":null}'),
        ([], "[]"),
    ],
)
def test_a_cell_is_written_as_python_writes_it(cell: object, text: str) -> None:
    assert cell_text(cell) == text


def test_empty_or_repeated_values_are_kept() -> None:
    assert distinct(["b", "", "a", "b"]) == ("b", "a")


@pytest.mark.parametrize(("limit", "left"), [(0, ""), (1, "a"), (2, "a"), (3, "aü"), (9, "aüz")])
def test_text_is_cut_within_a_character(limit: int, left: str) -> None:
    assert cut("aüz", limit) == left
