"""Whether a query promises the order of its rows.

The trap: a sort that something follows promises nothing (``sort by X | summarize ...``), and rows
that come out in an order by chance must not be evidence for it.
"""

from __future__ import annotations

from vedette.kql.bound import BoundQuery, Node

_SORTS = frozenset({"SortOperator", "TopOperator"})

#: Operators that hand on the rows in the order in which they come.
_KEEPS = frozenset(
    {
        "AsOperator",
        "ExtendOperator",
        "FilterOperator",
        "ParseKvOperator",
        "ParseOperator",
        "ParseWhereOperator",
        "ProjectAwayOperator",
        "ProjectByNamesOperator",
        "ProjectKeepOperator",
        "ProjectOperator",
        "ProjectRenameOperator",
        "ProjectReorderOperator",
        "RenderOperator",
        "SerializeOperator",
        "TakeOperator",
    }
)

#: Nodes of the tree that only hold others: the query, its statements, its last statement.
_HOLDERS = frozenset(
    {"QueryBlock", "List", "SeparatedElement", "ExpressionStatement", "ParenthesizedExpression"}
)


def is_sorted(query: BoundQuery) -> bool:
    """True if the last operators of the query sort its rows and keep them so."""
    node = query.tree
    while node is not None:
        if node.kind in _HOLDERS:
            node = _last(node)
        elif node.kind == "PipeExpression" and len(node.children) > 1:
            operator = _last(node)
            if operator is None or operator.kind not in _SORTS | _KEEPS:
                return False
            if operator.kind in _SORTS:
                return True
            node = node.children[0]
        else:
            return False
    return False


def _last(node: Node) -> Node | None:
    """The last child that is no punctuation."""
    children = [child for child in node.children if not child.kind.endswith("Token")]
    return children[-1] if children else None
