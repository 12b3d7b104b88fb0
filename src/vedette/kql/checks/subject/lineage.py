"""Where a column of the result was computed.

The trap: a name can be computed twice; the last one counts, and a rename hides it.
"""

from __future__ import annotations

from vedette.kql.bound import Node
from vedette.kql.checks.subject.pipelines import aggregates, assigned
from vedette.kql.checks.subject.subject import Subject

#: Operators behind which a column's name says nothing about what it was before.
_OPAQUE = frozenset(
    {"UnionOperator", "MvExpandOperator", "MvApplyOperator", "ProjectRenameOperator"}
)


def origin_of(subject: Subject, column: str) -> Node | None:
    """The expression that computes this column of the result, None if that is unclear."""
    pipeline = subject.result
    if pipeline is None:
        return None
    for operator in reversed(pipeline.operators):
        if operator.kind in _OPAQUE:
            return None
        made = assigned(operator)
        if column in made:
            value = made[column]
            if value.kind != "NameReference" or value.symbol != "column":
                return value
            column = value.name
            continue
        if operator.kind == "SummarizeOperator":
            return _unnamed(operator, column)
    return None


def _unnamed(summarize: Node, column: str) -> Node | None:
    """The aggregate that names its own column: ``make_set(X)`` makes ``set_X``."""
    for item in aggregates(summarize):
        prefix = {"make_set": "set_", "makeset": "set_", "make_list": "list_", "makelist": "list_"}
        if item.kind == "FunctionCallExpression" and item.name in prefix:
            named = item.children[-1].children[1].children
            inner = named[0].children[0] if named else None
            if inner is not None and inner.name and column == prefix[item.name] + inner.name:
                return item
    return None
