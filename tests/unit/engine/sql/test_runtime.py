"""What breaks: a macro takes a column for its own variable, or calls one that is not there."""

from __future__ import annotations

import re

import pytest

from vedette.engine.database import Database
from vedette.engine.sql.runtime import MACROS, SCHEMA, called_macros, definition

NAMES = {signature.partition("(")[0]: signature for signature in MACROS}
#: One macro whose lambdas use these names; the argument is a column of the same name.
CAPTURES = [
    ("kql.index_of({0}, 'b', 0, -1, 1)", "s", 1),
    ("kql.replace_strings({0}, ['\"a\"'::JSON], ['\"x\"'::JSON])", "p", "xbc"),
    ("kql.code_points({0})::VARCHAR", "i", "[97,98,99]"),
    ("kql.xxhash64(hex(encode({0})))", "h", 4952883123889572249),
    ("kql.parse_csv({0})::VARCHAR", "f", '["abc"]'),
]


def test_every_macro_can_be_defined_and_calls_only_what_there_is() -> None:
    for name in NAMES:
        called = set(re.findall(r"kql\.(\w+)\(", MACROS[NAMES[name]]))
        assert called <= NAMES.keys(), name
    with Database.open() as database:
        database.execute(SCHEMA)
        everything = " ".join(f"kql.{name}(" for name in NAMES)
        for name in called_macros(everything):
            database.execute(definition(name))


def test_a_macro_is_defined_after_those_that_it_calls() -> None:
    ordered = called_macros("SELECT kql.parse_xml('<e/>')")
    for place, name in enumerate(ordered):
        called = set(re.findall(r"kql\.(\w+)\(", MACROS[NAMES[name]]))
        assert called <= {*ordered[:place]}, name
    assert ordered[-1] == "parse_xml"


@pytest.mark.parametrize(("call", "column", "expected"), CAPTURES)
def test_a_column_is_not_taken_for_a_variable_of_the_macro(
    call: str, column: str, expected: object
) -> None:
    sql = call.format(f'"{column}"')
    with Database.open() as database:
        database.execute(SCHEMA)
        for name in called_macros(sql):
            database.execute(definition(name))
        row = f"(SELECT 'abc' AS \"{column}\")"
        found = database.execute(" ".join(("SELECT", sql, "FROM", row)))
    assert found == [(expected,)]


def test_no_variable_has_the_name_of_a_parameter() -> None:
    # DuckDB would put the argument where the variable is declared.
    for signature, body in MACROS.items():
        parameters = set(re.findall(r"\w+", signature.partition("(")[2]))
        outside = re.sub(r"'(?:[^']|'')*'", "''", body)
        listed = re.findall(r"\blambda\s+([\w\s,]+):", outside)
        variables = {name.strip() for names in listed for name in names.split(",")}
        assert not parameters & variables, signature
