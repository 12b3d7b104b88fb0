"""``in``, ``in~``, ``has_any``, ``has_all`` over lists, dynamic arrays and tables.

The trap: membership is total. A null is in no list, so ``in`` is false and ``!in`` true for it,
where SQL answers NULL to both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vedette.engine.sql import terms
from vedette.engine.sql.compiler import Compiler, Expression
from vedette.engine.sql.expressions.comparison import aligned, listed
from vedette.engine.sql.expressions.text import has, lowered
from vedette.engine.sql.relation import Relation
from vedette.engine.sql.scope import Scope, Variable
from vedette.engine.sql.value import Value, dynamic, identifier, string
from vedette.kql.bound import Node


def tabular(compiler: Compiler, node: Node, scope: Scope) -> Relation | None:
    """The relation that a list's only item is, None if it is none."""
    if node.type == "table":
        return compiler.relation(node, scope)
    binding = scope.names.get(node.name) if node.kind == "NameReference" else None
    if isinstance(binding, Variable) and node.symbol != "column":
        binding = binding.value()
    return compiler.completed(binding) if isinstance(binding, Relation) else None


def _membership(*, negated: bool) -> Expression:
    def compile_(compiler: Compiler, node: Node, scope: Scope) -> Value:
        folded = "~" in scope.source(node.children[1])
        left = compiler.expression(node.children[0], scope)
        members = listed(node.children[-1])
        relation = tabular(compiler, members[0], scope) if len(members) == 1 else None
        if relation is not None:
            sql = _in_table(compiler, node, scope, left, relation, folded)
        else:
            given = [compiler.expression(item, scope) for item in members]
            sql = _in_list(compiler, node, scope, left, _spread(given), folded)
        return Value(f"(NOT {sql})" if negated else sql, "bool")

    return compile_


def _in_table(
    compiler: Compiler, node: Node, scope: Scope, left: Value, relation: Relation, folded: bool
) -> str:
    nested = relation.nested()
    member = Value(identifier(nested.idents[0]), nested.columns[0].type)
    if folded:
        left = compiler.convert(left, "string", node, scope)
        member = compiler.convert(member, "string", node, scope)
        left, member = lowered(left), lowered(member)
    both = aligned(left, member)
    if both is None:
        compiler.refuse(f"{left.type} in a column of {member.type}", node, scope)
    sql = f"({both[0].sql} IN (SELECT {both[1].sql} FROM {nested.source}))"
    return sql if both[0].type == both[1].type == "string" else f"coalesce({sql}, FALSE)"


def _in_list(
    compiler: Compiler,
    node: Node,
    scope: Scope,
    left: Value,
    members: Sequence[Value],
    folded: bool,
) -> str:
    texts = folded or any(member.type == "string" for member in members)
    if texts and left.type in {"dynamic", "string"}:
        left = compiler.convert(left, "string", node, scope)
    fixed, conditions = [], []
    for member in members:
        if member.type == "dynamic" and not member.known:
            conditions.append(_in_array(compiler, node, scope, left, member, folded))
            continue
        both = aligned(left, member)
        if both is None:
            compiler.refuse(f"{left.type} in a list with a {member.type}", node, scope)
        fixed.append((lowered(both[0]), lowered(both[1])) if folded else both)
    if fixed:
        right = ", ".join(pair[1].sql for pair in fixed)
        sql = f"({fixed[0][0].sql} IN ({right}))"
        total = left.never_null and all(pair[1].never_null for pair in fixed)
        conditions.insert(0, sql if total else f"coalesce({sql}, FALSE)")
    return f"({' OR '.join(conditions)})" if conditions else "FALSE"


def _in_array(
    compiler: Compiler, node: Node, scope: Scope, left: Value, array: Value, folded: bool
) -> str:
    """Membership in an array that only the row knows: by text, as its elements are written."""
    text = compiler.convert(left, "string", node, scope)
    if folded:
        return f"coalesce(list_contains(kql.lower_texts({array.sql}), {lowered(text).sql}), FALSE)"
    return f"coalesce(list_contains(kql.texts({array.sql}), {text.sql}), FALSE)"


def _spread(members: Sequence[Value]) -> list[Value]:
    """The members, with the elements of constant arrays in their place."""
    result: list[Value] = []
    for member in members:
        if member.type == "dynamic" and isinstance(member.constant, list):
            result += [
                string(item) if isinstance(item, str) else dynamic(item) for item in member.constant
            ]
        else:
            result.append(member)
    return result


def _terms(*, every: bool) -> Expression:
    def compile_(compiler: Compiler, node: Node, scope: Scope) -> Value:
        left = compiler.typed(node.children[0], scope, "string")
        members = listed(node.children[-1])
        relation = tabular(compiler, members[0], scope) if len(members) == 1 else None
        which = "all" if every else "any"
        if relation is not None:
            nested = relation.nested()
            member = Value(identifier(nested.idents[0]), nested.columns[0].type)
            text = compiler.convert(member, "string", node, scope)
            array = f"(SELECT list({text.sql}) FROM {nested.source})"
            return Value(f"kql.has_{which}({left.sql}, {array})", "bool")
        given = _spread([compiler.expression(item, scope) for item in members])
        return Value(_has_list(compiler, node, scope, left, given, every=every), "bool")

    return compile_


def _has_list(
    compiler: Compiler,
    node: Node,
    scope: Scope,
    left: Value,
    members: Sequence[Value],
    *,
    every: bool,
) -> str:
    which = "all" if every else "any"
    plain, conditions = [], []
    for member in members:
        if member.type == "dynamic" and not member.known:
            conditions.append(f"kql.has_{which}({left.sql}, kql.texts({member.sql}))")
            continue
        text = compiler.convert(member, "string", node, scope)
        if text.text is not None and terms.plain(text.text) and not every:
            plain.append(text.text)
        else:
            conditions.append(has(left, text, cased=False))
    if plain:
        conditions.append(terms.has(left, plain, cased=False, lead=True, trail=True))
    if not conditions:
        return "TRUE" if every else "FALSE"
    return f"({(' AND ' if every else ' OR ').join(conditions)})"


EXPRESSIONS: Mapping[str, Expression] = {
    "HasAllExpression": _terms(every=True),
    "HasAnyExpression": _terms(every=False),
    "InCsExpression": _membership(negated=False),
    "InExpression": _membership(negated=False),
    "NotInCsExpression": _membership(negated=True),
    "NotInExpression": _membership(negated=True),
}
