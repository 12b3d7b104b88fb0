"""An offset in a value → the place in the file, for every way of writing a scalar."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from vedette.model.document import Document
from vedette.model.scalar import index_in
from vedette.model.yaml import parse

PATH = PurePosixPath("x.yaml")


def read(text: str) -> Document:
    document, findings = parse(text, PATH)
    assert findings == []
    assert document is not None
    return document


def written_at(document: Document, offset: int) -> str:
    """What stands in the file where the value's character at ``offset`` is said to be."""
    index = index_in(document.text, document.scalars["q",], offset)
    return document.text[index : index + 1]


@pytest.mark.parametrize(
    ("text", "word", "place"),
    [
        ("q: |\n  one\n  two three\n", "three", "3:7"),
        ("q: |\n  one\n    two\n", "two", "3:5"),
        ("q: |2\n     one\n  two\n", "one", "2:6"),
        ("q: |-\n\n\n  one\n", "one", "4:3"),
        ("q: | # note\n  one\n\n  two\n", "two", "4:3"),
        ("a:\n- q: |+\n      one\n      two\n\n", "two", "4:7"),
        ("q: |\n  x\tone\n", "one", "2:5"),
        ("q: |\n  ü😀 one\n", "one", "2:6"),
        ("q: one two\n", "two", "1:8"),
        ("q: one\n   two\n", "two", "2:4"),
        ("q: one\n\n\n   two\n", "two", "4:4"),
        ("q: 'it''s one'\n", "one", "1:11"),
        ("q: '''one'''\n", "one", "1:7"),
        ("q: 'x\n  one'\n", "one", "2:3"),
        ('q: "\\t\\x41\\u0042 one"\n', "one", "1:18"),
        ('q: "x\\\n   one"\n', "one", "2:4"),
        ('q: "x\n\n   one"\n', "one", "3:4"),
        ("q: >\n  x\n  one\n", "one", "3:3"),
        ("q: >\n  x\n\n    y\n  one\n", "one", "5:3"),
        ("q: >-\n\n  one\n", "one", "3:3"),
        ("{q: one, b: 2}\n", "one", "1:5"),
    ],
)
def test_a_word_is_found_where_it_stands(text: str, word: str, place: str) -> None:
    document = read(text)
    path = next(path for path in document.scalars if path[-1] == "q")
    offset = document.scalars[path].value.index(word)
    assert str(document.locate_in(path, offset)) == f"x.yaml:{place}"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("q: |\n  one\n\nb: 2\n", "2:6"),
        ("q: |-\n  one\nb: 2\n", "2:6"),
        ("q: one\nb: 2\n", "1:7"),
        ("q: 'one'\n", "1:8"),
        ('q: "one"\n', "1:8"),
        ("q: ''\n", "1:5"),
    ],
)
def test_the_end_is_behind_the_last_character(text: str, place: str) -> None:
    document = read(text)
    value = document.scalars["q",].value
    at = [str(document.locate_in(("q",), offset)) for offset in (len(value), len(value) + 9)]
    assert at == [f"x.yaml:{place}"] * 2
    assert document.locate_in(("q",), -1) == document.locate_in(("q",), 0)


def test_what_is_no_scalar_is_located_as_a_whole() -> None:
    document = read("a: 1\nq: [1]\n")
    assert document.locate_in(("q",), 5) == document.locate(("q",))
    assert document.locate_in(("none",), 5) == document.locate(())
    assert document.written(("a",)) == "1"
    assert document.written(("q",)) is None


lines = st.text(alphabet="ab '\"\\#:|😀é-\t", max_size=12)


@given(st.lists(lines, min_size=1, max_size=6))
@example(["", "a"])
def test_literal_blocks_are_exact(written: list[str]) -> None:
    value = "\n".join([*written, "end"])
    document = read("q: |2\n" + "\n".join(f"  {line}" for line in [*written, "end"]))
    assert document.data == {"q": value}
    for offset, character in enumerate(value):
        assert written_at(document, offset) == character


@given(st.text(alphabet="ab '\"\\#:|😀é-"))
def test_single_quotes_are_exact(value: str) -> None:
    document = read("q: '" + value.replace("'", "''") + "'\n")
    assert document.data == {"q": value}
    for offset, character in enumerate(value):
        assert written_at(document, offset) == character


@given(st.text(), st.booleans())
def test_double_quotes_are_exact_up_to_escapes(value: str, is_plain: bool) -> None:
    width = 10_000
    text = yaml.safe_dump({"q": value}, default_style='"', width=width, allow_unicode=is_plain)
    document = read(text)
    assert document.data == {"q": value}
    for offset, character in enumerate(value):
        assert written_at(document, offset) in {character, "\\"}


@given(
    st.sampled_from([">", "|", "'", '"', None]),
    st.text(alphabet="ab \n'\"\\#:-é", max_size=80),
    st.integers(-5, 100),
)
def test_no_offset_leaves_the_scalar(style: str | None, value: str, offset: int) -> None:
    text = yaml.safe_dump({"q": value, "z": 1}, default_style=style, width=20)
    document = read(text)
    scalar = next(each for path, each in document.scalars.items() if path == ("q",))
    assert scalar.value == value
    assert scalar.start <= index_in(document.text, scalar, offset) <= scalar.end


@given(st.sampled_from([">", "'", None]), st.lists(st.sampled_from(["ab", "c", "de"]), min_size=1))
def test_folded_words_are_found(style: str | None, words: list[str]) -> None:
    value = " ".join(words)
    document = read(yaml.safe_dump({"q": value}, default_style=style, width=8))
    for offset, character in enumerate(value):
        if character != " ":
            assert written_at(document, offset) == character
