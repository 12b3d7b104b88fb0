"""Aggregates that return several columns of one row."""

from __future__ import annotations

from vedette.kql.bound import Node
from vedette.kql.desugar import naming
from vedette.kql.desugar.rewriter import Rewriter
from vedette.kql.desugar.segments import Segments
from vedette.kql.desugar.tree import arguments, called, items

#: The column of what every row has alike, so that any row is the one that has the most of it.
_PICK = "['$pick']"


def one_row(operator: Node, rewriter: Rewriter) -> Segments | None:
    """``take_any(A, B)`` takes both from one row, as ``arg_max(c, A, B)`` of a constant does.

    The translator wants a column to maximise, and that column comes out as well: a projection to
    the operator's own columns drops it.
    """
    lists = [item for item in operator.children if item.kind == "List"]
    several = [
        item
        for item in (items(lists[-1]) if lists else [])
        if called(item) in {"any", "take_any"} and len(arguments(item)) > 1
    ]
    if len(several) != 1:
        return None
    call = several[0]
    parts: list[Segments | str] = ["arg_max(", _PICK]
    for item in arguments(call):
        parts += [", ", rewriter.rewrite(item)]
    named = naming.assignments(operator, rewriter, [(call, rewriter.made(call, *parts, ")"))])
    columns = ", ".join(rewriter.output.column(column.name) for column in operator.columns)
    constant = f"extend {_PICK} = 1\n| "
    return rewriter.made(operator, constant, named or Segments(), "\n| project ", columns)
