"""JSONL text: one object a line, and what is said of anything else."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.jsonl_text import parse_jsonl

PATH = PurePosixPath("detections/email/clicks.jsonl")


def test_values_keep_their_json_types() -> None:
    line = '{"s": "1", "i": 1, "f": 1.5, "b": true, "n": null, "d": {"a": [1]}}'
    events, findings = parse_jsonl(f"\n{line}\n\n{{}}\n", PATH)
    assert findings == []
    assert events.rows == (
        {"s": "1", "i": 1, "f": 1.5, "b": True, "n": None, "d": {"a": [1]}},
        {},
    )
    assert events.lines == (2, 4)


def test_a_line_separator_inside_a_string_is_no_line_end() -> None:
    events, findings = parse_jsonl('{"a": "x\u2028y"}\n', PATH)
    assert findings == []
    assert events.rows == ({"a": "x\u2028y"},)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"a": 1', "2:8: bad-jsonl not JSON"),
        ('{"a": 1} {"b": 2}', "2:10: bad-jsonl not JSON"),
        ("[1]", "2:1: bad-jsonl the line holds an array"),
        ("null", "2:1: bad-jsonl the line holds null"),
        ("true", "2:1: bad-jsonl the line holds a boolean"),
        ("17", "2:1: bad-jsonl the line holds a number"),
        ('"x"', "2:1: bad-jsonl the line holds a string"),
        ('{"a": NaN}', "2:1: bad-jsonl not JSON: NaN"),
        ('{"a": -Infinity}', "2:1: bad-jsonl not JSON: -Infinity"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "2:1: duplicate-key the key 'c'"),
        ('{"a":' * 200_000, "2:1: bad-jsonl the value is nested too deeply"),
        ('{"a": 1' + "0" * 5000 + "}", "2:1: bad-jsonl not JSON"),
    ],
)
def test_a_bad_line_is_reported_and_the_others_are_kept(line: str, expected: str) -> None:
    events, findings = parse_jsonl(f'{{"a": 0}}\n{line}\n{{"a": 2}}', PATH)
    assert [str(finding)[: len(f"{PATH}:{expected}")] for finding in findings] == [
        f"{PATH}:{expected}"
    ]
    assert events.rows == ({"a": 0}, {"a": 2})
    assert events.lines == (1, 3)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3)
    ),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.text(max_size=5), _JSON, max_size=4), max_size=5), st.booleans())
def test_what_json_writes_is_read_back(objects: list[dict[str, object]], ascii_only: bool) -> None:
    text = "\n".join(json.dumps(item, ensure_ascii=ascii_only) for item in objects)
    events, findings = parse_jsonl(text, PATH)
    assert findings == []
    assert list(events.rows) == objects


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    events, findings = parse_jsonl(text, PATH)
    filled = [line for line in text.split("\n") if line.strip()]
    assert len(events.rows) + len(findings) == len(filled)
