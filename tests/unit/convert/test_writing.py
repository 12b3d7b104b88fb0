"""What is written is read back as the same value, under a name that every file system has."""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.convert.conftest import HARD_TEXTS

from vedette.convert.content import Content, Form
from vedette.convert.duration_text import written_duration
from vedette.convert.naming import Names
from vedette.convert.search_content import search_content
from vedette.convert.template_expression import UNKNOWN, Scope, evaluate, is_unknown
from vedette.convert.verify import load_text
from vedette.convert.watchlist_content import csv_text, merged_csv
from vedette.convert.yaml_text import flow, mapping_text
from vedette.model.yaml import parse

TEXTS = st.text(st.characters(codec="utf-8"), max_size=80)
KEYS = st.from_regex(r"[A-Za-z][\w.-]{0,12}", fullmatch=True).filter(str.isascii)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
def test_what_is_written_is_what_is_read(values: dict[str, object]) -> None:
    document, findings = parse(mapping_text(values), PurePosixPath("x.yaml"))
    assert document is not None, findings
    assert document.data == values


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=4))
def test_what_is_written_on_one_line_is_what_is_read(values: dict[str, object]) -> None:
    document, findings = parse(f"x: {flow(values)}\n", PurePosixPath("x.yaml"))
    assert document is not None, findings
    assert document.data == {"x": values}


@pytest.mark.parametrize("text", [*HARD_TEXTS.values(), "yes", "12:30:00", "2026-01-01", "0o17"])
def test_a_parser_of_yaml_1_1_reads_the_same_text(text: str) -> None:
    """Other tools read these files with such a parser."""
    try:
        assert yaml.safe_load(mapping_text({"x": text})) == {"x": text}
    except yaml.YAMLError:
        # It takes no character beyond the first plane that is written as it is.
        assert any(ord(character) > 0xFFFF for character in text)


@pytest.mark.parametrize(
    ("iso", "written"),
    [
        ("PT5M", "5m"),
        ("PT01H00M00S", "1h"),
        ("PT90M", "90m"),
        ("P1DT2H", "26h"),
        ("P14D", "14d"),
        ("PT30S", "PT30S"),
        ("PT0S", "PT0S"),
        ("whatever", "whatever"),
        (None, None),
    ],
)
def test_durations_are_written_as_people_do(iso: object, written: object) -> None:
    assert written_duration(iso) == written


@given(st.lists(TEXTS, min_size=1, max_size=12))
def test_file_names_are_unique_and_fit_every_file_system(names: list[str]) -> None:
    given_out = Names(["taken"])
    stems = [given_out.kebab(name, str(index)) for index, name in enumerate([*names, "Taken"])]
    assert len({stem.casefold() for stem in [*stems, "taken"]}) == len(stems) + 1
    for stem in stems:
        assert stem.isascii()
        assert 0 < len(stem) < 100
        assert not PureWindowsPath(f"{stem}.yaml").is_reserved()
        assert not set(stem) & set('<>:"/\\|?*. ')


def test_one_resource_has_one_name_whatever_else_is_pulled() -> None:
    alone = Names(["same"]).kebab("Same", "id-1")
    among = Names(["same", "other"])
    among.kebab("Another", "id-0")
    assert among.kebab("Same", "id-1") == alone != "same"


def test_an_alias_keeps_its_case() -> None:
    names = Names()
    assert names.alias("DmarcFailed", "1") == "DmarcFailed"
    assert names.alias("dmarcfailed", "2") != "dmarcfailed"
    assert names.alias("../x", "3") == "x"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("[parameters('known')]", "K"),
        ("[concat(parameters('known'), '/', variables('v'), '''')]", "K/V'"),
        ("[variables('nested')]", "K!"),
        ("[toLower('ABC')]", "abc"),
        ("[[text]", "[text]"),
        ("[text] and more", "[text] and more"),
        ("plain", "plain"),
    ],
)
def test_an_expression_is_evaluated(expression: str, value: str) -> None:
    scope = Scope({"known": "K"}, {"v": "V", "nested": "[concat(parameters('known'), '!')]"})
    assert evaluate(expression, scope) == value


@pytest.mark.parametrize(
    "expression",
    [
        "[parameters('unknown')]",
        "[concat('a', newGuid())]",
        "[reference('x').y]",
        "[variables('loop')]",
        "[concat('a']",
        "[]",
        "['a' 'b']",
    ],
)
def test_what_only_a_deployment_knows_stays_unknown(expression: str) -> None:
    scope = Scope({}, {"loop": "[variables('loop')]"})
    assert is_unknown(evaluate({"x": [expression]}, scope))


def test_the_end_of_a_name_is_known_though_its_workspace_is_not() -> None:
    name = evaluate("[concat(parameters('workspace'), '/Microsoft/', 'id')]", Scope({}, {}))
    assert name == f"{UNKNOWN}/Microsoft/id"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a:string", [{"name": "a", "type": "string"}]),
        (
            "T:(x:string, y:int), n:int = 7",
            [
                {"name": "T", "type": "(x:string, y:int)"},
                {"name": "n", "type": "int", "default": 7},
            ],
        ),
        ("s:string='it, is'", [{"name": "s", "type": "string", "default": "it, is"}]),
        ('s:string = "q\\"q"', [{"name": "s", "type": "string", "default": 'q"q'}]),
        ("t:timespan = 1d", [{"name": "t", "type": "timespan", "default": "1d"}]),
        ("b:bool=true", [{"name": "b", "type": "bool", "default": True}]),
        (
            "d:dynamic = dynamic([1, 2])",
            [{"name": "d", "type": "dynamic", "default": "dynamic([1, 2])"}],
        ),
    ],
)
def test_parameters_of_a_function_are_read(written: str, read: list[dict[str, object]]) -> None:
    body = {
        "properties": {
            "category": "Functions",
            "displayName": "F",
            "query": "print 1",
            "functionAlias": "F",
            "functionParameters": written,
            "tags": [{"name": "description", "value": "D"}],
        }
    }
    content = search_content("6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05", body)
    assert isinstance(content, Content)
    assert content.values["parameters"] == read


def test_rows_that_are_still_right_stay_in_their_order() -> None:
    old = ({"K": "b", "V": "1"}, {"K": "a", "V": ""}, {"K": "gone", "V": ""})
    live = ({"K": "a"}, {"K": "new", "V": "x,y", "More": "z"}, {"V": "1", "K": "b"})
    assert merged_csv(("K", "V"), old, live) == 'K,V,More\nb,1,\na,,\nnew,"x,y",z\n'
    assert merged_csv(("K", "V"), old[:2], (old[1], old[0])) is None


def test_a_half_of_a_pair_is_not_written() -> None:
    """JSON can say one; UTF-8 cannot."""
    loaded = load_text("name: \ud83d\n", Form.DETECTION, PurePosixPath("x.yaml"))
    assert [finding.id for finding in loaded.findings] == ["bad-character"]


def test_cells_of_a_column_that_a_row_lacks_are_empty() -> None:
    assert csv_text(("A", "B"), ({"A": 'x"y'}, {"B": "1"})) == 'A,B\n"x""y",\n,1\n'
