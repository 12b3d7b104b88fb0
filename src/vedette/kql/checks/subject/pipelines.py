"""Pipelines: a source and the operators behind it.

The trap: the tree nests a pipeline to the left, its last operator outermost; every part of it is
a pipeline too, and only the longest is one that somebody wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from vedette.kql.bound import Node
from vedette.kql.desugar.tree import child, items, walk

#: Operators that add columns of their own under names that they give or replace.
_NAMING = frozenset({"ExtendOperator", "ProjectOperator", "SummarizeOperator"})


_GROUPING = frozenset({"SummarizeOperator", "DistinctOperator", "MakeSeriesOperator"})


@dataclass(frozen=True, slots=True)
class Pipeline:
    """``whole`` is the outermost node; ``stages`` are the tables before each operator."""

    whole: Node
    source: Node
    operators: tuple[Node, ...]
    stages: tuple[Node, ...]

    def before(self, operator: Node) -> tuple[Node, ...]:
        """The operators in front of this one."""
        return self.operators[: self._index(operator)]

    def after(self, operator: Node) -> tuple[Node, ...]:
        """The operators behind this one."""
        return self.operators[self._index(operator) + 1 :]

    def input_of(self, operator: Node) -> Node:
        """The table that this operator is given."""
        return self.stages[self._index(operator)]

    def _index(self, operator: Node) -> int:
        # Not by equality, which compares whole trees.
        return next(i for i, each in enumerate(self.operators) if each is operator)


def pipelines_of(
    pipes: Iterable[Node], parent: Callable[[Node], Node | None]
) -> Iterator[Pipeline]:
    """The longest pipelines among these ``PipeExpression`` nodes."""
    for pipe in pipes:
        above = parent(pipe)
        if above is not None and above.kind == "PipeExpression" and above.children[0] is pipe:
            continue
        operators, stages = [], []
        node = pipe
        while node.kind == "PipeExpression":
            operators.append(node.children[-1])
            node = node.children[0]
            stages.append(node)
        yield Pipeline(pipe, node, tuple(reversed(operators)), tuple(reversed(stages)))


def assigned(operator: Node) -> dict[str, Node]:
    """The columns that the operator computes and names, with their expressions."""
    if operator.kind not in _NAMING:
        return {}
    found: dict[str, Node] = {}
    for listed in operator.children:
        if listed.kind == "SummarizeByClause":
            listed = child(listed, "List") or listed
        if listed.kind != "List":
            continue
        for item in items(listed):
            if item.kind == "SimpleNamedExpression":
                declared = item.children[0]
                found[declared.name] = item.children[-1]
    return found


def group_keys(summarize: Node) -> list[Node]:
    """What ``summarize`` groups by: references, named expressions, calls."""
    clause = child(summarize, "SummarizeByClause")
    return items(child(clause, "List")) if clause else []


def aggregates(summarize: Node) -> list[Node]:
    """What ``summarize`` computes: calls and named expressions."""
    lists = [each for each in summarize.children if each.kind == "List" and each.children]
    return [item for each in lists for item in items(each) if item.kind != "NamedParameter"]


def join_kind(join: Node, text: Callable[[Node], str]) -> str:
    """The kind as written, empty without one (then it is innerunique)."""
    parameters = child(join, "List")
    for parameter in items(parameters) if parameters else []:
        if parameter.kind == "NamedParameter" and text(parameter.children[0]) == "kind":
            return text(parameter.children[-1])
    return ""


def join_right(join: Node) -> Node:
    """The table that is joined, without its parentheses."""
    right = next(node for node in join.children[2:] if node.type == "table")
    while right.kind == "ParenthesizedExpression":
        right = right.children[1]
    return right


def join_keys(join: Node) -> list[tuple[Node, Node]]:
    """The pairs of columns that have to be equal: left and right, the same node for one name.

    The compiler takes ``$left`` and ``$right`` in this order only.
    """
    clause = child(join, "JoinOnClause")
    pairs = []
    for item in items(child(clause, "List")) if clause else []:
        if item.kind == "EqualExpression":
            pairs.append((item.children[0], item.children[-1]))
        else:
            pairs.append((item, item))
    return pairs


def is_grouped(side: Node, lets: Mapping[str, Node]) -> bool:
    """True if rows are grouped anywhere in the side, or in a ``let`` that it reads."""
    nodes = list(walk(side))
    read = [lets[node.name] for node in nodes if node.symbol == "variable" and node.name in lets]
    return any(n.kind in _GROUPING for n in nodes) or any(
        n.kind in _GROUPING for each in read for n in walk(each)
    )
