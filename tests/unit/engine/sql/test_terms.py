"""What breaks: ``has`` finds a part of a term, or misses a whole one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.engine.database import Database
from vedette.engine.sql import terms
from vedette.engine.sql import value as values
from vedette.engine.sql.runtime import SCHEMA, called_macros, definition


@pytest.fixture(scope="module")
def database() -> Database:
    opened = Database.open()
    opened.execute(SCHEMA)
    for name in called_macros("kql.has( kql.has_term("):
        opened.execute(definition(name))
    return opened


def has(database: Database, text: str, term: str) -> bool:
    sql = terms.has(values.string(text), [term], cased=False, lead=True, trail=True)
    return database.execute(f"SELECT {sql}") == [(True,)]


@pytest.mark.parametrize(
    ("text", "term", "found"),
    [
        ("alpha beta", "BETA", True),
        ("alphabeta", "beta", False),
        ("alpha_beta", "beta", True),
        ("alpha-beta.gamma", "beta", True),
        ("größer", "gr", False),
        ("größer kleiner", "KLEINER", True),
        ("Ägypten", "gypten", False),
        ("a=(b)", "(b)", True),
        ("xa=1", "a=1", False),
        ("", "a", False),
        ("abc", "", True),
    ],
)
def test_terms_are_runs_of_letters_and_digits(
    database: Database, text: str, term: str, found: bool
) -> None:
    assert has(database, text, term) is found


@settings(deadline=None)
@given(words=st.lists(st.text("abAB12éß", min_size=1, max_size=4), min_size=1, max_size=4))
def test_a_term_is_found_exactly_where_splitting_finds_it(
    database: Database, words: list[str]
) -> None:
    text = "-".join(words)
    for term in {*words, "a", "1"}:
        whole = {word.casefold() for word in re.split("-", text)}
        if term.isascii() and text.isascii():
            assert has(database, text, term) is (term.casefold() in whole)


def test_a_term_whose_end_python_cannot_judge_is_left_to_the_database() -> None:
    assert terms.plain("dmarc=fail")
    assert not terms.plain("é")
