"""Mutants: a slip that nobody tries, and a change that has no name in a case file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vedette.evidence.mutants import mutants_of
from vedette.kql.binder import Binder
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, TableSchema

COLUMNS = (
    Column("TimeGenerated", "datetime"),
    Column("A", "string"),
    Column("B", "string"),
    Column("N", "long"),
)
CATALOGUE = Catalogue({name: TableSchema(name, COLUMNS, "a test") for name in ("T", "U")})


@pytest.fixture(scope="module")
def binder() -> Iterator[Binder]:
    with Binder() as binder:
        yield binder


@pytest.mark.parametrize(
    ("query", "changes"),
    [
        ("T | where A has 'x'", ["A has 'x' -> true"]),
        (
            "T | where A has 'x' and B has 'y' and isempty(A)",
            [
                "A has 'x' and B has 'y' and isempty(A) -> true",
                "A has 'x' -> true",
                "B has 'y' -> true",
                "isempty(A) -> true",
            ],
        ),
        (
            "T | extend C = A has 'x' or (B has 'y' and isempty(A))",
            [
                "A has 'x' -> false",
                "(B has 'y' and isempty(A)) -> false",
                "B has 'y' -> true",
                "isempty(A) -> true",
            ],
        ),
        (
            "T | project C = case(A has 'x', 1, B has 'y', 2, 3), D = iff(isempty(A), 1, 2)",
            [
                "A has 'x' -> false",
                "B has 'y' -> false",
                "isempty(A) -> false",
                "isempty(A) -> true",
            ],
        ),
        ("T | summarize countif(A has 'x')", ["A has 'x' -> true"]),
        (
            "let least = 3; T | project C = N >= least",
            [
                "let least = 3 -> let least = 2",
                "let least = 3 -> let least = 4",
                "N >= least -> N > least",
            ],
        ),
        (
            "T | project C = N > 0",
            ["N > 0 -> N > -1", "N > 0 -> N > 1", "N > 0 -> N >= 0"],
        ),
        # Which event of just this moment counts is nothing to write a case for.
        (
            "T | project C = TimeGenerated > ago(1d)",
            ["ago(1d) -> ago(12h)", "ago(1d) -> ago(2d)"],
        ),
        (
            "T | join kind=inner (U) on A, B",
            [
                "join kind=inner on A, B -> kind=innerunique",
                "join kind=inner on A, B -> kind=leftouter",
                "on A, B -> on A",
                "on A, B -> on B",
            ],
        ),
        ("T | join kind=leftanti U on A", ["join kind=leftanti on A -> kind=leftsemi"]),
        (
            "T | summarize max(N) by A, B",
            ["max(N) -> min(N)", "by A, B -> by A", "by A, B -> by B"],
        ),
        ("union T, (U)", ["T -> (T | where false)", "(U) -> ((U) | where false)"]),
        (
            "T | project C = A =~ 'x', D = B !in~ ('y'), E = tolower(A)",
            [
                "A =~ 'x' -> A == 'x'",
                "B !in~ ('y') -> B !in ('y')",
                "tolower(A) -> A",
            ],
        ),
    ],
)
def test_each_part_of_a_query_is_changed(binder: Binder, query: str, changes: list[str]) -> None:
    bound = binder.bind(query, CATALOGUE)
    assert bound.ok
    found = mutants_of(bound)
    assert sorted(each.change for each in found) == sorted(changes)
    for each in found:
        before, after = each.change.split(" -> ")
        assert binder.bind(each.text, CATALOGUE).ok, each.text
        assert each.text != query
        if not before.startswith("join"):
            assert each.text.startswith(query[: each.start] + after)
            assert query.startswith(before, each.start)


def test_a_change_is_named_in_one_line(binder: Binder) -> None:
    bound = binder.bind("T\n| where A has 'x'\n    and B has 'y'", CATALOGUE)
    assert "A has 'x' and B has 'y' -> true" in {each.change for each in mutants_of(bound)}


def test_a_query_without_a_tree_has_none(binder: Binder) -> None:
    assert mutants_of(binder.bind("", CATALOGUE)) == ()
