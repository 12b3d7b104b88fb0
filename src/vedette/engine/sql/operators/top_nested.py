"""``top-nested``: the top values of each level within each value of the level before.

The trap: every level aggregates the rows again, not the results of the level before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from vedette.engine.sql.compiler import Compiler, Operator
from vedette.engine.sql.operators.shape import columns_of, named
from vedette.engine.sql.relation import Relation, from_source, identifiers
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import Value, identifier
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import child, items


@dataclass(frozen=True, slots=True)
class Level:
    """One level: how many values (SQL, empty for all), the value, and what orders the values."""

    count: str
    names: tuple[str | None, str | None]
    value: Value
    rank: Value
    ascending: bool


def top_nested(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``top-nested n of a by x, top-nested m of b by y``."""
    rows = compiler.shared(relation, "nested").nested()
    inside = scope.over(rows)
    clauses = items(next(part for part in node.children if part.kind == "List"))
    levels = [_level(compiler, clause, inside) for clause in clauses]
    names = [name for level in levels for name in level.names]
    types = [value.type for level in levels for value in (level.value, level.rank)]
    columns = columns_of(compiler, node, scope, names, types)
    idents = identifiers(column.name for column in columns)
    sql = ""
    for number in range(len(levels)):
        sql = _select(rows, levels, number, sql)
    listed = ", ".join(
        f"{'k' if place % 2 == 0 else 'r'}{place // 2} AS {identifier(ident)}"
        for place, ident in enumerate(idents)
    )
    return from_source(f"(SELECT {listed} FROM ({sql}))", columns, idents)


def _select(rows: Relation, levels: list[Level], number: int, before: str) -> str:
    """A level's values with those of the levels before."""
    level = levels[number]
    keys = [each.value.sql for each in levels[: number + 1]]
    selected = [f"{key} AS k{n}" for n, key in enumerate(keys)] + [f"{level.rank.sql} AS r{number}"]
    grouped = f"SELECT {', '.join(selected)} FROM {rows.source} GROUP BY {', '.join(keys)}"
    outer = [f"k{n}" for n in range(number)]
    order = f"r{number} {'ASC NULLS FIRST' if level.ascending else 'DESC NULLS LAST'}"
    part = f"PARTITION BY {', '.join(f'G.{key}' for key in outer)} " if outer else ""
    place = f"row_number() OVER ({part}ORDER BY {order}, G.k{number})"
    top = f" QUALIFY {place} <= {level.count}" if level.count else ""
    if not outer:
        return f"SELECT G.* FROM ({grouped}) AS G{top}"
    on = " AND ".join(f"G.{key} IS NOT DISTINCT FROM B.{key}" for key in outer)
    both = f"({before}) AS B JOIN ({grouped}) AS G ON {on}"
    return f"SELECT B.*, G.k{number}, G.r{number} FROM {both}{top}"


def _level(compiler: Compiler, clause: Node, scope: Scope) -> Level:
    if child(clause, "TopNestedWithOthersClause") is not None:
        compiler.refuse("top-nested with others", clause, scope)
    texts = [scope.source(part) for part in clause.children]
    of, by = texts.index("of"), texts.index("by")
    count = compiler.typed(clause.children[of - 1], scope, "long").sql if of > 1 else ""
    name, expression = named(clause.children[of + 1], scope)
    ranked = clause.children[by + 1]
    ascending = False
    if ranked.kind == "OrderedExpression":
        ascending = "asc" in scope.source(ranked.children[-1]).lower().split()
        ranked = ranked.children[0]
    rank_name, rank = named(ranked, scope)
    value = compiler.expression(expression, scope)
    order = compiler.expression(rank, replace(scope, grouped=True))
    return Level(count, (name, rank_name), value, order, ascending)


OPERATORS: Mapping[str, Operator] = {"TopNestedOperator": top_nested}
