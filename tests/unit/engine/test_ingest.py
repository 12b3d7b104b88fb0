"""What breaks: a value is stored as something else than what its column holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.engine.cells import timespan_text
from vedette.engine.ingest import ValueMismatchError, parse_timespan, store
from vedette.schema.types import SCALAR_TYPES, Column

#: As DuckDB keeps it: UTC without saying so.
NINE = datetime(2026, 10, 6, 9, tzinfo=UTC).replace(tzinfo=None)
GUID = "74be27de-1e4e-49d9-b579-fe0b331d3642"


@pytest.mark.parametrize(
    ("type_", "value", "stored"),
    [
        ("string", "a", "a"),
        ("string", "", ""),
        ("string", None, ""),
        ("bool", False, False),
        ("long", 2**40, 2**40),
        ("long", 5.0, 5),
        ("int", -(2**31), -(2**31)),
        ("real", 1, 1.0),
        ("decimal", 0.1, "0.1"),
        ("decimal", Decimal("1E+2"), "100"),
        ("datetime", "2026-10-06T09:00:00Z", NINE),
        ("datetime", "2026-10-06T11:00:00+02:00", NINE),
        ("datetime", "2026-10-06 09:00:00", NINE),
        ("datetime", "2026-10-06T09:00:00.1234567Z", NINE.replace(microsecond=123456)),
        ("datetime", datetime(2026, 10, 6, 9, tzinfo=UTC), NINE),
        ("timespan", "1.02:03:04.5", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ("timespan", timedelta(minutes=5), timedelta(minutes=5)),
        ("guid", GUID.upper(), GUID),
        ("guid", UUID(GUID), GUID),
        ("dynamic", {"a": [1, None, "ü"]}, '{"a": [1, null, "ü"]}'),
        ("dynamic", "text", '"text"'),
    ],
)
def test_a_value_of_the_type_is_stored(type_: str, value: object, stored: object) -> None:
    assert store(Column("C", type_), value) == stored


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("string", 88213),
        ("string", True),
        ("string", {"DMARC": "fail"}),
        ("bool", 1),
        ("bool", "true"),
        ("long", "5"),
        ("long", 1.5),
        ("long", True),
        ("long", 2**63),
        ("long", float("nan")),
        ("long", float("inf")),
        ("int", 2**31),
        ("real", "1.5"),
        ("real", False),
        ("decimal", "much"),
        ("datetime", "yesterday"),
        ("datetime", 1791277200),
        ("timespan", "soon"),
        ("timespan", 5),
        ("guid", "not-a-guid"),
        ("dynamic", float("nan")),
        ("dynamic", {"a": object()}),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(type_: str, value: object) -> None:
    column = Column("Wanted", type_)
    with pytest.raises(ValueMismatchError, match=f"^Wanted is an? {type_} column and cannot hold"):
        store(column, value)


def test_only_a_string_has_no_null() -> None:
    for type_ in sorted(SCALAR_TYPES - {"string"}):
        assert store(Column("C", type_), None) is None


@given(st.timedeltas(timedelta(days=-9000), timedelta(days=9000)))
def test_a_timespan_that_kusto_prints_is_read_back(span: timedelta) -> None:
    assert parse_timespan(timespan_text(span)) == span


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2h", timedelta(hours=2)),
        ("90s", timedelta(seconds=90)),
        ("1.5d", timedelta(hours=36)),
        ("10ms", timedelta(milliseconds=10)),
        ("-5m", timedelta(minutes=-5)),
        ("00:05", timedelta(minutes=5)),
    ],
)
def test_timespan_literals(text: str, span: timedelta) -> None:
    assert parse_timespan(text) == span
