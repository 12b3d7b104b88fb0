"""What of an operator can be computed before it: keys and arguments that one row decides.

The trap: only whole arguments are offered. Whether one may be computed early is decided by what it
compiles to.
"""

from __future__ import annotations

from vedette.engine.sql.functions.library import AGGREGATES
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import arguments, called, child, items, walk

_AGGREGATES = frozenset({*AGGREGATES, "arg_max", "arg_min", "argmax", "argmin"})
_PLAIN = frozenset({"NameReference", "StarExpression"})


def candidates(operator: Node) -> list[Node]:
    """The expressions of ``operator`` that it evaluates for each row of its input."""
    if operator.kind == "DistinctOperator":
        lists = [item for item in operator.children if item.kind == "List"]
        return _computing(items(lists[-1])) if lists else []
    if operator.kind != "SummarizeOperator":
        return []
    found: list[Node] = []
    by = child(operator, "SummarizeByClause")
    if by is not None:
        found += items(child(by, "List"))
    for part in operator.children:
        if part is by:
            continue
        for node in walk(part):
            if called(node) in _AGGREGATES:
                found += arguments(node)
    return _computing(found)


def _computing(nodes: list[Node]) -> list[Node]:
    expressions = [
        node.children[-1] if node.kind == "SimpleNamedExpression" else node for node in nodes
    ]
    return [node for node in expressions if node.kind not in _PLAIN and node.children]
