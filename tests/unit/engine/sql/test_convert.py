"""What breaks: a conversion fails the query, or gives a string null."""

from __future__ import annotations

import pytest

from vedette.engine.database import Database
from vedette.engine.sql import value as values
from vedette.engine.sql.convert import converted
from vedette.engine.sql.runtime import SCHEMA, called_macros, definition
from vedette.engine.sql.value import SQL_TYPES, Value

TEXTS = ("", "1", "-2.75", "0x1F", "true", "2026-01-02", "01:02:03", "nonsense", "1e999", "null")
TYPES = tuple(SQL_TYPES)


@pytest.fixture(scope="module")
def database() -> Database:
    return Database.open()


def outcome(database: Database, value: Value) -> object:
    database.execute(SCHEMA)
    for name in called_macros(value.sql):
        database.execute(definition(name))
    return database.execute(f"SELECT {value.sql}")[0][0]


@pytest.mark.parametrize("type_", TYPES)
def test_no_text_fails_to_become_a_value_or_null(database: Database, type_: str) -> None:
    for text in TEXTS:
        for source in (Value(f"'{text}'", "string"), Value(f"to_json('{text}')", "dynamic")):
            made = converted(source, type_)
            assert made is not None
            assert made.type == type_
            found = outcome(database, made)
            assert found == text if type_ == "string" else True


@pytest.mark.parametrize("type_", [each for each in TYPES if each != "string"])
def test_null_stays_null_and_is_an_empty_string(database: Database, type_: str) -> None:
    null = Value(values.null(type_).sql, type_)
    text = converted(null, "string")
    assert text is not None
    assert outcome(database, text) == ""
    dynamic = converted(null, "dynamic")
    assert dynamic is not None
    assert outcome(database, dynamic) is None


def test_what_kusto_does_not_convert_is_none() -> None:
    assert converted(Value("x", "guid"), "long") is None
    assert converted(Value("x", "bool"), "datetime") is None


def test_constants_stay_constants() -> None:
    number = converted(values.integer(7), "string")
    assert number is not None
    assert number.text == "7"
    real = converted(values.integer(7), "real")
    assert real is not None
    assert real.constant == 7.0
