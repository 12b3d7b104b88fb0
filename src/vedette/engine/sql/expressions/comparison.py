"""``== != < <= > >=``, ``between``, ``and``, ``or``.

The trap: in Kusto equality is total where SQL's is not. One null side makes ``==`` false and ``!=``
true; only two nulls give null. Ordering gives null for a null, as in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.compiler import Compiler, Expression
from vedette.engine.sql.convert import converted
from vedette.engine.sql.expressions.arithmetic import shifted
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import INTEGERS, NUMBERS, Value
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import items


def aligned(left: Value, right: Value) -> tuple[Value, Value] | None:
    """Both sides as values of one type that SQL compares as Kusto does, None if there is none."""
    if left.type == right.type and left.type != "dynamic":
        return left, right
    for target in _targets(left.type, right.type):
        first, second = converted(left, target), converted(right, target)
        if first is not None and second is not None:
            return first, second
    return None


def _targets(left: str, right: str) -> tuple[str, ...]:
    sides = {left, right}
    if sides <= NUMBERS:
        return ("long",) if sides <= INTEGERS else ("real",)
    if sides == {"dynamic"}:
        return ("string",)
    if "dynamic" in sides:
        other = right if left == "dynamic" else left
        # A fraction in the dynamic must not be cut off before it is compared.
        return ("real",) if other in INTEGERS else (other,)
    if "bool" in sides and sides <= {"bool", *NUMBERS}:
        return ("long",)
    if "string" in sides and sides & {"datetime", "timespan", "guid"}:
        return (right if left == "string" else left,)
    if "string" in sides and sides <= {"string", *INTEGERS}:
        # ``ResultType == 0``: Log Analytics compares the text.
        return ("string",)
    return ()


def equal(left: Value, right: Value) -> str:
    """SQL for ``left == right`` of one type."""
    if left.type == right.type == "string" or (left.never_null and right.never_null):
        return f"({left.sql} = {right.sql})"
    if left.never_null or right.never_null:
        return f"({left.sql} IS NOT DISTINCT FROM {right.sql})"
    return f"kql.equal({left.sql}, {right.sql})"


def _equality(*, negated: bool) -> Expression:
    def compile_(compiler: Compiler, node: Node, scope: Scope) -> Value:
        sql = equal(*_sides(compiler, node, scope))
        return Value(f"(NOT {sql})" if negated else sql, "bool")

    return compile_


def _order(operator: str) -> Expression:
    def compile_(compiler: Compiler, node: Node, scope: Scope) -> Value:
        left, right = _sides(compiler, node, scope)
        return Value(f"({left.sql} {operator} {right.sql})", "bool")

    return compile_


def _sides(compiler: Compiler, node: Node, scope: Scope) -> tuple[Value, Value]:
    left = compiler.expression(node.children[0], scope)
    right = compiler.expression(node.children[-1], scope)
    both = aligned(left, right)
    if both is None:
        sides = f"{left.type} {scope.source(node.children[1])} {right.type}"
        compiler.refuse(sides, node, scope)
    return both


def _between(*, negated: bool) -> Expression:
    word = "NOT BETWEEN" if negated else "BETWEEN"

    def compile_(compiler: Compiler, node: Node, scope: Scope) -> Value:
        couple = node.children[-1]
        bounds = [item for item in couple.children if not item.kind.endswith("Token")]
        value = compiler.expression(node.children[0], scope)
        low, high = (compiler.expression(bound, scope) for bound in bounds)
        if low.type == "datetime" and high.type == "timespan":
            high = shifted(low, high)
        first, second = aligned(value, low), aligned(value, high)
        if first is None or second is None or first[0].type != second[0].type:
            types = f"{value.type} between ({low.type} .. {high.type})"
            compiler.refuse(types, node, scope)
        sql = f"({first[0].sql} {word} {first[1].sql} AND {second[1].sql})"
        return Value(sql, "bool")

    return compile_


def _chain(kind: str, word: str) -> Expression:
    def compile_(compiler: Compiler, node: Node, scope: Scope) -> Value:
        operands: list[Node] = []
        while node.kind == kind:
            operands.append(node.children[-1])
            node = node.children[0]
        operands.append(node)
        conditions = [condition(compiler, item, scope).sql for item in reversed(operands)]
        return Value(f"({f' {word} '.join(conditions)})", "bool")

    return compile_


def condition(compiler: Compiler, node: Node, scope: Scope) -> Value:
    """An expression where a bool stands; Kusto takes numbers and dynamics for one."""
    return compiler.typed(node, scope, "bool")


def conjuncts(node: Node) -> list[Node]:
    """The conditions of ``a and b and c``."""
    found: list[Node] = []
    while True:
        while node.kind == "ParenthesizedExpression" and len(node.children) == 3:
            node = node.children[1]
        if node.kind != "AndExpression":
            break
        found += reversed(conjuncts(node.children[-1]))
        node = node.children[0]
    return [node, *reversed(found)]


def listed(node: Node) -> list[Node]:
    """The items of a parenthesised list on the right of an operator."""
    lists = [item for item in node.children if item.kind == "List"]
    return items(lists[0]) if lists else []


EXPRESSIONS: Mapping[str, Expression] = {
    "AndExpression": _chain("AndExpression", "AND"),
    "BetweenExpression": _between(negated=False),
    "EqualExpression": _equality(negated=False),
    "GreaterThanExpression": _order(">"),
    "GreaterThanOrEqualExpression": _order(">="),
    "LessThanExpression": _order("<"),
    "LessThanOrEqualExpression": _order("<="),
    "NotBetweenExpression": _between(negated=True),
    "NotEqualExpression": _equality(negated=True),
    "OrExpression": _chain("OrExpression", "OR"),
}
