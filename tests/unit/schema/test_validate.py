"""Structure findings: one a slip, in the product's own words, short whatever the value is."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from vedette.model.yaml import parse
from vedette.schema import export
from vedette.schema.shapes import (
    Schema,
    choice,
    forbidden,
    items,
    mapping,
    number,
    optional,
    switch,
    text,
)
from vedette.schema.validate import validate

SCHEMA = mapping(
    "A thing.",
    {
        "text": text("", longest=5, pattern="^[a-z]+$", expects="a word"),
        "free": text(""),
        "maybe": optional(text("")),
        "any": {"type": ["string", "integer"]},
        "grade": choice("", ["High", "Low"], any_case=True),
        "many": choice("", [f"value{n}" for n in range(20)]),
        "maybe-grade": optional(choice("", ["High", "Low"])),
        "list": items("", text(""), fewest=1, most=2),
        "count": number("", 1, 2000),
        "low": {"type": "integer", "minimum": 3},
        "flag": switch(""),
        "inner": mapping("", {"name": text("")}, required=["name"]),
        "open": mapping("", {}, open_keys=True),
        "gone": forbidden("old-key", "'{name}' is gone", hint="drop it", warning=True),
        "unique": {"type": "array", "uniqueItems": True},
        "named": {"type": "object", "propertyNames": {"maxLength": 3}, "maxProperties": 2},
    },
)


@pytest.fixture(autouse=True)
def thing(monkeypatch: pytest.MonkeyPatch) -> None:
    def build() -> Schema:
        return SCHEMA

    monkeypatch.setitem(export.BUILDERS, "thing", build)


def report(written: str) -> list[str]:
    document, findings = parse(written, PurePosixPath("x"))
    assert document is not None
    assert findings == []
    return [str(finding).removeprefix("x:") for finding in validate(document, "thing")]


@pytest.mark.parametrize(
    ("written", "finding"),
    [
        ("text: [a]", "1:7: wrong-type 'text' has to be a word, not a list"),
        ("free: {a: 1}", "1:7: wrong-type 'free' has to be text, not a mapping"),
        ("free: ' '", "1:7: empty-value 'free' is empty"),
        ("free:", "1:6: wrong-type 'free' is empty; it has to be text"),
        (
            "free: 1.10",
            (
                "1:7: wrong-type 'free' has to be text, not the number 1.10 "
                '(put it in quotes: "1.10")'
            ),
        ),
        (
            "free: True",
            "1:7: wrong-type 'free' has to be text, not true (put it in quotes: \"True\")",
        ),
        ("text: 12", "1:7: wrong-type 'text' has to be a word, not the number 12"),
        ("any: []", "1:6: wrong-type 'any' has to be text or a whole number, not a list"),
        (
            "maybe: 1",
            "1:8: wrong-type 'maybe' has to be text, not the number 1 (put it in quotes: \"1\")",
        ),
        ("flag: 'true'", "1:7: wrong-type 'flag' has to be true or false, not text"),
        ("count: 1.5", "1:8: wrong-type 'count' has to be a whole number, not the number 1.5"),
        ("[a]", "1:1: wrong-type 'the file' has to be a mapping, not a list"),
        ("text: A", "1:7: bad-format 'A' is not a word"),
        ("text: ''", "1:7: empty-value 'text' is empty"),
        ('text: "abc\\n"', "1:7: bad-format 'abc' is not a word"),
        ("text: abcdef", "1:7: too-long 'text' has 6 characters; the limit is 5"),
        (
            "grade: Higher",
            (
                "1:8: unknown-value 'Higher' is not a value that 'grade' can have "
                "(did you mean 'High'?)"
            ),
        ),
        (
            "grade: none",
            "1:8: unknown-value 'none' is not a value that 'grade' can have (one of High, Low)",
        ),
        (
            "maybe-grade: none",
            (
                "1:14: unknown-value 'none' is not a value that 'maybe-grade' "
                "can have (one of High, Low)"
            ),
        ),
        ("grade: HIGH", "1:8: wrong-case 'HIGH' is spelt 'High'"),
        ("many: zzz", "1:7: unknown-value 'zzz' is not a value that 'many' can have"),
        ("list: []", "1:7: too-few 'list' is empty"),
        ("list: [a, b, c]", "1:7: too-many 'list' has 3 entries; the limit is 2"),
        (
            "list: [a, 1.5]",
            (
                "1:11: wrong-type 'list[1]' has to be text, not the number 1.5 "
                '(put it in quotes: "1.5")'
            ),
        ),
        ("count: 0", "1:8: out-of-range 'count' is 0; it has to be from 1 to 2,000"),
        ("count: 2001", "1:8: out-of-range 'count' is 2001; it has to be from 1 to 2,000"),
        ("low: 2", "1:6: out-of-range 'low' is 2; it has to be at least 3"),
        ("inner: {}", "1:8: missing-key the key 'name' is missing"),
        ("inner: {name: a, nam: b}", "1:18: unknown-key unknown key 'nam' (did you mean 'name'?)"),
        ("zzz: 1", "1:1: unknown-key unknown key 'zzz'"),
        ("gone: 1", "1:1: old-key 'gone' is gone (drop it)"),
        ("unique: [1, 1]", "1:9: duplicate-value 'unique' names the same value twice"),
        ("named: {abcd: 1}", "1:9: too-long 'abcd' has 4 characters; the limit is 3"),
        ("named: {a: 1, b: 1, c: 1}", "1:8: too-many 'named' has 3 entries; the limit is 2"),
    ],
)
def test_each_slip_is_one_sentence(written: str, finding: str) -> None:
    assert report(written) == [finding]


@pytest.mark.parametrize(
    "written",
    ["text: abcde", "maybe:", "maybe-grade:", "grade: Low", "count: 2.0", "open: {x: 1}", "{}"],
)
def test_what_is_right_is_no_finding(written: str) -> None:
    assert report(written) == []


def test_everything_is_reported_at_once_in_the_order_of_the_file() -> None:
    found = report("zzz: 1\ninner: {b: 1}\ntext: A B C D\n")
    assert [each.split()[:2] for each in found] == [
        ["1:1:", "unknown-key"],
        ["2:8:", "missing-key"],
        ["2:9:", "unknown-key"],
        ["3:7:", "bad-format"],
        ["3:7:", "too-long"],
    ]


def test_a_value_is_shown_short_and_on_one_line() -> None:
    finding = report("text: |\n  " + "no\n  word " * 200)[0]
    assert finding == "1:7: bad-format 'no word no word no word no word no word…' is not a word"


def test_an_unknown_schema_is_the_callers_mistake() -> None:
    document, _ = parse("a: 1", PurePosixPath("x"))
    assert document is not None
    with pytest.raises(KeyError):
        validate(document, "none")
