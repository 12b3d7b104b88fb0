"""Finding one's way in the official syntax tree, whose shapes are the compiler's own.

The trap: what looks like one thing in the text is several nodes. A list's items are wrapped in
``SeparatedElement`` with their commas, and optional children are missing rather than empty.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.kql.bound import Node

#: Stands for all columns among the names that a query reads.
EVERYTHING = "*"

_READS_ALL = frozenset({"StarExpression", "SearchOperator", "FindOperator", "WildcardedName"})


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order of the text; no recursion, since trees are deep."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(current.children))


def child(node: Node, kind: str) -> Node | None:
    """The first child of this kind."""
    return next((item for item in node.children if item.kind == kind), None)


def items(node: Node | None) -> list[Node]:
    """The items of a ``List``, without their commas."""
    if node is None:
        return []
    return [
        item.children[0] if item.kind == "SeparatedElement" else item
        for item in node.children
        if item.children or item.kind != "SeparatedElement"
    ]


def arguments(call: Node) -> list[Node]:
    """The arguments of a function call."""
    expressions = child(call, "ExpressionList")
    return items(child(expressions, "List")) if expressions else []


def called(node: Node) -> str:
    """The name of the function that the node calls, empty if it is no call."""
    return node.name if node.kind == "FunctionCallExpression" else ""


def is_tabular(node: Node) -> bool:
    """True for a table, or an expression that makes one."""
    return node.type == "table"


def body_of(function: Node) -> Node | None:
    """The expression in which a function's body ends."""
    expressions = [
        item for item in function.children if item.type and not item.kind.endswith("Token")
    ]
    return expressions[-1] if expressions else None


def names(node: Node) -> set[str]:
    """Every name that is read below the node, and ``EVERYTHING`` if a star or the like is."""
    found: set[str] = set()
    for item in walk(node):
        if item.kind == "NameReference":
            found.add(item.name)
        elif item.kind in _READS_ALL or called(item) == "pack_all":
            found.add(EVERYTHING)
    return found


def literal(node: Node, text: str) -> str | None:
    """The value of a string literal without escapes, None for anything else."""
    if node.kind != "StringLiteralExpression":
        return None
    written = text[node.start : node.end].lstrip("hH").removeprefix("@")
    value = written[1:-1]
    return None if "\\" in value or written[:1] not in {"'", '"'} else value


def quoted(name: str) -> str:
    """``name`` as KQL takes any name: in brackets."""
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"['{escaped}']"
