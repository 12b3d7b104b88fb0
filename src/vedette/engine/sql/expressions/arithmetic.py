"""``+ - * / %``, by the types of both sides.

The trap: DuckDB's ``/`` makes reals of integers, its ``//`` fails on zero, and its ``%`` has the
sign of the dividend: Kusto divides integers towards zero, gives null for zero, and its remainder is
never negative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

from vedette.engine.sql import value as values
from vedette.engine.sql.compiler import Compiler, Expression
from vedette.engine.sql.convert import converted
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import INTEGERS, NUMBERS, TICKS_PER_MICROSECOND, Value
from vedette.kql.bound import Node


def shifted(moment: Value, span: Value, sign: str = "+") -> Value:
    """A datetime and a timespan later (or earlier)."""
    if isinstance(span.constant, int) and span.constant % TICKS_PER_MICROSECOND == 0:
        micros = span.constant // TICKS_PER_MICROSECOND
        return Value(f"({moment.sql} {sign} to_microseconds({micros}))", "datetime")
    ticks = span.sql if sign == "+" else f"(-{span.sql})"
    return Value(f"kql.shift({moment.sql}, {ticks})", "datetime")


def added(left: Value, right: Value) -> Value | None:
    """``left + right``."""
    match left.type, right.type:
        case "datetime", "timespan":
            return shifted(left, right)
        case "timespan", "datetime":
            return shifted(right, left)
        case "timespan", "timespan":
            return _folded("+", left, right, "timespan")
    return _numeric("+", left, right)


def subtracted(left: Value, right: Value) -> Value | None:
    """``left - right``."""
    match left.type, right.type:
        case "datetime", "datetime":
            return Value(f"((epoch_us({left.sql}) - epoch_us({right.sql})) * 10)", "timespan")
        case "datetime", "timespan":
            return shifted(left, right, "-")
        case "timespan", "timespan":
            return _folded("-", left, right, "timespan")
    return _numeric("-", left, right)


def multiplied(left: Value, right: Value) -> Value | None:
    """``left * right``."""
    if right.type == "timespan" and left.type in NUMBERS:
        left, right = right, left
    if left.type == "timespan" and right.type in INTEGERS:
        return _folded("*", left, right, "timespan")
    if left.type == "timespan" and right.type == "real":
        if left.known and right.known and None not in (left.constant, right.constant):
            product = Fraction(str(left.constant)) * Fraction(str(right.constant))
            return values.integer(int(product), "timespan")
        return Value(f"TRY_CAST(trunc({left.sql} * {right.sql}) AS BIGINT)", "timespan")
    return _numeric("*", left, right)


def divided(left: Value, right: Value) -> Value | None:
    """``left / right``."""
    match left.type, right.type:
        case "timespan", "timespan":
            return Value(f"({left.sql}::DOUBLE / {right.sql}::DOUBLE)", "real")
        case "timespan", "int" | "long" | "real" if _whole(left, right):
            return values.integer(_quotient(left.constant, right.constant), "timespan")
        case "timespan", "int" | "long":
            return Value(f"({left.sql} // nullif({right.sql}, 0))", "timespan")
        case "timespan", "real":
            return Value(f"TRY_CAST(trunc({left.sql} / {right.sql}) AS BIGINT)", "timespan")
    if left.type in INTEGERS and right.type in INTEGERS:
        divisor = right.sql if right.known and right.constant else f"nullif({right.sql}, 0)"
        return Value(f"({left.sql} // {divisor})", "long")
    return _numeric("/", left, right)


def _whole(left: Value, right: Value) -> bool:
    """True if both are known and the division can be done now."""
    return (
        left.known
        and right.known
        and None not in (left.constant, right.constant)
        and bool(right.constant)
    )


def _quotient(ticks: object, divisor: object) -> int:
    return int(Fraction(str(ticks)) / Fraction(str(divisor)))


def remainder(left: Value, right: Value) -> Value | None:
    """``left % right``."""
    if left.type in INTEGERS and right.type in INTEGERS:
        return Value(f"kql.modulo({left.sql}, {right.sql})", "long")
    if left.type == right.type == "timespan":
        return Value(f"kql.modulo({left.sql}, {right.sql})", "timespan")
    if {left.type, right.type} <= {"int", "long", "real"}:
        return Value(f"kql.modulo({left.sql}::DOUBLE, {right.sql}::DOUBLE)", "real")
    return None


def _numeric(operator: str, left: Value, right: Value) -> Value | None:
    sides = {left.type, right.type}
    if not sides <= NUMBERS:
        return None
    if "real" in sides:
        type_ = "real"
    elif "decimal" in sides:
        if operator in "*/":
            return None  # DECIMAL(38,9) has no room for what Kusto's 34 digits give
        type_ = "decimal"
    else:
        type_ = "int" if sides == {"int"} else "long"
    return _folded(operator, left, right, type_)


def _folded(operator: str, left: Value, right: Value, type_: str) -> Value:
    """The operation, done now if both sides are whole constants."""
    if isinstance(left.constant, int) and isinstance(right.constant, int) and type_ != "real":
        a, b = left.constant, right.constant
        result = {"+": a + b, "-": a - b, "*": a * b}[operator]
        if abs(result) < 2**63:
            return values.integer(result, type_)
    a_sql, b_sql = (_real(side) if type_ == "real" else side.sql for side in (left, right))
    return Value(f"({a_sql} {operator} {b_sql})", type_)


def _real(value: Value) -> str:
    as_real = converted(value, "real")
    return value.sql if as_real is None else as_real.sql


def _binary(build: Callable[[Value, Value], Value | None]) -> Expression:
    def compile_(compiler: Compiler, node: Node, scope: Scope) -> Value:
        left = _number(compiler, node.children[0], scope)
        right = _number(compiler, node.children[-1], scope)
        if left.type == "dynamic":
            left = _like(left, right)
        if right.type == "dynamic":
            right = _like(right, left)
        result = build(left, right)
        if result is None:
            sides = f"{left.type} {scope.source(node.children[1])} {right.type}"
            compiler.refuse(sides, node, scope)
        return result

    return compile_


def _number(compiler: Compiler, node: Node, scope: Scope) -> Value:
    value = compiler.expression(node, scope)
    if value.type == "bool":
        return compiler.convert(value, "long", node, scope)
    return value


def _like(dynamic: Value, other: Value) -> Value:
    """A dynamic beside another value: a number unless the other says what it is."""
    target = other.type if other.type in {"datetime", "timespan"} else "real"
    result = converted(dynamic, target)
    return dynamic if result is None else result


def _minus(compiler: Compiler, node: Node, scope: Scope) -> Value:
    value = _number(compiler, node.children[-1], scope)
    if value.type == "dynamic":
        value = compiler.convert(value, "real", node, scope)
    if value.type not in NUMBERS | {"timespan"}:
        compiler.refuse(f"minus a {value.type}", node, scope)
    if isinstance(value.constant, int):
        return values.integer(-value.constant, value.type)
    if isinstance(value.constant, float):
        return values.real(-value.constant)
    return Value(f"(-{value.sql})", value.type)


def _plus(compiler: Compiler, node: Node, scope: Scope) -> Value:
    return compiler.expression(node.children[-1], scope)


EXPRESSIONS: Mapping[str, Expression] = {
    "AddExpression": _binary(added),
    "DivideExpression": _binary(divided),
    "ModuloExpression": _binary(remainder),
    "MultiplyExpression": _binary(multiplied),
    "SubtractExpression": _binary(subtracted),
    "UnaryMinusExpression": _minus,
    "UnaryPlusExpression": _plus,
}
