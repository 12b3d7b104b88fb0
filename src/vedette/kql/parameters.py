"""The parameters of a query: its ``let`` statements that give a literal a name.

The trap: a parameter is set from outside the query, and text pasted into a query can be anything.
What is set must be one literal of the type that stood there, which only the compiler can tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vedette.kql.bound import Node
from vedette.kql.desugar.tree import child, items, walk

_NEGATIVE = "UnaryMinusExpression"


def parameters_of(tree: Node) -> dict[str, Node]:
    """The literal of each ``let`` of the query itself, by its name.

    A variable inside of a function is none: two functions may have one of the same name.
    """
    found: dict[str, Node] = {}
    for statements in tree.children:
        for statement in items(statements):
            name = child(statement, "NameDeclaration")
            if name is None or statement.kind != "LetStatement":
                continue
            if _is_literal(statement.children[-1]):
                found[name.name] = statement.children[-1]
    return found


def misfits(original: Node, changed: Node, text: str, values: Mapping[str, str]) -> Iterator[str]:
    """Each name of ``values`` that the query ``text``, bound as ``changed``, does not take.

    Taken is one literal of the type that it has in ``original``: nothing else was pasted in.
    """
    before, after = parameters_of(original), parameters_of(changed)
    for name, value in values.items():
        old, new = before.get(name), after.get(name)
        fits = (
            old is not None
            and new is not None
            and new.type == old.type
            and text[new.start : new.end] == value.strip()
        )
        if not fits:
            yield name


def _is_literal(node: Node) -> bool:
    if node.kind == _NEGATIVE:
        return _is_literal(node.children[-1])
    if node.kind == "DynamicExpression":
        return not any(one.kind == "NameReference" for one in walk(node))
    return node.kind.endswith("LiteralExpression")
