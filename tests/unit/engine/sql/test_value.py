"""What breaks: a constant or a name is written in SQL so that it means something else."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.engine.database import Database
from vedette.engine.sql import value as values
from vedette.engine.sql.value import Value

MOMENT = datetime.fromisoformat("2026-01-02T03:04:05.000006")


@pytest.fixture(scope="module")
def database() -> Database:
    return Database.open()


@settings(deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_a_string_comes_back_as_it_is(database: Database, text: str) -> None:
    assert database.execute(f"SELECT {values.string(text).sql}") == [(text,)]


@settings(deadline=None)
@given(name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_a_name_comes_back_as_it_is(database: Database, name: str) -> None:
    ident = values.identifier(name)
    sql = " ".join(("SELECT", ident, "FROM (SELECT 1 AS", ident, ")"))
    assert database.execute(sql) == [(1,)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (values.integer(-(2**63) + 1), -(2**63) + 1),
        (values.real(-0.5), -0.5),
        (values.real(math.inf), math.inf),
        (values.decimal(Decimal("1.25")), Decimal("1.25")),
        (values.boolean(False), False),
        (values.moment(MOMENT), MOMENT),
        (values.dynamic({"a": ["'", '"', None]}), '{"a":["\'","\\"",null]}'),
        (values.null("long"), None),
        (values.null("string"), ""),
    ],
)
def test_constants_come_back(database: Database, value: Value, expected: object) -> None:
    assert database.execute(f"SELECT {value.sql}") == [(expected,)]
    # In the middle of an expression too.
    assert database.execute(f"SELECT ({value.sql} IS NULL) = ({value.sql} IS NULL)") == [(True,)]


def test_only_strings_and_known_values_are_never_null() -> None:
    assert Value("x", "string").never_null
    assert values.integer(1).never_null
    assert not Value("x", "long").never_null
    assert not values.null("long").never_null


def test_what_a_text_says_is_no_window_and_no_parameter() -> None:
    assert values.has_window("sum(x) OVER (ORDER BY y)")
    assert not values.has_window("(x || ' OVER (')")
    assert not values.has_window('" OVER ("')
    assert values.names_parameter("x < $kqlnow", "kqlnow")
    assert not values.names_parameter("x = 'it''s $kqlnow'", "kqlnow")
