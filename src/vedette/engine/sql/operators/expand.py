"""``mv-expand`` and ``mv-apply``: a row for each element of an array, or each entry of a bag.

The trap: a null gives one row with null, an empty array none; several arrays advance together, and
the shorter ones end in nulls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from vedette.engine.sql.bodies import unbracketed
from vedette.engine.sql.compiler import Compiler, Operator
from vedette.engine.sql.operators.columns import with_columns
from vedette.engine.sql.operators.shape import named, parameters
from vedette.engine.sql.relation import Relation, from_source, identifiers, row_of
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import Value, identifier
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import child, items, walk

_TYPES = {"boolean": "bool", "date": "datetime", "double": "real", "time": "timespan"}


@dataclass(frozen=True, slots=True)
class Expansion:
    """One expanded column: its name, the list that it comes from, and the type of its elements."""

    name: str
    items: str
    type: str


def mv_expand(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``mv-expand a, b to typeof(t) limit n``."""
    relation = relation.nested()
    given = parameters(node, scope)
    pairs = given.get("kind", given.get("bagexpansion", "bag")) == "array"
    expansions = _expansions(compiler, node, scope.over(relation), relation, pairs)
    limit = child(node, "MvExpandRowLimitClause")
    if limit is not None:
        count = compiler.typed(limit.children[-1], scope, "long").sql
        expansions = [Expansion(e.name, f"({e.items})[1:{count}]", e.type) for e in expansions]
    added = [(e.name, _element(compiler, e, n, node, scope)) for n, e in enumerate(expansions)]
    unnested = [f"unnest({e.items}) AS {_cell(n)}" for n, e in enumerate(expansions)]
    index = given.get("with_itemindex")
    if index:
        length = ", ".join(f"len({e.items})" for e in expansions)
        unnested.append(f'unnest(generate_series(0, greatest({length})::BIGINT - 1)) AS "$index"')
        added.append((index, Value('"$index"', "long")))
    source = f"(SELECT *, {', '.join(unnested)} FROM {relation.source})"
    inner = from_source(source, relation.columns, relation.idents, relation.hidden)
    cells = frozenset({f"$cell{n}" for n in range(len(expansions))} | {"$index"})
    inner = _with_present(inner, cells)
    return with_columns(inner, added)


def _with_present(relation: Relation, more: frozenset[str]) -> Relation:
    return replace(relation, present=relation.present | more)


def _cell(index: int) -> str:
    return identifier(f"$cell{index}")


def _element(
    compiler: Compiler, expansion: Expansion, index: int, node: Node, scope: Scope
) -> Value:
    return compiler.convert(Value(_cell(index), "dynamic"), expansion.type, node, scope)


def _expansions(
    compiler: Compiler, node: Node, scope: Scope, relation: Relation, pairs: bool
) -> list[Expansion]:
    """What is expanded; an unnamed call expands under the column's name, or the compiler's."""
    lists = [item for item in node.children if item.kind == "List"]
    before = relation.types()
    listed = [item.children[0] for item in items(lists[-1])]
    clauses = [child(item, "ToTypeOfClause") for item in items(lists[-1])]
    given = [named(item, scope)[0] for item in listed]
    new = [c.name for c in node.columns if c.name not in before and c.name not in given]
    index = parameters(node, scope).get("with_itemindex")
    new = [name for name in new if name != index]
    result = []
    for item, clause in zip(listed, clauses, strict=True):
        name, expression = named(item, scope)
        if name is None:
            inside = {part.name for part in walk(item) if part.symbol == "column"}
            name = new.pop(0) if new else inside.pop() if len(inside) == 1 else None
        if name is None:
            compiler.refuse("mv-expand of an unnamed expression", item, scope)
        value = compiler.typed(expression, scope, "dynamic")
        macro = "kql.pairs" if pairs else "kql.expandable"
        result.append(Expansion(name, f"{macro}({value.sql})", _type(clause, scope)))
    return result


def _type(clause: Node | None, scope: Scope) -> str:
    if clause is None:
        return "dynamic"
    text = scope.source(clause.children[-1])
    name = text[text.find("(") + 1 : -1].strip()
    return _TYPES.get(name, name)


def mv_apply(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``mv-apply e = d on (…)``: the subquery over the elements of each row, beside the row."""
    outer = relation.nested()
    subquery = child(node, "MvApplySubqueryExpression")
    if subquery is None:
        compiler.refuse("mv-apply without a subquery", node, scope)
    expansions = _applied(compiler, node, scope, outer)
    columns = ", ".join(f"M.{identifier(i)} AS {identifier(i)}" for i in outer.idents)
    unnested = [f"unnest({e.items}) AS {_cell(n)}" for n, e in enumerate(expansions)]
    index = parameters(node, scope).get("with_itemindex")
    if index:
        length = ", ".join(f"len({e.items})" for e in expansions)
        unnested.append(f'unnest(generate_series(0, greatest({length})::BIGINT - 1)) AS "$index"')
    rows = from_source(f"(SELECT {columns}, {', '.join(unnested)})", outer.columns, outer.idents)
    cells = frozenset({f"$cell{n}" for n in range(len(expansions))} | {"$index"})
    added = [(e.name, _element(compiler, e, n, node, scope)) for n, e in enumerate(expansions)]
    if index:
        added.append((index, Value('"$index"', "long")))
    rows = with_columns(_with_present(rows, cells), added)
    inner_node = next(i for i in subquery.children if not i.kind.endswith("Token"))
    result = compiler.relation(inner_node, scope.with_row(None), rows).nested()
    return _beside(outer, result, {e.name for e in expansions})


def _applied(compiler: Compiler, node: Node, scope: Scope, outer: Relation) -> list[Expansion]:
    inside = scope.with_row(row_of(outer, "M"))
    lists = [item for item in node.children if item.kind == "List"]
    result = []
    for item in items(lists[-1]):
        name, expression = named(item.children[0], scope)
        if name is None:
            compiler.refuse("mv-apply of an unnamed expression", item, scope)
        value = compiler.typed(expression, inside, "dynamic")
        type_ = _type(child(item, "ToTypeOfClause"), scope)
        result.append(Expansion(unbracketed(name), f"kql.expandable({value.sql})", type_))
    return result


def _beside(outer: Relation, result: Relation, expanded: set[str]) -> Relation:
    """The outer row's columns, then those that only the subquery has."""
    inner = dict(zip([c.name for c in result.columns], result.idents, strict=True))
    columns, values = [], []
    for column, ident in zip(outer.columns, outer.idents, strict=True):
        if column.name in expanded and column.name in inner:
            columns.append(next(c for c in result.columns if c.name == column.name))
            values.append(f"A.{identifier(inner[column.name])}")
        else:
            columns.append(column)
            values.append(f"M.{identifier(ident)}")
    known = {column.name for column in outer.columns}
    for column, ident in zip(result.columns, result.idents, strict=True):
        if column.name not in known:
            columns.append(column)
            values.append(f"A.{identifier(ident)}")
    idents = identifiers(column.name for column in columns)
    select = ", ".join(
        f"{value} AS {identifier(ident)}" for value, ident in zip(values, idents, strict=True)
    )
    source = f"(SELECT {select} FROM {outer.source} AS M, LATERAL {result.source} AS A)"
    return from_source(source, columns, idents)


OPERATORS: Mapping[str, Operator] = {"MvApplyOperator": mv_apply, "MvExpandOperator": mv_expand}
