"""What the compiler's answer loses or misplaces on its way to Python."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vedette.errors import ToolError
from vedette.kql import binder as module
from vedette.kql import bundle
from vedette.kql.binder import COMPILER_FAILURE, TOO_COMPLEX, Binder
from vedette.kql.bound import Node
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column

CASES = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "kql" / "bind.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_query_binds_as_the_case_says(
    case: dict[str, Any], binder: Binder, catalogue: Catalogue
) -> None:
    bound = binder.bind(case["query"], catalogue)

    for severity in ("Error", "Warning"):
        messages = {
            item.code: bound.text[item.start : item.start + item.length]
            for item in bound.diagnostics
            if item.severity == severity
        }
        assert messages == case.get(f"{severity.lower()}s", {})
    assert bound.ok is ("errors" not in case)
    assert bound.open is case.get("open", False) or not bound.ok
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


@pytest.mark.parametrize(
    "text",
    [
        "Mails | where Size == 1" + " or Size == 1" * 600,
        "Mails" + " | where Size > 1" * 600,
    ],
    ids=["conditions", "pipes"],
)
def test_what_nests_too_deeply_for_the_compiler_is_an_error(
    text: str, binder: Binder, catalogue: Catalogue
) -> None:
    bound = binder.bind(text, catalogue)

    assert "KS245" in [item.code for item in bound.diagnostics]
    assert bound.tree is None


def test_a_broken_function_is_named_as_the_culprit(binder: Binder, catalogue: Catalogue) -> None:
    (found,) = binder.bind("CallsBroken() | take 1", catalogue).diagnostics

    assert found.function == "IsBroken"


def test_an_unknown_name_brings_the_columns_that_could_stand_there(
    binder: Binder, catalogue: Catalogue
) -> None:
    text = "Clicks\n| project Person = User\n| where Persn == 'x'\n| project Sender"
    first, second = binder.bind(text, catalogue).diagnostics

    assert first.scope == ("Person",)
    assert second.scope == ("Person",)


def test_columns_that_nobody_knows_the_type_of_are_named(
    binder: Binder, catalogue: Catalogue
) -> None:
    bound = binder.bind("Mails | evaluate bag_unpack(Details) | project Host, Size", catalogue)

    assert bound.ok
    assert bound.untyped == {"Host"}


def test_a_changed_table_takes_effect_in_functions_too(
    binder: Binder, catalogue: Catalogue
) -> None:
    assert not binder.bind("Large(1) | project Folder", catalogue).ok

    mails = catalogue.tables["Mails"]
    changed = replace(mails, columns=(*mails.columns, Column("Folder", "string")))
    other = replace(catalogue, tables={**catalogue.tables, "Mails": changed})

    assert binder.bind("Large(1) | project Folder", other).ok
    assert not binder.bind("Large(1) | project Folder", catalogue).ok


def test_a_script_that_breaks_is_a_diagnostic_and_the_next_query_binds(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = "globalThis.vedette = {load() {}, bind() { throw new Error('unexpected'); }};"
    with Binder() as own:
        monkeypatch.setattr(bundle, "_own_script", lambda: broken)
        (found,) = own.bind("Mails", catalogue).diagnostics
        monkeypatch.undo()

        assert found.code == COMPILER_FAILURE
        assert "unexpected" in found.message
        assert own.bind("Mails", catalogue).ok


def test_a_query_that_takes_too_much_memory_is_a_diagnostic(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    hungry = "globalThis.vedette = {load() {}, bind() { for (let a = [];;) a.push([...a]); }};"
    with Binder() as own:
        monkeypatch.setattr(bundle, "MEMORY_LIMIT", 2**27)
        monkeypatch.setattr(bundle, "_own_script", lambda: hungry)
        (found,) = own.bind("Mails", catalogue).diagnostics
        monkeypatch.undo()

        assert found.code == TOO_COMPLEX
        assert own.bind("Mails", catalogue).ok


def test_without_the_bundle_it_says_what_to_do(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "_LIBRARY", ("not-there.js",))
    with Binder() as own, pytest.raises(ToolError, match="install vedette again"):
        own.bind("Mails", catalogue)


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
