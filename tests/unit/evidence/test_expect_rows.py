"""What breaks when a difference is missed, or is told so that nobody finds the slip."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from vedette.engine.base import Rows
from vedette.evidence.expect_rows import row_differences
from vedette.model.case import Expectation
from vedette.schema.types import Column

NOW = datetime(2026, 10, 6, 9, tzinfo=UTC)
COLUMNS = (Column("User", "string"), Column("Count", "long"), Column("At", "datetime"))


def _rows(*rows: tuple[object, ...]) -> Rows:
    return Rows(COLUMNS, tuple((*row, None, None)[:3] for row in rows))


def _diff(
    expected: int | Sequence[dict[str, object]], rows: Rows, *, ordered: bool = False
) -> list[str]:
    expect = (
        Expectation(row_count=expected)
        if isinstance(expected, int)
        else Expectation(rows=tuple(expected))
    )
    return list(row_differences(expect, rows, NOW, ordered=ordered))


def test_rows_that_are_as_expected_differ() -> None:
    rows = _rows(("ana", 1), ("ben", 2))
    assert _diff(2, rows) == []
    assert _diff([{"User": "ben"}, {"Count": 1}], rows) == []
    assert row_differences(Expectation(), rows, NOW, ordered=True) == ()


def test_a_wrong_count_shows_no_rows() -> None:
    assert _diff(0, _rows(("ana", 1), ("", None))) == [
        "rows: expected 0, got 2",
        'row 1 was not expected: {User: "ana", Count: 1}',
        "row 2 was not expected: {}",
    ]
    assert _diff(1, _rows()) == ["rows: expected 1, got 0"]


def test_many_unexpected_rows_fill_the_screen() -> None:
    lines = _diff(0, _rows(*((f"user-{index}", index) for index in range(40))))
    assert len(lines) == 7
    assert lines[-1] == "and 35 more"


def test_a_missing_row_does_not_name_the_nearest_and_its_differences() -> None:
    rows = _rows(("ana", 1, NOW), ("ben", 2, NOW))
    wanted: list[dict[str, object]] = [{"User": "ben", "Count": 3, "At": "-1h"}, {"User": "ana"}]
    assert _diff(wanted, rows) == [
        'expected row 1 is missing: {User: "ben", Count: 3, At: -1h (2026-10-06T08:00:00Z)}',
        "  nearest is row 2:",
        "    Count: expected 3, got 2",
        "    At: expected -1h (2026-10-06T08:00:00Z), got 2026-10-06T09:00:00Z",
        'row 2 was not expected: {User: "ben", Count: 2, At: 2026-10-06T09:00:00Z}',
    ]


def test_a_row_is_matched_twice() -> None:
    assert _diff([{"User": "ana"}, {"User": "ana"}], _rows(("ana", 1))) == [
        "rows: expected 2, got 1",
        'expected row 2 is missing: {User: "ana"}',
        "  nearest is row 1:",
        "    which another expected row has matched already",
    ]


def test_a_row_more_than_expected_passes() -> None:
    assert _diff([{"User": "ana"}], _rows(("ana", 1), ("ben", 2))) == [
        "rows: expected 1, got 2",
        'row 2 was not expected: {User: "ben"}',
    ]


def test_no_rows_have_a_nearest() -> None:
    assert _diff([{"User": "ana"}], _rows()) == [
        "rows: expected 1, got 0",
        'expected row 1 is missing: {User: "ana"}',
    ]


def test_the_order_of_a_query_that_sorts_does_not_count() -> None:
    rows = _rows(("ana", 1), ("ben", 2))
    wanted: list[dict[str, object]] = [{"User": "ben"}, {"User": "ana"}]
    assert _diff(wanted, rows) == []
    assert _diff(wanted, rows, ordered=True) == [
        "the query sorts its rows, and they come in another order:",
        '  row 1: expected {User: "ben"}',
        '  got {User: "ana"}',
    ]
    assert _diff(wanted[::-1], rows, ordered=True) == []


def test_rows_that_fit_in_their_order_are_told_to_be_in_another() -> None:
    # The first expectation fits both rows: the pairing may cross, the order is right all the same.
    rows = _rows(("ana", 1), ("ana", 2))
    assert _diff([{"User": "ana"}, {"User": "ana", "Count": 2}], rows, ordered=True) == []
