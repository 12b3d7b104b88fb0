"""Calls of functions where a value stands, and tables that are read as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vedette.engine.sql.bodies import entered, user_function
from vedette.engine.sql.compiler import Compiler, Expression
from vedette.engine.sql.functions.library import AGGREGATES, FUNCTIONS
from vedette.engine.sql.functions.refusals import REFUSED_AGGREGATES, REFUSED_FUNCTIONS
from vedette.engine.sql.registry import Call
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import Value, identifier, null
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import arguments


def call(compiler: Compiler, node: Node, scope: Scope) -> Value:
    """A function call where a value stands."""
    name = node.name or scope.source(node.children[0])
    function = user_function(compiler, name, scope)
    if function is not None:
        inner, body = entered(compiler, function, node, scope)
        return compiler.expression(body, inner)
    aggregate = AGGREGATES.get(name) if scope.grouped else None
    if aggregate is not None:
        inside = replace(scope, grouped=False)
        return aggregate.build(Call(compiler, node, inside, name, arguments(node)))
    entry = FUNCTIONS.get(name)
    if entry is None:
        reasons = REFUSED_AGGREGATES if scope.grouped else REFUSED_FUNCTIONS
        compiler.refuse(f"{name}()", node, scope, reasons.get(name, ""))
    return entry.build(Call(compiler, node, scope, name, arguments(node)))


def to_scalar(compiler: Compiler, node: Node, scope: Scope) -> Value:
    """``toscalar(T)``: the first column of T's first row, null (or "") if there is none."""
    inner = enclosed(node)
    if inner.type != "table":
        return compiler.expression(inner, scope)
    relation = compiler.shared(compiler.relation(inner, scope), "scalar").nested()
    column = relation.columns[0]
    sql = f"(SELECT {identifier(relation.idents[0])} FROM {relation.source} LIMIT 1)"
    if column.type == "string":
        sql = f"coalesce({sql}, {null('string').sql})"
    return Value(sql, column.type)


def enclosed(node: Node) -> Node:
    """The expression in the parentheses of ``toscalar(…)`` and ``materialize(…)``."""
    return next(item for item in node.children if item.type and not item.kind.endswith("Keyword"))


def materialized(compiler: Compiler, node: Node, scope: Scope) -> Value:
    """``materialize(x)`` of a value is the value."""
    return compiler.expression(enclosed(node), scope)


EXPRESSIONS: Mapping[str, Expression] = {
    "FunctionCallExpression": call,
    "MaterializeExpression": materialized,
    "ToScalarExpression": to_scalar,
}
