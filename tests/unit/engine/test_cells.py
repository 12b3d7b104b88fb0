"""What breaks: a result's value has the type that DuckDB chose, not the one that the query has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from vedette.engine.cells import reader
from vedette.engine.database import Database
from vedette.errors import EngineError
from vedette.schema.types import Column

GUID = "74be27de-1e4e-49d9-b579-fe0b331d3642"


def read(sql: str, type_: str) -> object:
    """The one cell of ``SELECT sql`` as a value of the Kusto type."""
    with Database.open() as database, database.cursor() as cursor:
        result = cursor.query(f"SELECT {sql}")
    return reader(Column("C", type_), result.types[0])(result.rows[0][0])


@pytest.mark.parametrize(
    ("sql", "type_", "value"),
    [
        ("'a'", "string", "a"),
        ("NULL", "string", ""),
        ("NULL::VARCHAR", "string", ""),
        ("""'"a"'::JSON""", "string", "a"),
        ("NULL", "long", None),
        ("12::HUGEINT", "long", 12),
        ("12.0::DOUBLE", "long", 12),
        ("'5'::JSON", "long", 5),
        ("7::INTEGER", "real", 7.0),
        ("1.5::DECIMAL(38,9)", "real", 1.5),
        ("0.1::DOUBLE", "decimal", Decimal("0.1")),
        ("1.50::DECIMAL(38,9)", "decimal", Decimal("1.5")),
        ("1", "bool", True),
        ("'false'::JSON", "bool", False),
        ("TIMESTAMP '2026-10-06 09:00:00'", "datetime", datetime(2026, 10, 6, 9, tzinfo=UTC)),
        ("DATE '2026-10-06'", "datetime", datetime(2026, 10, 6, tzinfo=UTC)),
        ("TIMESTAMPTZ '2026-10-06 09:00:00+02'", "datetime", datetime(2026, 10, 6, 7, tzinfo=UTC)),
        ("INTERVAL 90 MINUTE", "timespan", timedelta(minutes=90)),
        (f"'{GUID}'::UUID", "guid", UUID(GUID)),
        (f"'{GUID}'", "guid", UUID(GUID)),
        ("""'{"a": [1, "b", null]}'::JSON""", "dynamic", {"a": [1, "b", None]}),
        ("'null'::JSON", "dynamic", None),
        ("""'"text"'::JSON""", "dynamic", "text"),
        ("'text'", "dynamic", "text"),
        ("['a', NULL]", "dynamic", ["a", None]),
        ("""['{"a":1}'::JSON]""", "dynamic", [{"a": 1}]),
        ("{'a': 1, 'b': '[2]'::JSON}", "dynamic", {"a": 1, "b": [2]}),
        ("MAP {'a': TIMESTAMP '2026-10-06'}", "dynamic", {"a": "2026-10-06T00:00:00.0000000Z"}),
        ("[INTERVAL 26 HOUR]", "dynamic", ["1.02:00:00"]),
        ("[1.5::DECIMAL(9,2), 2::DECIMAL(9,2)]", "dynamic", [1.5, 2]),
    ],
)
def test_a_cell_becomes_what_the_query_says_it_is(sql: str, type_: str, value: object) -> None:
    got = read(sql, type_)
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(
    ("sql", "type_"),
    [("'a'", "long"), ("1.5", "long"), ("'a'", "timespan"), ("'a'", "guid"), ("true", "string")],
)
def test_a_cell_that_cannot_be_of_the_type_is_an_error(sql: str, type_: str) -> None:
    with pytest.raises(EngineError, match=f"column C: .* is no {type_}"):
        read(sql, type_)
