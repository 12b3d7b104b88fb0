"""What breaks when equal values are told apart, or different ones are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from vedette.evidence.cells import cell_matches, same_text, show

NOW = datetime(2026, 10, 6, 9, tzinfo=UTC)
GUID = "74be27de-1e4e-49d9-b579-fe0b331d3642"


@pytest.mark.parametrize(
    ("type_name", "expected", "got", "matches"),
    [
        ("datetime", "-40m", datetime(2026, 10, 6, 8, 20, tzinfo=UTC), True),
        ("datetime", "2026-10-06T10:20:00+02:00", datetime(2026, 10, 6, 8, 20, tzinfo=UTC), True),
        ("datetime", "-41m", datetime(2026, 10, 6, 8, 20, tzinfo=UTC), False),
        ("datetime", None, datetime(2026, 10, 6, tzinfo=UTC), False),
        ("datetime", None, None, True),
        ("long", 140, 140, True),
        ("long", 140.0, 140, True),
        ("long", 140, 141, False),
        ("long", 2**53, 2**53 + 1, False),
        ("long", 1, True, False),
        ("bool", True, 1, False),
        ("bool", True, True, True),
        ("bool", False, None, False),
        ("real", 0.3, 0.1 + 0.2, True),
        ("real", 0.3, 0.31, False),
        ("decimal", "1.10", Decimal("1.1"), True),
        ("decimal", 1.1, Decimal("1.1"), True),
        ("string", "a", "a", True),
        ("string", "a", "A", False),
        ("string", None, "", True),
        ("string", "", None, True),
        ("string", "", "a", False),
        ("string", 5, "5", False),
        ("guid", GUID.upper(), UUID(GUID), True),
        ("timespan", "1d", timedelta(days=1), True),
        ("timespan", "1.00:00:00", timedelta(days=1), True),
        ("dynamic", {"a": 1, "b": [2]}, {"b": [2.0], "a": 1}, True),
        ("dynamic", '{"a":1}', {"a": 1}, True),
        ("dynamic", "true", "true", True),
        ("dynamic", [1, 2], [2, 1], False),
        ("dynamic", [1], [True], False),
        ("dynamic", {"a": None}, {}, False),
    ],
)
def test_a_cell_is_compared_by_its_spelling(
    type_name: str, expected: object, got: object, matches: bool
) -> None:
    assert cell_matches(expected, got, type_name, NOW) is matches


@pytest.mark.parametrize(
    ("expected", "got", "same"),
    [
        ("a", "a", True),
        ("a", "A", False),
        ("true", "True", True),
        ("True", "False", False),
        ("-40m", "2026-10-06T08:20:00.0000000Z", True),
        ("2026-10-06T08:20:00Z", "2026-10-06T08:20:00.0000000Z", True),
        ("-40m", "-40m", True),
        ("140", "140", True),
        ("", "now", False),
    ],
)
def test_a_text_of_an_alert_is_compared_by_its_spelling(
    expected: str, got: str, same: bool
) -> None:
    assert same_text(expected, got, NOW) is same


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ("a\n'b'", "\"a\\n'b'\""),
        ("-40m", "-40m (2026-10-06T08:20:00Z)"),
        ("-40x", '"-40x"'),
        (datetime(2026, 10, 6, 8, 20, tzinfo=UTC), "2026-10-06T08:20:00Z"),
        (timedelta(hours=1), "01:00:00"),
        ({"ä": [None]}, '{"ä": [null]}'),
        ("x" * 200, '"' + "x" * 118 + "…"),
    ],
)
def test_a_value_is_shown_as_python_writes_it(value: object, text: str) -> None:
    assert show(value, NOW) == text
