"""Names, literals and steps into dynamic values.

The trap: a chain of steps with constant keys is one path to the database; compiled step by step it
would parse the JSON at each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from vedette.engine.sql import literals
from vedette.engine.sql import value as values
from vedette.engine.sql.compiler import Compiler, Expression
from vedette.engine.sql.expressions.time_tokens import has_token, hunt_time
from vedette.engine.sql.relation import Relation
from vedette.engine.sql.scope import Lambda, Scope, Variable
from vedette.engine.sql.value import INTEGERS, Value, literal
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import child, items


def name(compiler: Compiler, node: Node, scope: Scope) -> Value:
    """A column, a variable or a parameter."""
    called = node.name or scope.source(node)
    if node.symbol in {"column", ""} and scope.row is not None:
        column = scope.row.column(called)
        if column is not None:
            return column
    binding = scope.names.get(called)
    if isinstance(binding, Variable):
        binding = binding.value()
    if isinstance(binding, Value):
        return binding
    if isinstance(binding, Relation):
        compiler.refuse(f"the table {called} as a value", node, scope)
    if binding is None and node.symbol == "column" and compiler.open:
        if compiler.blank:
            return values.null("dynamic")
        compiler.refuse(f"the column {called}", node, scope, "no row has it, and the service fails")
    if not isinstance(binding, Lambda) and node.symbol != "function":
        compiler.refuse(f"the name {called} here", node, scope)
    return compiler.library.expressions["FunctionCallExpression"](compiler, node, scope)


def constant(compiler: Compiler, node: Node, scope: Scope) -> Value:
    """A literal."""
    text = scope.source(node).strip()
    if has_token(text):
        return hunt_time(node, text)
    try:
        return literals.constant(node.kind, text)
    except (ValueError, ArithmeticError, KeyError):
        compiler.refuse(f"the literal {scope.source(node)}", node, scope)


def compound_string(compiler: Compiler, node: Node, scope: Scope) -> Value:
    """Adjacent string literals are one."""
    del compiler
    tokens = [token for part in node.children for token in part.children]
    return values.string("".join(literals.unquoted(scope.source(token)) for token in tokens))


def dynamic_literal(compiler: Compiler, node: Node, scope: Scope) -> Value:
    """``dynamic(…)``."""
    content = [item for item in node.children if item.type]
    if len(content) != 1:
        compiler.refuse("this dynamic literal", node, scope)
    return values.dynamic(_json(compiler, content[0], scope))


def _json(compiler: Compiler, node: Node, scope: Scope) -> object:
    if node.kind == "JsonArrayExpression":
        return [_json(compiler, item, scope) for item in items(child(node, "List"))]
    if node.kind == "JsonObjectExpression":
        pairs = items(child(node, "List"))
        return {
            literals.unquoted(scope.source(pair.children[0])): _json(
                compiler, pair.children[-1], scope
            )
            for pair in pairs
        }
    if node.kind in {"UnaryMinusExpression", "UnaryPlusExpression"}:
        number = _json(compiler, node.children[-1], scope)
        if isinstance(number, (int, float)):
            return -number if node.kind == "UnaryMinusExpression" else number
    value = compiler.expression(node, scope)
    as_json = compiler.convert(value, "dynamic", node, scope)
    if value.type in {"real", "decimal"} and value.known:
        return float(str(value.constant))
    if isinstance(value.constant, datetime):
        return f"{value.constant:%Y-%m-%dT%H:%M:%S.%f}0Z"
    if not as_json.known:
        compiler.refuse(f"{scope.source(node)} in a dynamic literal", node, scope)
    return as_json.constant


def path(compiler: Compiler, node: Node, scope: Scope) -> Value:
    """``d.a``, ``d["a"]``, ``d[0]`` and chains of them; also ``$left.Column``."""
    steps: list[Node] = []
    base = node
    while base.kind in {"PathExpression", "ElementExpression"}:
        steps.append(base.children[-1])
        base = base.children[0]
    side = scope.source(base)
    if side in {"$left", "$right"} and scope.row is not None:
        column = scope.row.sides.get(side, {}).get(steps[-1].name)
        if column is None or len(steps) > 1:
            compiler.refuse(f"{scope.source(node)} here", node, scope)
        return column
    remembered = scope.row.sides if scope.row is not None else {}
    if base.type == "tuple" and base.name in remembered:
        found = _of_step(compiler, base, steps.pop(), scope)
        if not steps:
            return found
    else:
        found = compiler.expression(base, scope)
    value = compiler.convert(found, "dynamic", base, scope)
    keys = [_step(compiler, step, scope) for step in reversed(steps)]
    return _stepped(value, keys)


def _of_step(compiler: Compiler, base: Node, column: Node, scope: Scope) -> Value:
    """``step.Column`` in a ``scan``; a step knows itself and those before it."""
    sides = scope.row.sides if scope.row is not None else {}
    found = sides.get(base.name, {}).get(column.name)
    if found is None:
        compiler.refuse(f"{base.name}.{column.name} here", base, scope)
    return found


def _step(compiler: Compiler, node: Node, scope: Scope) -> Value:
    if node.kind == "BracketedExpression":
        inner = next(item for item in node.children if not item.kind.endswith("Token"))
        return compiler.expression(inner, scope)
    return values.string(node.name or scope.source(node))


def _stepped(value: Value, keys: list[Value]) -> Value:
    sql, steps = value.sql, ""
    for key in keys:
        step = _json_path(key)
        if step is not None:
            steps += step
            continue
        if steps:
            sql, steps = f"kql.get({sql}, {literal('$' + steps)})", ""
        kind = "item" if key.type in INTEGERS else "member"
        text = key if key.type != "dynamic" else Value(f"({key.sql} ->> '$')", "string")
        sql = f"kql.{kind}({sql}, {text.sql})"
    if steps:
        sql = f"kql.get({sql}, {literal('$' + steps)})"
    return Value(sql, "dynamic")


def _json_path(key: Value) -> str | None:
    if isinstance(key.constant, bool) or not key.known:
        return None
    if isinstance(key.constant, int):
        return f"[{key.constant}]"
    if isinstance(key.constant, str) and '"' not in key.constant:
        return f'."{key.constant}"'
    return None


def parenthesised(compiler: Compiler, node: Node, scope: Scope) -> Value:
    """``(x)``."""
    inner = next(item for item in node.children if not item.kind.endswith("Token"))
    return compiler.expression(inner, scope)


def type_literal(compiler: Compiler, node: Node, scope: Scope) -> Value:
    """``typeof(string)`` is the name of the type where a function asks for it."""
    del compiler
    types = [item.name for item in node.children if item.kind == "PrimitiveTypeExpression"]
    return values.string(types[0] if types else scope.source(node))


EXPRESSIONS: Mapping[str, Expression] = {
    **dict.fromkeys(literals.LITERALS, constant),
    "BracketedExpression": parenthesised,
    "CompoundStringLiteralExpression": compound_string,
    "DynamicExpression": dynamic_literal,
    "ElementExpression": path,
    "NameReference": name,
    "ParenthesizedExpression": parenthesised,
    "PathExpression": path,
    "TypeOfLiteralExpression": type_literal,
}
