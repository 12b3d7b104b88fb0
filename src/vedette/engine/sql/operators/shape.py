"""What operators share: their lists, their parameters, and the names of their columns.

The trap: Kusto names what a query does not, by rules of its own. The compiler's columns of the node
say the names; only in a function over any table are they not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vedette.engine.sql.bodies import calls, unbracketed
from vedette.engine.sql.compiler import Compiler
from vedette.engine.sql.functions.windows import WINDOWS
from vedette.engine.sql.relation import FIRST, ORDINAL, RANK, Relation, Row
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import Value, has_window, identifier
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import items
from vedette.schema.types import Column


def expressions(node: Node) -> list[Node]:
    """The items of the operator's list of expressions; that of its parameters comes first."""
    lists = [item for item in node.children if item.kind == "List"]
    return items(lists[-1]) if lists else []


def parameters(node: Node, scope: Scope) -> dict[str, str]:
    """The operator's ``name=value`` parameters as they are written."""
    found = {}
    for part in node.children:
        for item in items(part) if part.kind == "List" else []:
            if item.kind == "NamedParameter":
                name, value = item.children[0], item.children[-1]
                found[scope.source(name)] = unbracketed(scope.source(value))
    return found


def named(item: Node, scope: Scope) -> tuple[str | None, Node]:
    """A list item's name, if it is given one or is a column, and its expression."""
    if item.kind == "SimpleNamedExpression":
        return unbracketed(scope.source(item.children[0])), item.children[-1]
    if item.kind == "NameReference":
        return item.name or unbracketed(scope.source(item)), item
    return None, item


def numbered(relation: Relation) -> Relation:
    """The relation with its rows numbered in their order, in a hidden column."""
    if ORDINAL in relation.hidden:
        return relation.nested()
    inner = relation.nested()
    by = f"ORDER BY {identifier(RANK)}" if RANK in inner.hidden else ""
    number = f"row_number() OVER ({by}) AS {identifier(ORDINAL)}"
    if by and FIRST in inner.hidden:
        # Pieces of one row have one place; a number each would keep them apart for good.
        number = f"{identifier(RANK)} AS {identifier(ORDINAL)}"
    return replace(
        inner,
        source=f"(SELECT *, {number} FROM {inner.source})",
        present=inner.present | {ORDINAL},
        hidden=(*inner.hidden, ORDINAL),
    )


def ready(relation: Relation, nodes: Sequence[Node]) -> Relation:
    """The relation numbered if one of the expressions asks for rows before or after."""
    return numbered(relation) if any(calls(node, WINDOWS) for node in nodes) else relation


def columns_of(
    compiler: Compiler, node: Node, scope: Scope, names: Sequence[str | None], types: Sequence[str]
) -> tuple[Column, ...]:
    """The operator's columns: as many as there are values, named by the compiler."""
    named_ = [name for name in names if name is not None]
    exact = len(node.columns) == len(names)
    if exact and not (compiler.open and len(named_) == len(names)):
        return tuple(
            Column(column.name, type_) for column, type_ in zip(node.columns, types, strict=True)
        )
    if compiler.known(node) or len(named_) < len(names):
        compiler.refuse("how this operator names its columns", node, scope)
    return tuple(Column(name, type_) for name, type_ in zip(named_, types, strict=True))


def reading(relation: Relation, reads: set[str]) -> Relation:
    """The relation in which a SELECT that reads these identifiers can be written."""
    return relation if relation.readable(reads) else relation.nested()


def beneath(relation: Relation, row: Row | None) -> Relation:
    """The relation in which a SELECT with expressions over ``row`` can be written.

    What they have ``prepared`` is computed in SELECTs of its own below.
    """
    if row is None:
        return relation
    relation = reading(relation, row.reads)
    for ident, sql in row.prepared.items():
        inner = relation.nested()
        source = f"(SELECT *, {sql} AS {identifier(ident)} FROM {inner.source})"
        relation = replace(inner, source=source, present=inner.present | {ident})
    return relation


def settled(relation: Relation, values: Sequence[Value]) -> Relation:
    """The relation after windows were computed: in its order, and closed to what comes behind.

    A window sees the rows that its SELECT leaves, so that no later ``where`` may join it.
    """
    if not any(has_window(value.sql) for value in values):
        return relation
    return replace(relation, order=(identifier(ORDINAL),)).nested()
