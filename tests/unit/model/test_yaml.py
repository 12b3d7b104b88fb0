"""Text → document: no text may raise, every slip has its place, every value keeps its own."""

from __future__ import annotations

import math
from pathlib import Path, PurePosixPath

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from vedette.model import compose
from vedette.model.document import Document
from vedette.model.yaml import parse

PATH = PurePosixPath("detections/x.yaml")
MARK = "»"
TABLE = Path(__file__).parents[2] / "cases" / "detection" / "yaml.yaml"

BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{last}'] * 10)}]\n"
    for last, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGE_BOMB = "a: &a {x: 1}\n" + "".join(
    f"{name}: &{name} {{<<: [{','.join([f'*{last}'] * 10)}]}}\n"
    for last, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def read(text: str) -> Document:
    document, findings = parse(text, PATH)
    assert findings == []
    assert document is not None
    return document


def ids(text: str) -> list[str]:
    return [finding.id for finding in parse(text, PATH)[1]]


def bad_texts() -> list[tuple[str, str]]:
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return [(row["finds"], text) for row in table for text in row["texts"]]


@pytest.mark.parametrize(("finding_id", "text"), bad_texts())
def test_each_slip_is_one_finding_at_its_place(finding_id: str, text: str) -> None:
    before = text.partition(MARK)[0] if MARK in text else ""
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    _, findings = parse(text.replace(MARK, ""), PATH)
    assert [(each.id, each.location.line, each.location.column) for each in findings] == [
        (finding_id, line, column)
    ]


@pytest.mark.parametrize(("finding_id", "text"), bad_texts())
def test_the_pure_python_parser_finds_the_same(
    finding_id: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compose, "_LOADER", yaml.BaseLoader)
    assert ids(text.replace(MARK, "")) == [finding_id]


@pytest.mark.skipif(not hasattr(yaml, "CBaseLoader"), reason="PyYAML was built without libyaml")
def test_a_tab_at_the_start_of_a_block_is_named() -> None:
    # PyYAML's own parser takes it as text, so it is not in the table.
    assert [str(each) for each in parse("q: |\n  \tT | take 1\n", PATH)[1]] == [
        "detections/x.yaml:2:3: tab-indent a tab cannot indent YAML (indent with spaces)"
    ]


def test_both_places_of_a_duplicate_key_are_named() -> None:
    document, findings = parse("query: a\nname: b\nquery: c\n", PATH)
    assert str(findings[0]) == (
        "detections/x.yaml:3:1: duplicate-key the key 'query' stands here again; "
        "it is first at 1:1 (keep one of the two)"
    )
    assert document is not None
    assert document.data == {"query": "a", "name": "b"}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("NO", "NO"),
        ("on", "on"),
        ("null", None),
        ("~", None),
        ("", None),
        ("2026-11-02", "2026-11-02"),
        ("2026-11-02T12:00:00Z", "2026-11-02T12:00:00Z"),
        ("1:30:00", "1:30:00"),
        ("01:00:00", "01:00:00"),
        ("-2h", "-2h"),
        ("12", 12),
        ("-7", -7),
        ("007", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("1.10", 1.1),
        ("1.0.0", "1.0.0"),
        ("1e3", 1000.0),
        ("1e", "1e"),
        ("+", "+"),
        (".", "."),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("9" * 401, "9" * 401),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("!!float 12", 12.0),
        ("! 12", "12"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(written: str, value: object) -> None:
    found = read(f"a: {written}\n").data
    assert found == {"a": value}
    assert isinstance(found, dict)
    assert type(found["a"]) is type(value)


def test_keys_are_always_text() -> None:
    assert read("1: a\ntrue: b\n2026-11-02: c\n").data == {"1": "a", "true": "b", "2026-11-02": "c"}


def test_every_key_and_value_has_its_place() -> None:
    document = read("# head\nname: 'é😀' # tail\nlist:\n- {a: 1, b: 2}\n-   x\nempty:\n")
    at = {
        (): "2:1",
        ("name",): "2:7",
        ("list",): "4:1",
        ("list", 0): "4:3",
        ("list", 0, "b"): "4:13",
        ("list", 1): "5:5",
        ("list", 1, "absent"): "5:5",
    }
    assert {path: str(document.locate(path)) for path in at} == {
        path: f"{PATH}:{place}" for path, place in at.items()
    }
    assert str(document.locate_key(("list", 0, "b"))) == f"{PATH}:4:10"
    assert str(document.locate_key(("list", 1))) == f"{PATH}:5:5"
    assert str(document.locate_key(("empty",))) == f"{PATH}:6:1"


def test_columns_count_code_points() -> None:
    assert str(read("{a: 'ü😀', b: 1}\n").locate(("b",))) == f"{PATH}:1:14"


@pytest.mark.parametrize("text", ["\ufeffa: 1\r\nb: 2\r\n", "a: 1\rb: 2\r", "a: 1\nb: 2"])
def test_byte_order_marks_and_line_ends_move_nothing(text: str) -> None:
    document = read(text)
    assert document.data == {"a": 1, "b": 2}
    assert str(document.locate(("b",))) == f"{PATH}:2:4"
    assert str(document.locate_key(("a",))) == f"{PATH}:1:1"


def test_merges_give_way_to_what_is_written() -> None:
    document = read(
        "base: &base {a: 1, b: {deep: 2}}\n"
        "more: &more {b: 3, c: 4}\n"
        "one: {<<: *base, b: 5}\n"
        "two: {b: 6, <<: [*more, *base]}\n"
        "three: {<<: {<<: *base, a: 7}}\n"
        "quoted: {'<<': 8}\n"
    )
    assert isinstance(document.data, dict)
    assert document.data["one"] == {"a": 1, "b": 5}
    assert document.data["two"] == {"a": 1, "b": 6, "c": 4}
    assert document.data["three"] == {"a": 7, "b": {"deep": 2}}
    assert document.data["quoted"] == {"<<": 8}


def test_what_is_merged_or_repeated_keeps_the_place_of_the_anchor() -> None:
    document = read("base: &base {a: 1, b: {deep: 2}}\none: {<<: *base, b: 5}\ntwo: *base\n")
    assert str(document.locate(("one", "a"))) == f"{PATH}:1:17"
    assert str(document.locate_key(("one", "a"))) == f"{PATH}:1:14"
    assert str(document.locate(("one", "b"))) == f"{PATH}:2:21"
    assert ("one", "b", "deep") not in document.values
    assert str(document.locate(("two", "b", "deep"))) == f"{PATH}:1:30"
    assert str(document.locate_key(("two",))) == f"{PATH}:3:1"


@pytest.mark.parametrize("text", [BOMB, MERGE_BOMB])
def test_a_bomb_of_aliases_is_a_finding(text: str) -> None:
    document, findings = parse(text, PATH)
    assert document is None
    assert [each.id for each in findings] == ["too-many-aliases"]


def test_many_honest_merges_are_no_bomb() -> None:
    event = "x-mail: &mail {" + ", ".join(f"C{n}: {n}" for n in range(60)) + "}\n"
    events = "events:\n" + "- {<<: *mail, C0: now}\n" * 500
    data = read(event + events).data
    assert isinstance(data, dict)
    assert len(data["events"]) == 500
    assert data["events"][499]["C0"] == "now"


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 65 + "]" * 65,
        "[" * 5000,
        "\n".join(f"{' ' * depth}a:" for depth in range(70)) + " 1\n",
        "a0: &a0 {x: 1}\n" + "".join(f"a{n + 1}: &a{n + 1} {{x: *a{n}}}\n" for n in range(70)),
    ],
    ids=["flow", "never-closed", "block", "aliases"],
)
def test_depth_is_bounded(text: str) -> None:
    assert set(ids(text)) == {"too-deep"}


def test_depth_below_the_bound_is_read() -> None:
    read("[" * 64 + "]" * 64)


@given(st.text())
@example("a: &a\n- *a\n")
@example("? ? ?")
@example("\ufeff\ufeff")
@example("a: !<tag:yaml.org,2002:int> 0x\n")
def test_no_text_raises(text: str) -> None:
    document, findings = parse(text, PATH)
    assert document is not None or findings
    assert all(finding.location.line >= 1 for finding in findings)


@given(st.text(alphabet="ab:-?[]{},&*!|>'\"%@`#<~ \t\n01.x", max_size=60))
def test_no_text_of_indicators_raises_and_both_parsers_agree(text: str) -> None:
    document, _ = parse(text, PATH)
    original = compose._LOADER
    try:
        compose._LOADER = yaml.BaseLoader
        pure, _ = parse(text, PATH)
    finally:
        compose._LOADER = original
    if document is not None and pure is not None:
        assert repr(document.data) == repr(pure.data)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.text(min_size=1), json_like, min_size=1, max_size=3))
def test_what_pyyaml_writes_is_read_back(data: dict[str, object]) -> None:
    written = yaml.safe_dump(data, allow_unicode=False, default_style='"')
    assert read(written).data == data
