"""What a query's ``render`` asks for, as the API tells it to a client that prefers to know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vedette.kql.bound import BoundQuery, Node

_UNSET: dict[str, Any] = {
    "visualization": None,
    "title": None,
    "accumulate": False,
    "isQuerySorted": False,
    "kind": None,
    "annotation": "",
    "by": None,
}
#: How a property of ``with (…)`` is called in the answer, where the names differ.
_NAMES = {"xtitle": "xTitle", "ytitle": "yTitle", "xcolumn": "xColumn", "ycolumns": "yColumns"}


def rendering_of(bound: BoundQuery) -> dict[str, Any]:
    """The visualization and its properties; all of them unset where the query has no render."""
    found = dict(_UNSET)
    operators = (node for node in _walk(bound.tree) if node.kind == "RenderOperator")
    operator = next(operators, None)
    if operator is None:
        return found
    found["visualization"] = bound.text[operator.children[1].start : operator.children[1].end]
    for node in _walk(operator):
        if node.kind == "NamedParameter":
            name, value = node.children[0].name, node.children[-1]
            text = bound.text[value.start : value.end].strip()
            found[_NAMES.get(name, name)] = text.strip("'\"") if value.kind[0] == "S" else text
    return found


def _walk(node: Node | None) -> Iterator[Node]:
    waiting = [node] if node is not None else []
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(reversed(here.children))
