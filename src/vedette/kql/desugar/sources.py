"""Where rows come from: watchlists, tables of a named workspace, the hidden ingestion time."""

from __future__ import annotations

from vedette.errors import UnsupportedError
from vedette.kql.bound import Node
from vedette.kql.desugar.names import INGESTION_COLUMN, watchlist_table
from vedette.kql.desugar.rewriter import Rewriter
from vedette.kql.desugar.segments import Segments
from vedette.kql.desugar.tree import arguments, called, child, items, literal, quoted

#: Comparisons with a list that may be a table.
LISTS = ("InCsExpression", "InExpression", "NotInCsExpression", "NotInExpression")

#: ``workspace("x").T`` and the like: one workspace is all there is here.
_SCOPES = frozenset({"workspace", "database", "cluster", "app"})


def watchlist(call: Node, rewriter: Rewriter) -> Segments | None:
    """``_GetWatchlist('x')`` is a table of its own."""
    if called(call) != "_GetWatchlist":
        return None
    given = arguments(call)
    alias = literal(given[0], rewriter.text) if given else None
    if alias is None:
        raise UnsupportedError("_GetWatchlist with a computed alias", offset=call.start)
    return rewriter.made(call, quoted(watchlist_table(alias)))


def table_call(call: Node, rewriter: Rewriter) -> Segments | None:
    """``table("T")`` is T; in a function, T may be a parameter whose value its call gives."""
    if called(call) != "table":
        return None
    given = arguments(call)
    name = literal(given[0], rewriter.text) if given else None
    if name is None and given:
        name = rewriter.given.get(given[0].name)
    if name is None or len(given) != 1:
        raise UnsupportedError("table() with a computed name", offset=call.start)
    return rewriter.made(call, quoted(name))


def listed_table(comparison: Node, rewriter: Rewriter) -> Segments | None:
    """``x in (T)`` with T a table, which the translator would take for a column."""
    wrapped = [
        (item, rewriter.made(item, rewriter.rewrite(item), " | where true"))
        for item in items(child(comparison.children[-1], "List"))
        if item.kind == "NameReference" and item.symbol == "table"
    ]
    return rewriter.inside(comparison, wrapped) if wrapped else None


def scoped_table(path: Node, rewriter: Rewriter) -> Segments | None:
    """``workspace("x").T`` is T, since the binder has found it in this one."""
    head, *_, last = path.children
    inner = head
    while inner.kind == "PathExpression":
        inner = inner.children[0]
    if called(inner) not in _SCOPES:
        return None
    return rewriter.made(path, rewriter.rewrite(last))


def ingestion_time(call: Node, rewriter: Rewriter) -> Segments | None:
    """``ingestion_time()`` is the hidden column, as long as no operator has dropped it.

    Where one has, the translation names a column that is not there and is refused.
    """
    if called(call) != "ingestion_time":
        return None
    rewriter.output.ingestion = True
    return rewriter.made(call, quoted(INGESTION_COLUMN))
