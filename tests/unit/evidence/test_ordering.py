"""What breaks when rows in an order by chance are evidence, or a sorted query's order is not."""

from __future__ import annotations

import pytest

from vedette.evidence.ordering import is_sorted
from vedette.kql.bound import BoundQuery, Node


def _node(kind: str, *children: Node) -> Node:
    return Node(kind, 0, 0, children=children)


def _query(*operators: str) -> BoundQuery:
    """``T | operator | ...`` as the official parser has it: pipes lean to the left."""
    expression = _node("NameReference")
    for operator in operators:
        expression = _node("PipeExpression", expression, _node("BarToken"), _node(operator))
    statement = _node("ExpressionStatement", expression)
    let = _node("SeparatedElement", _node("LetStatement"), _node("SemicolonToken"))
    last = _node("SeparatedElement", statement, _node("SemicolonToken"))
    tree = _node("QueryBlock", _node("List"), _node("List", let, last), _node("EndOfTextToken"))
    return BoundQuery("", (), (), tree=tree)


@pytest.mark.parametrize(
    ("operators", "ordered"),
    [
        ((), False),
        (("FilterOperator",), False),
        (("SortOperator",), True),
        (("TopOperator",), True),
        (("SortOperator", "ProjectOperator", "ExtendOperator", "TakeOperator"), True),
        (("SortOperator", "SummarizeOperator"), False),
        (("SortOperator", "JoinOperator", "ProjectOperator"), False),
        (("SortOperator", "SummarizeOperator", "SortOperator"), True),
        (("SortOperator", "DistinctOperator"), False),
        (("SortOperator", "UnheardOfOperator"), False),
    ],
)
def test_an_order_is_promised_that_is_not(operators: tuple[str, ...], ordered: bool) -> None:
    assert is_sorted(_query(*operators)) is ordered


def test_a_query_without_a_tree_is_sorted() -> None:
    assert not is_sorted(BoundQuery("T | sort by A", (), ()))
