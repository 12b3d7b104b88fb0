"""What of a query is code: comments and strings are blanked, and nothing moves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.query_text import code_of, split_parameters


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("a // b\nc", "a     \nc"),
        ("a 'b' c", "a     c"),
        ('a "b\\"c" d', "a        d"),
        ("a 'b\\'c' d", "a        d"),
        (r"a @'b\' c", "a        c".replace("        ", "       ")),
        ('a @"b""c" d', "a         d"),
        ("a h'secret' b", "a           b"),
        ('a "http://x" b', "a            b"),
        ("a // it's\nb", "a        \nb"),
        ("a ```b\n'c``` d", "a     \n      d"),
        ("a 'never closed\nb", "a              \nb"),
        ("hash('x')", "hash(   )"),
    ],
)
def test_comments_and_strings_are_blanked(query: str, code: str) -> None:
    assert code_of(query) == code


@given(st.text(alphabet="ab'\"\\@h/`~\n *"))
def test_nothing_moves(query: str) -> None:
    code = code_of(query)
    assert len(code) == len(query)
    assert all(new in {old, " "} for old, new in zip(query, code, strict=True))
    assert [at for at, each in enumerate(code) if each == "\n"] == [
        at for at, each in enumerate(query) if each == "\n"
    ]


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("", []),
        ("a:string", ["a:string"]),
        ("a:string, b:int = 7", ["a:string", " b:int = 7"]),
        ("T:(x:long, y:long), n:int", ["T:(x:long, y:long)", " n:int"]),
        ("a:dynamic = dynamic([1, 2])", ["a:dynamic = dynamic([1, 2])"]),
        ('a:string = "x, (y", b:int', ['a:string = "x, (y"', " b:int"]),
        (r"a:string = 'it\'s, so', b:int", [r"a:string = 'it\'s, so'", " b:int"]),
        ("a:string,, b:int", ["a:string", " b:int"]),
    ],
)
def test_a_comma_that_separates_nothing_does_not_cut_a_parameter(
    written: str, parts: list[str]
) -> None:
    assert split_parameters(written) == parts
