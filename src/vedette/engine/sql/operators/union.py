"""``union``, ``find`` and ``search``: rows of several tables under one set of columns.

The trap: a column that two tables have under one name and different types becomes two, and a table
that lacks a column gives null for it, but ``""`` for a string.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence

from vedette.engine.sql.compiler import Compiler, Operator, Source
from vedette.engine.sql.operators.shape import expressions, parameters
from vedette.engine.sql.relation import SPAN, Relation, from_source, identifiers, typed_null
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import identifier, literal
from vedette.kql.bound import Node
from vedette.kql.desugar.names import INGESTION_COLUMN
from vedette.kql.desugar.tree import walk
from vedette.schema.types import Column


def union_source(compiler: Compiler, node: Node, scope: Scope) -> Relation:
    """``union A, B`` at the head of a pipeline."""
    return _union(compiler, node, scope, [])


def union(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``T | union A, B``."""
    return _union(compiler, node, scope, [("", relation)])


def _union(
    compiler: Compiler, node: Node, scope: Scope, piped: Sequence[tuple[str, Relation]]
) -> Relation:
    given = parameters(node, scope)
    sides = list(piped)
    fuzzy = given.get("isfuzzy", "false").lower() == "true"
    for item in expressions(node):
        if not (fuzzy and _unknown(compiler, item, scope)):
            sides += members(compiler, item, scope)
    if not sides:
        compiler.refuse("a union of nothing", node, scope)
    sides = compiler.abreast(sides)
    source = given.get("withsource") or given.get("with_source")
    inner = given.get("kind", "outer") == "inner"
    columns = _columns(compiler.known(node), [side for _, side in sides], source, inner)
    return _all(sides, columns, source)


def united(sides: Sequence[tuple[str, Relation]], source: str) -> Relation:
    """All rows of the named tables with all their columns, ``source`` telling the table."""
    columns = _columns((), [side for _, side in sides], source, inner=False)
    return _all(sides, columns, source)


def _all(
    sides: Sequence[tuple[str, Relation]], columns: Sequence[Column], source: str | None
) -> Relation:
    idents = identifiers(column.name for column in columns)
    hidden = [
        name for name in (INGESTION_COLUMN, *SPAN) if all(name in side.hidden for _, side in sides)
    ]
    selects = [
        _select(name or f"union_arg{position}", side, columns, idents, source, hidden)
        for position, (name, side) in enumerate(sides)
    ]
    return from_source(f"({' UNION ALL '.join(selects)})", columns, idents, hidden)


def _unknown(compiler: Compiler, item: Node, scope: Scope) -> bool:
    """True if the item names a table or function that nobody knows: ``isfuzzy`` leaves it out."""
    for node in walk(item):
        if node.symbol or node.kind not in {"FunctionCallExpression", "NameReference"}:
            continue
        name = node.name or scope.source(node)
        if node.type in {"", "error", "table", "unknown"} and not (
            name in scope.names or name in compiler.query.tables or name in compiler.query.functions
        ):
            return True
    return False


def members(compiler: Compiler, node: Node, scope: Scope) -> list[tuple[str, Relation]]:
    """The tables that one item of a union names: one, or all that a wildcard matches."""
    text = scope.source(node).strip()
    inner = node.children[0] if len(node.children) == 1 else node
    if node.kind == "NameReference" and ("*" in text or inner.kind == "WildcardedName"):
        matching = [name for name in compiler.query.tables if fnmatch.fnmatchcase(name, text)]
        from vedette.engine.sql.operators.sources import table

        return [(name, table(compiler, name)) for name in sorted(matching)]
    return [(text if text.isidentifier() else "", compiler.relation(node, scope.with_row(None)))]


def _columns(
    known: Sequence[Column], sides: Sequence[Relation], source: str | None, inner: bool
) -> list[Column]:
    if known:
        return list(known)
    types: dict[str, dict[str, None]] = {source: {"string": None}} if source else {}
    for side in sides:
        for column in side.columns:
            types.setdefault(column.name, {})["long" if column.type == "int" else column.type] = (
                None
            )
    if inner:
        shared = set.intersection(*({c.name for c in side.columns} for side in sides))
        types = {name: found for name, found in types.items() if name in shared or name == source}
    return [
        Column(name if len(found) == 1 else f"{name}_{type_}", type_)
        for name, found in types.items()
        for type_ in found
    ]


def _select(
    name: str,
    side: Relation,
    columns: Sequence[Column],
    idents: Sequence[str],
    source: str | None,
    hidden: Sequence[str],
) -> str:
    side = side.nested()
    types = side.types()
    values = []
    for column in columns:
        ident, wanted = side.ident(column.name), column.name
        if column.name == source:
            values.append(literal(name))
            continue
        if ident is None and "_" in column.name:
            # Of two types: ``Name_string`` and ``Name_long``.
            wanted, _, suffix = column.name.rpartition("_")
            ident = side.ident(wanted) if types.get(wanted) == suffix == column.type else None
        if ident is None:
            values.append(typed_null(column.type))
        elif types[wanted] == column.type or {types[wanted], column.type} <= {"int", "long"}:
            values.append(identifier(ident))
        else:
            values.append(typed_null(column.type))
    listed = ", ".join(
        [f"{value} AS {identifier(ident)}" for value, ident in zip(values, idents, strict=True)]
        + [identifier(name) for name in hidden]
    )
    return f"SELECT {listed} FROM {side.source}"


OPERATORS: Mapping[str, Operator] = {"UnionOperator": union}
SOURCES: Mapping[str, Source] = {"UnionOperator": union_source}
