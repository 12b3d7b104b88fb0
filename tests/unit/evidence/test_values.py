"""What breaks when a value of a case becomes another value, or a wrong one is let through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from vedette.evidence.values import Mismatch, typed_text, typed_value
from vedette.schema.types import SCALAR_TYPES

NOW = datetime(2026, 10, 6, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("type_name", "value", "typed"),
    [
        ("string", "4624", "4624"),
        ("string", "", ""),
        ("bool", False, False),
        ("int", 2**31 - 1, 2**31 - 1),
        ("long", -(2**63), -(2**63)),
        ("real", 3, 3.0),
        ("decimal", "1.10", Decimal("1.10")),
        ("decimal", 1.1, Decimal("1.1")),
        ("datetime", "-2h", datetime(2026, 10, 6, 7, tzinfo=UTC)),
        ("timespan", "-2h", timedelta(hours=-2)),
        ("guid", "74BE27DE-1e4e-49d9-b579-fe0b331d3642", UUID("74be27de1e4e49d9b579fe0b331d3642")),
        ("dynamic", {"a": [1]}, {"a": [1]}),
        ("dynamic", '{"a": [1]}', {"a": [1]}),
        ("dynamic", "[1, 2]", [1, 2]),
        ("dynamic", "just text", "just text"),
        ("dynamic", 5, 5),
    ],
)
def test_a_value_is_another(type_name: str, value: object, typed: object) -> None:
    result = typed_value(value, type_name, NOW)
    assert result == typed
    assert type(result) is type(typed)


@pytest.mark.parametrize(
    ("type_name", "value", "reason"),
    [
        ("string", 4624, "is not text: 4624"),
        ("string", True, "is not text: true"),
        ("string", {"a": 1}, "is structured data in a string column"),
        ("bool", "true", 'is not true or false: "true"'),
        ("bool", 1, "is not true or false: 1"),
        ("int", "5", 'is not a whole number: "5"'),
        ("int", 5.0, "is not a whole number: 5.0"),
        ("int", True, "is not a whole number: true"),
        ("int", 2**31, "does not fit into int: 2147483648"),
        ("long", 2**63, "does not fit into long: 9223372036854775808"),
        ("real", "1.5", 'is not a number: "1.5"'),
        ("decimal", "one", 'is not a number: "one"'),
        ("datetime", "yesterday", 'is not a date and time: "yesterday"'),
        ("datetime", 20261006, "is not a date and time: 20261006"),
        ("timespan", 5, "is not a timespan: 5"),
        ("guid", "4624", 'is not a guid: "4624"'),
        ("guid", 4624, "is not a guid: 4624"),
    ],
)
def test_a_wrong_value_is_let_through(type_name: str, value: object, reason: str) -> None:
    mismatch = typed_value(value, type_name, NOW)
    assert isinstance(mismatch, Mismatch)
    assert mismatch.reason == reason


@pytest.mark.parametrize("type_name", sorted(SCALAR_TYPES))
def test_null_is_refused(type_name: str) -> None:
    assert typed_value(None, type_name, NOW) is None
    assert typed_text("", type_name, NOW) is None


@pytest.mark.parametrize(
    ("type_name", "text", "typed"),
    [
        ("string", "4624", "4624"),
        ("bool", "True", True),
        ("int", "5", 5),
        ("long", "-7", -7),
        ("real", "1.5", 1.5),
        ("decimal", "1.10", Decimal("1.10")),
        ("datetime", "-2h", datetime(2026, 10, 6, 7, tzinfo=UTC)),
        ("dynamic", "[1]", [1]),
    ],
)
def test_a_cell_of_a_csv_file_is_another(type_name: str, text: str, typed: object) -> None:
    assert typed_text(text, type_name, NOW) == typed


@pytest.mark.parametrize(
    ("type_name", "text"), [("int", "5.5"), ("long", "many"), ("real", "x"), ("bool", "yes")]
)
def test_a_wrong_cell_of_a_csv_file_is_let_through(type_name: str, text: str) -> None:
    assert isinstance(typed_text(text, type_name, NOW), Mismatch)
