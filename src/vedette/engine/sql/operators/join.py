"""``join`` of every kind, and ``lookup``.

The trap: without a kind a join is ``innerunique``: one row of the left side for each key. A null
key matches a null key. What an outer join leaves without a match is null, but a string is ``""``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vedette.engine.sql.compiler import Compiler, Operator
from vedette.engine.sql.expressions.comparison import aligned, conjuncts
from vedette.engine.sql.operators.shape import parameters
from vedette.engine.sql.relation import Relation, Row, from_source, identifiers, row_of
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import Value, identifier
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import child, items
from vedette.schema.types import Column

_JOINS = {
    "fullouter": "FULL JOIN",
    "inner": "JOIN",
    "innerunique": "JOIN",
    "leftouter": "LEFT JOIN",
    "rightouter": "RIGHT JOIN",
}
#: kind -> (side whose rows are kept, whether they must have a match).
_SIDES = {
    "anti": ("L", False),
    "leftanti": ("L", False),
    "leftantisemi": ("L", False),
    "leftsemi": ("L", True),
    "rightanti": ("R", False),
    "rightantisemi": ("R", False),
    "rightsemi": ("R", True),
}
_LEFT_MISSING = frozenset({"rightouter", "fullouter"})
_RIGHT_MISSING = frozenset({"leftouter", "fullouter"})


@dataclass(frozen=True, slots=True)
class Join:
    """What is joined: the sides as ``L`` and ``R``, their keys, and the columns of the result."""

    kind: str
    left: Relation
    right: Relation
    keys: list[tuple[Value, Value]]
    named: list[tuple[Column, Value]]

    @property
    def one_side(self) -> tuple[str, bool] | None:
        """The side that is kept alone, and whether its rows must have a match; else None."""
        return _SIDES.get(self.kind)


def join(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``left | join kind=… (right) on …``."""
    return joined(join_of(compiler, node, relation, scope))


def lookup(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``lookup``: a left outer join without the right side's keys."""
    return joined(lookup_of(compiler, node, relation, scope))


def join_of(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Join:
    """What a ``join`` joins."""
    kind = parameters(node, scope).get("kind", "innerunique")
    left, right = relation.nested(), _right(compiler, node, scope)
    keys = _keys(compiler, node, left, right, scope)
    if kind in _SIDES:
        return Join(kind, left, right, keys, [])
    if kind not in _JOINS:
        compiler.refuse(f"join kind={kind}", node, scope)
    values = [*_side(left, "L", kind in _LEFT_MISSING), *_side(right, "R", kind in _RIGHT_MISSING)]
    names = [c.name for c in (*left.columns, *right.columns)]
    return Join(kind, left, right, keys, _named(node, names, values))


def lookup_of(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Join:
    """What a ``lookup`` joins."""
    kind = parameters(node, scope).get("kind", "leftouter")
    if kind not in {"leftouter", "inner"}:
        compiler.refuse(f"lookup kind={kind}", node, scope)
    left, right = relation.nested(), _right(compiler, node, scope)
    keys = _keys(compiler, node, left, right, scope)
    gone = {key[1].sql for key in keys}
    values = _side(left, "L", missing=False)
    names = [column.name for column in left.columns]
    for column, ident, value in zip(
        right.columns, right.idents, _side(right, "R", kind == "leftouter"), strict=True
    ):
        if f"R.{identifier(ident)}" not in gone:
            values.append(value)
            names.append(column.name)
    return Join(kind, left, right, keys, _named(node, names, values))


def _right(compiler: Compiler, node: Node, scope: Scope) -> Relation:
    on = next(i for i, item in enumerate(node.children) if item.kind == "JoinOnClause")
    return compiler.relation(node.children[on - 1], scope.with_row(None)).nested()


def _keys(
    compiler: Compiler, node: Node, left: Relation, right: Relation, scope: Scope
) -> list[tuple[Value, Value]]:
    clause = child(node, "JoinOnClause")
    row = Row(
        {}, {}, sides={"$left": row_of(left, "L").values, "$right": row_of(right, "R").values}
    )
    sides = row.sides
    keys = []
    listed = (
        [part for item in items(child(clause, "List")) for part in conjuncts(item)]
        if clause
        else []
    )
    for item in listed:
        if item.kind == "EqualExpression":
            pair = [compiler.expression(item.children[n], scope.with_row(row)) for n in (0, -1)]
            if pair[0].sql.startswith("R."):
                pair.reverse()
        else:
            name = item.name or scope.source(item)
            found = [sides[side].get(name) for side in ("$left", "$right")]
            pair = [value for value in found if value is not None]
        both = aligned(pair[0], pair[1]) if len(pair) == 2 else None
        if both is None:
            compiler.refuse(f"the join condition {scope.source(item)}", item, scope)
        keys.append(both)
    return keys


def matches(keys: Sequence[tuple[Value, Value]]) -> str:
    """The condition under which a row of the one side and one of the other match."""
    tests = [
        f"{left.sql} = {right.sql}"
        if left.type == "string"
        else f"{left.sql} IS NOT DISTINCT FROM {right.sql}"
        for left, right in keys
    ]
    return " AND ".join(tests) or "TRUE"


def _side(relation: Relation, alias: str, missing: bool) -> list[Value]:
    values = []
    for column, ident in zip(relation.columns, relation.idents, strict=True):
        sql = f"{alias}.{identifier(ident)}"
        empty = missing and column.type == "string"
        values.append(Value(f"coalesce({sql}, '')" if empty else sql, column.type))
    return values


def _named(node: Node, names: list[str], values: list[Value]) -> list[tuple[Column, Value]]:
    """The columns with their values; a name that the left side has gets a number on the right."""
    if len(node.columns) == len(values):
        names = [column.name for column in node.columns]
    taken: set[str] = set()
    result = []
    for name, value in zip(names, values, strict=True):
        unique, number = name, 0
        while unique in taken:
            number += 1
            unique = f"{name}{number}"
        taken.add(unique)
        result.append((Column(unique, value.type), value))
    return result


def joined(parts: Join) -> Relation:
    """The relation that a join makes."""
    if parts.one_side is not None:
        return _one_side(parts)
    left, right = parts.left, parts.right
    if parts.kind == "innerunique":
        partition = ", ".join(dict.fromkeys(key[0].sql for key in parts.keys))
        unique = f"(SELECT DISTINCT ON ({partition}) * FROM {left.source} AS L)"
        left = from_source(unique, left.columns, left.idents)
    idents = identifiers(column.name for column, _ in parts.named)
    select = ", ".join(
        f"{value.sql} AS {identifier(ident)}"
        for (_, value), ident in zip(parts.named, idents, strict=True)
    )
    on = matches(parts.keys)
    tables = f"{left.source} AS L {_JOINS[parts.kind]} {right.source} AS R ON {on}"
    columns = [column for column, _ in parts.named]
    return from_source(f"(SELECT {select} FROM {tables})", columns, idents)


def _one_side(parts: Join) -> Relation:
    side, matched = _SIDES[parts.kind]
    kept, other = (parts.left, parts.right) if side == "L" else (parts.right, parts.left)
    alias = "R" if side == "L" else "L"
    word = "EXISTS" if matched else "NOT EXISTS"
    test = f"{word} (SELECT 1 FROM {other.source} AS {alias} WHERE {matches(parts.keys)})"
    source = f"(SELECT {side}.* FROM {kept.source} AS {side} WHERE {test})"
    return from_source(source, kept.columns, kept.idents, kept.hidden)


OPERATORS: Mapping[str, Operator] = {"JoinOperator": join, "LookupOperator": lookup}
