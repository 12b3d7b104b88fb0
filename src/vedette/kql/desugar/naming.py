"""Names for expressions without one, where a rewrite would change the name that Kusto gives.

``extend strlen(Url)`` makes a column ``strlen_Url`` because of how it is written. Whoever writes
the expression otherwise must say the name, which the compiler knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vedette.kql.bound import Node
from vedette.kql.desugar.rewriter import Rewriter
from vedette.kql.desugar.segments import Segments
from vedette.kql.desugar.tree import arguments, child, items
from vedette.schema.types import Column

_NAMED = frozenset({"NameReference", "SimpleNamedExpression", "CompoundNamedExpression"})


def assignments(
    operator: Node, rewriter: Rewriter, given: Sequence[tuple[Node, Segments]] = ()
) -> Segments | None:
    """``project``, ``extend``, ``print`` and ``summarize`` with rewritten expressions named.

    ``given`` are expressions that somebody has rewritten already, with their names.
    """
    rewritten = [
        (item, column, rewriter.rewrite(item)) for item, column in _unnamed(operator, rewriter)
    ]
    if not given and all(text.text == rewriter.source(item) for item, _, text in rewritten):
        return None
    # All or none: one name more would shift the numbers of those like Column1.
    named = [
        (item, rewriter.made(item, rewriter.output.column(column.name), " = ", text))
        for item, column, text in rewritten
    ]
    return rewriter.inside(operator, [*named, *given])


def _unnamed(operator: Node, rewriter: Rewriter) -> Iterator[tuple[Node, Column]]:
    """The expressions without a name, each with the column that it makes."""
    lists = [item for item in operator.children if item.kind == "List"]
    expressions, columns = items(lists[-1]) if lists else [], operator.columns
    if operator.kind == "SummarizeOperator":
        clause = child(operator, "SummarizeByClause")
        keys = items(child(clause, "List")) if clause else []
        yield from _computed(keys, columns[: len(keys)])
        columns = columns[len(keys) :]
    elif operator.kind == "ExtendOperator":
        known = {column.name for column in rewriter.columns or ()}
        expressions = [item for item in expressions if _declared(item, rewriter) not in known]
        columns = tuple(column for column in columns if column.name not in known)
    yield from _computed(expressions, columns)


def _computed(
    expressions: list[Node], columns: tuple[Column, ...]
) -> Iterator[tuple[Node, Column]]:
    """Each unnamed expression of one column with it; none if it is not certain which is whose."""
    widths = [_width(item) for item in expressions]
    open_width = len(columns) - sum(width for width in widths if width is not None)
    if widths.count(None) > 1 or (None not in widths and open_width):
        return
    at = 0
    for item, width in zip(expressions, widths, strict=True):
        if width == 1 and item.kind not in _NAMED:
            yield item, columns[at]
        at += open_width if width is None else width


def _width(item: Node) -> int | None:
    """How many columns an expression makes; None where it says ``*``."""
    call = item.children[-1] if item.kind in _NAMED and item.children else item
    if call.type != "tuple":
        return 1
    given = arguments(call)
    return None if any(each.kind == "StarExpression" for each in given) else len(given)


def _declared(item: Node, rewriter: Rewriter) -> str:
    return rewriter.source(item.children[0]) if item.kind in _NAMED and item.children else ""
