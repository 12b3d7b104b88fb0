"""Operators that choose or order rows and leave the columns as they are.

The trap: without an order of its own ``take`` may return any rows; here it returns the first, so
that the same input gives the same output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vedette.engine.sql.compiler import Compiler, Operator
from vedette.engine.sql.expressions.comparison import condition, conjuncts
from vedette.engine.sql.operators.shape import (
    beneath,
    columns_of,
    named,
    numbered,
    parameters,
    ready,
)
from vedette.engine.sql.relation import ORDINAL, Relation, from_source, identifiers
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import Value, has_window, identifier
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import child, items
from vedette.schema.types import Column


def where(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``where``: conditions join those of the same SELECT if they can be read there."""
    test = node.children[-1]
    relation = ready(relation, [test])
    inside = scope.over(relation)
    conditions = [condition(compiler, item, inside).sql for item in conjuncts(test)]
    relation = beneath(relation, inside.row)
    if any(map(has_window, conditions)):
        word = "QUALIFY"
        kept = f"{word} {' AND '.join(conditions)} ORDER BY {identifier(ORDINAL)}"
        source = f"(SELECT * FROM {relation.table()} {kept})"
        return replace(relation.nested(), source=source)
    return replace(relation, where=(*relation.where, *conditions))


def sort(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``sort by``: descending unless said otherwise, nulls first when ascending."""
    lists = [item for item in node.children if item.kind == "List"]
    return _sorted(compiler, items(lists[-1]), relation, scope)


def _sorted(compiler: Compiler, keys: list[Node], relation: Relation, scope: Scope) -> Relation:
    relation = relation.nested()
    inside = scope.over(relation)
    order = tuple(order_key(compiler, key, inside) for key in keys)
    return replace(relation, order=order, sorted=True)


def order_key(compiler: Compiler, key: Node, scope: Scope) -> str:
    """One ORDER BY term."""
    expression, direction, nulls = key, "desc", ""
    if key.kind == "OrderedExpression":
        expression = key.children[0]
        words = scope.source(key.children[-1]).lower().split()
        direction = "asc" if "asc" in words else "desc"
        nulls = words[-1] if "nulls" in words else ""
    value = compiler.expression(expression, scope)
    if value.type == "dynamic":
        compiler.refuse("an order of dynamic values", expression, scope)
    nulls = nulls or ("first" if direction == "asc" else "last")
    return f"{value.sql} {direction.upper()} NULLS {nulls.upper()}"


def top(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``top n by key``."""
    by = next(index for index, item in enumerate(node.children) if scope.source(item) == "by")
    ordered = _sorted(compiler, [node.children[by + 1]], relation, scope)
    return replace(ordered, limit=_number(compiler, node.children[by - 1], scope))


def take(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``take n``."""
    relation = relation.nested() if relation.limit else relation
    return replace(relation, limit=_number(compiler, node.children[-1], scope))


def sample(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``sample n``: any n rows, so the first; of fewer rows all of them."""
    return take(compiler, node, relation, scope)


def sample_distinct(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``sample-distinct n of x``: any n values of x, so some n of them."""
    relation = relation.nested()
    name, expression = named(node.children[-1], scope)
    value = compiler.expression(expression, scope.over(relation))
    columns = columns_of(compiler, node, scope, [name], [value.type])
    ident = columns[0].name
    limit = _number(compiler, node.children[-3], scope)
    listed = f"DISTINCT {value.sql} AS {identifier(ident)}"
    source = f"(SELECT {listed} FROM {relation.source} LIMIT {limit})"
    return from_source(source, columns, [ident])


def _number(compiler: Compiler, node: Node, scope: Scope) -> str:
    value = compiler.typed(node, scope, "long")
    return str(value.constant) if isinstance(value.constant, int) else value.sql


def count(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``count``."""
    del compiler, node, scope
    source = f'(SELECT count(*) AS "Count" FROM {relation.table()})'
    return from_source(source, [Column("Count", "long")], ["Count"])


def distinct(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``distinct a, b`` and ``distinct *``."""
    relation = relation.nested()
    columns, values = distinct_values(compiler, node, relation, scope)
    idents = identifiers(column.name for column in columns)
    listed = ", ".join(
        f"{value.sql} AS {identifier(ident)}" for value, ident in zip(values, idents, strict=True)
    )
    source = f"(SELECT DISTINCT {listed} FROM {relation.source})"
    return from_source(source, columns, idents)


def distinct_values(
    compiler: Compiler, node: Node, relation: Relation, scope: Scope
) -> tuple[tuple[Column, ...], list[Value]]:
    """The columns of a ``distinct``, and what they hold of each row."""
    lists = [item for item in node.children if item.kind == "List"]
    chosen = items(lists[-1])
    if any(item.kind == "StarExpression" for item in chosen):
        names: list[str | None] = [column.name for column in relation.columns]
        values = [
            Value(identifier(ident), column.type)
            for column, ident in zip(relation.columns, relation.idents, strict=True)
        ]
    else:
        pairs = [named(item, scope) for item in chosen]
        names = [name for name, _ in pairs]
        inside = scope.over(relation)
        values = [compiler.expression(expression, inside) for _, expression in pairs]
    columns = columns_of(compiler, node, scope, names, [value.type for value in values])
    return columns, values


def serialize(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``serialize`` keeps the order; with expressions it extends."""
    relation = replace(numbered(relation), sorted=True)
    if not [item for item in node.children if item.kind == "List" and items(item)]:
        return relation
    return compiler.library.operators["ExtendOperator"](compiler, node, relation, scope)


def unchanged(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``render``, ``as`` without a later use, ``consume``: they do not touch the rows."""
    del compiler, node, scope
    return relation


def as_name(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``as X`` names the rows so far for the rest of the statement."""
    name = child(node, "NameDeclaration")
    shared = compiler.shared(relation, "as")
    if name is not None and "hint.materialized" not in parameters(node, scope):
        compiler.aliases[scope.source(name)] = shared
    return shared


OPERATORS: Mapping[str, Operator] = {
    "AsOperator": as_name,
    "ConsumeOperator": unchanged,
    "CountOperator": count,
    "DistinctOperator": distinct,
    "FilterOperator": where,
    "RenderOperator": unchanged,
    "SampleDistinctOperator": sample_distinct,
    "SampleOperator": sample,
    "SerializeOperator": serialize,
    "SortOperator": sort,
    "TakeOperator": take,
    "TopOperator": top,
}
