"""What the compiler's answer loses or misplaces on its way to Python."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vedette.kql import binder as module
from vedette.kql.binder import TOO_COMPLEX, Binder
from vedette.kql.bound import Node
from vedette.schema.catalogue import Catalogue

CASES = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "kql" / "bind.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_query_binds_as_the_case_says(
    case: dict[str, Any], binder: Binder, catalogue: Catalogue
) -> None:
    bound = binder.bind(case["query"], catalogue)

    errors = {
        item.code: bound.text[item.start : item.start + item.length]
        for item in bound.diagnostics
        if item.severity == "Error"
    }
    assert errors == case.get("errors", {})
    assert bound.ok is ("errors" not in case)
    if "columns" in case:
        assert {column.name: column.type for column in bound.columns} == case["columns"]
        assert [column.name for column in bound.columns] == list(case["columns"])
    for need in ("tables", "functions", "watchlists"):
        if need in case:
            assert sorted(getattr(bound, need)) == case[need]


@pytest.mark.parametrize("text", ["", "   ", "// nothing but a comment", "let x = 1;"])
def test_a_query_without_a_result_is_not_tabular(
    text: str, binder: Binder, catalogue: Catalogue
) -> None:
    bound = binder.bind(text, catalogue)

    assert not bound.tabular
    assert bound.columns == ()


def test_another_catalogue_replaces_the_functions_of_the_one_before(
    binder: Binder, catalogue: Catalogue
) -> None:
    query = "Mails | where IsLarge(Size)"
    assert binder.bind(query, catalogue).ok

    without = Catalogue(catalogue.tables, {}, catalogue.watchlists)
    assert [item.code for item in binder.bind(query, without).diagnostics] == ["KS211"]
    assert binder.bind(query, catalogue).ok


def test_a_long_chain_of_conditions_does_not_exhaust_the_stack(
    binder: Binder, catalogue: Catalogue
) -> None:
    conditions = " or ".join(f"Size == {number}" for number in range(400))

    bound = binder.bind(f"Mails | where {conditions}", catalogue)

    assert bound.ok
    assert bound.tree is not None


def test_the_tree_says_what_each_name_refers_to(binder: Binder, catalogue: Catalogue) -> None:
    text = "// 😀\nMails | where IsLarge(Size)"
    bound = binder.bind(text, catalogue)

    assert bound.tree is not None
    names = {
        text[node.start : node.end]: (node.symbol, node.type)
        for node in _all(bound.tree)
        if node.kind == "NameReference"
    }
    assert names == {
        "Mails": ("table", "table"),
        "IsLarge": ("function", "bool"),
        "Size": ("column", "long"),
    }


def test_a_query_that_takes_too_long_is_a_diagnostic_and_the_next_one_binds(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Binder() as own:
        assert own.bind("Mails", catalogue).ok
        monkeypatch.setattr(module, "QUERY_SECONDS", 0.001)
        slow = own.bind("Mails | where " + " or ".join(["Size == 1"] * 3000), catalogue)
        monkeypatch.undo()

        assert [item.code for item in slow.diagnostics] == [TOO_COMPLEX]
        assert not slow.ok
        assert own.bind("Mails", catalogue).ok


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    text=st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            ["Mails", "|", "where", "Size", "(", ")", "'", "==", "let x =", ";", "😀", "\r\n", "`"]
        ),
        max_size=25,
    ).map(" ".join)
)
def test_no_text_makes_binding_raise_or_point_outside(
    text: str, binder: Binder, catalogue: Catalogue
) -> None:
    bound = binder.bind(text, catalogue)

    for item in bound.diagnostics:
        assert 0 <= item.start <= item.start + item.length <= len(text)


def _all(node: Node) -> list[Node]:
    return [node, *(inner for child in node.children for inner in _all(child))]
