"""Bytes → text: every encoding that is not UTF-8 is named at its place, nothing else is lost."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.text import decode, forbidden_characters, position_of
from vedette.model.yaml import parse

PATH = PurePosixPath("x.yaml")


@pytest.mark.parametrize(
    "raw", [b"a: \xc3\xbc\n", b"\xef\xbb\xbfa: \xc3\xbc\n", b"\xef\xbb\xbfa: \xc3\xbc\r\n"]
)
def test_utf8_is_read_with_and_without_a_mark(raw: bytes) -> None:
    assert decode(raw, PATH) == ("a: ü\n", [])


@pytest.mark.parametrize(
    ("raw", "place", "message"),
    [
        ("a: 1".encode("utf-16"), "x.yaml:1:1", "the file is encoded as UTF-16"),
        ("a: 1".encode("utf-16-be"), None, ""),
        (b"\xfe\xff\x00a", "x.yaml:1:1", "the file is encoded as UTF-16"),
        (b"\xc3\xbc: 1\r\nb: \xe9t\xe9\n", "x.yaml:2:4", "the byte 0xE9 is not valid UTF-8"),
        (b"\xef\xbb\xbf\xff", "x.yaml:1:1", "the byte 0xFF is not valid UTF-8"),
        (b"a: \xc3", "x.yaml:1:4", "the byte 0xC3 is not valid UTF-8"),
    ],
)
def test_other_encodings_are_named(raw: bytes, place: str | None, message: str) -> None:
    text, findings = decode(raw, PATH)
    if place is None:  # UTF-16 without a mark is valid UTF-8, full of NUL characters
        assert text is not None
        assert parse(text, PATH)[1][0].id == "bad-character"
        return
    assert text is None
    assert [(str(each.location), each.id, each.message) for each in findings] == [
        (place, "bad-encoding", message)
    ]


def test_text_is_read_up_to_the_limit() -> None:
    limit = 1024 * 1024
    assert decode(b"a" * limit, PATH, limit=limit)[1] == []
    text, findings = decode(b"a" * (limit + 1), PATH, limit=limit)
    assert text is None
    assert [(str(each.location), each.id, each.message) for each in findings] == [
        ("x.yaml:1:1", "file-too-large", "the file is larger than 1 MB")
    ]
    assert decode(b"a" * (limit + 1), PATH, limit=None)[1] == []


def test_at_most_ten_bad_characters_are_named() -> None:
    assert len(forbidden_characters("\0" * 50, PATH)) == 10
    assert forbidden_characters("a\tb\n\u00a0\ufeff😀", PATH) == []


@given(st.text(alphabet="a\nü😀"), st.integers(0, 20))
def test_positions_count_lines_and_code_points(text: str, index: int) -> None:
    index = min(index, len(text))
    line, column = position_of(text, index)
    lines = text.split("\n")
    assert sum(len(each) + 1 for each in lines[: line - 1]) + column - 1 == index


@given(st.binary())
def test_no_bytes_raise(raw: bytes) -> None:
    text, findings = decode(raw, PATH)
    if text is None:
        assert findings
    else:
        parse(text, PATH)
