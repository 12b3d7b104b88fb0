"""Where rows come from: tables, watchlists, functions, literals and ranges.

The trap: a table is stored with INTERVALs and, where names differ only in case, under other names;
from here on timespans are ticks and every column has the identifier that the relation says.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.bodies import entered, unbracketed, user_function
from vedette.engine.sql.compiler import Compiler, External, Operator, Source
from vedette.engine.sql.expressions.calls import enclosed
from vedette.engine.sql.operators.number_range import number_range
from vedette.engine.sql.operators.shape import columns_of, expressions, named
from vedette.engine.sql.relation import Relation, chosen, empty, from_source, identifiers
from vedette.engine.sql.scope import Scope, Variable
from vedette.engine.sql.value import Value, identifier, null
from vedette.kql.bound import Node
from vedette.kql.desugar.names import INGESTION_COLUMN, external_table, watchlist_table
from vedette.kql.desugar.tree import arguments, called, walk
from vedette.kql.externals import addresses, stub_name
from vedette.schema.types import Column

_SCOPES = frozenset({"app", "adx", "arg", "cluster", "database", "resource", "workspace"})


def table(compiler: Compiler, name: str) -> Relation:
    """An event table."""
    hidden = [INGESTION_COLUMN] if compiler.ingestion else []
    stored = _stored(compiler, name, compiler.query.tables[name].columns, hidden)
    return compiler.opened(stored, name)


def _stored(
    compiler: Compiler, name: str, columns: tuple[Column, ...], hidden: list[str]
) -> Relation:
    idents = [compiler.renamed.get(column.name, column.name) for column in columns]
    relation = from_source(identifier(name), columns, idents, hidden)
    spans = {
        ident: f"(epoch_us({identifier(ident)}) * 10)"
        for column, ident in zip(columns, idents, strict=True)
        if column.type == "timespan"
    }
    if not spans:
        return relation
    values = [spans.get(ident, identifier(ident)) for ident in idents]
    ticks = chosen(relation, columns, values, keep_hidden=True)
    return from_source(f"({ticks.select()})", columns, ticks.idents, hidden)


def name(compiler: Compiler, node: Node, scope: Scope) -> Relation:
    """A table by its name: a variable, a parameter, one of the workspace, or a function."""
    called_ = node.name or unbracketed(scope.source(node))
    binding = scope.names.get(called_)
    if isinstance(binding, Variable):
        binding = binding.value()
    if isinstance(binding, Relation):
        return binding
    if called_ in compiler.aliases:
        return compiler.aliases[called_]
    if user_function(compiler, called_, scope) is not None:
        return call(compiler, node, scope)
    if called_ not in compiler.query.tables:
        compiler.refuse(f"the table {called_}", node, scope)
    return table(compiler, called_)


def call(compiler: Compiler, node: Node, scope: Scope) -> Relation:
    """A tabular function: one with a body, or ``table()`` and ``_GetWatchlist()``."""
    called_ = node.name or scope.source(node.children[0])
    if called_ == "_GetWatchlist":
        alias = _text(compiler, node, scope)
        if alias not in compiler.query.watchlists:
            compiler.refuse(f"the watchlist {alias}", node, scope)
        return _stored(compiler, watchlist_table(alias), compiler.query.watchlists[alias], [])
    if called_ == "table":
        wanted = _text(compiler, node, scope)
        if wanted not in compiler.query.tables:
            compiler.refuse(f"table({wanted!r})", node, scope)
        compiler.parametric |= arguments(node)[0].kind != "StringLiteralExpression"
        return table(compiler, wanted)
    function = user_function(compiler, called_, scope)
    if function is None:
        compiler.refuse(f"{called_}()", node, scope)
    inner, body = entered(compiler, function, node, scope)
    return compiler.relation(body, inner)


def _text(compiler: Compiler, node: Node, scope: Scope) -> str:
    given = arguments(node)
    value = compiler.expression(given[0], scope) if given else null("dynamic")
    if value.text is None:
        compiler.refuse(f"{called(node)}() of a name that is no constant", node, scope)
    return value.text


def path(compiler: Compiler, node: Node, scope: Scope) -> Relation:
    """``workspace("x").T`` is T, since the binder has found it in this one."""
    base = node
    while base.kind == "PathExpression":
        base = base.children[0]
    if called(base) not in _SCOPES:
        compiler.refuse(scope.source(node), node, scope)
    return compiler.relation(node.children[-1], scope)


def parenthesised(compiler: Compiler, node: Node, scope: Scope) -> Relation:
    """``(T | …)``."""
    inner = next(item for item in node.children if not item.kind.endswith("Token"))
    return compiler.relation(inner, scope)


def materialized(compiler: Compiler, node: Node, scope: Scope) -> Relation:
    """``materialize(T)``: the same rows however often they are read."""
    return compiler.shared(compiler.relation(enclosed(node), scope), "materialized")


def print_row(compiler: Compiler, node: Node, scope: Scope) -> Relation:
    """``print``: one row."""
    values = []
    for item in expressions(node):
        name_, expression = named(item, scope)
        values.append((name_, compiler.expression(expression, scope)))
    columns = columns_of(
        compiler, node, scope, [n for n, _ in values], [value.type for _, value in values]
    )
    return _row(columns, [value for _, value in values])


def _row(columns: tuple[Column, ...], values: list[Value]) -> Relation:
    idents = identifiers(column.name for column in columns)
    listed = ", ".join(
        f"{value.sql} AS {identifier(ident)}" for value, ident in zip(values, idents, strict=True)
    )
    return from_source(f"(SELECT {listed})", columns, idents)


def data_table(compiler: Compiler, node: Node, scope: Scope) -> Relation:
    """``datatable(…)[…]``."""
    columns = schema(compiler, node, scope)
    cells = expressions(node)
    idents = identifiers(column.name for column in columns)
    if not cells:
        return empty(columns)
    width = len(columns)
    rows = []
    for start in range(0, len(cells), width):
        values = [
            compiler.typed(cell, scope, column.type).sql
            for cell, column in zip(cells[start : start + width], columns, strict=True)
        ]
        rows.append(f"({', '.join(values)})")
    listed = ", ".join(identifier(ident) for ident in idents)
    return from_source(
        f"(SELECT * FROM (VALUES {', '.join(rows)}) AS v({listed}))", columns, idents
    )


def schema(compiler: Compiler, node: Node, scope: Scope) -> tuple[Column, ...]:
    """The columns that a literal table declares."""
    if node.columns:
        return node.columns
    columns = []
    for item in walk(node):
        if item.kind == "NameAndTypeDeclaration":
            type_ = item.children[-1].name
            columns.append(Column(unbracketed(scope.source(item.children[0])), type_))
    if not columns:
        compiler.refuse("a table without columns", node, scope)
    return tuple(columns)


def external(compiler: Compiler, node: Node, scope: Scope) -> Relation:
    """``externaldata``: nothing is fetched; its rows are those that a case supplies."""
    listed = addresses(node)
    address = compiler.expression(listed[0], scope).text if listed else None
    if address is None:
        compiler.refuse("externaldata from an address that is no constant", node, scope)
    name_ = stub_name(address)
    found = External(schema(compiler, node, scope), scope.place(node))
    known = compiler.externals.setdefault(name_, found)
    if known.columns != found.columns:
        compiler.refuse(f"two shapes of the externaldata {name_}", node, scope)
    return _stored(compiler, external_table(name_), known.columns, [])


def invoke(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``T | invoke f(…)``: T is the function's first argument."""
    inner_call = node.children[-1]
    function = user_function(compiler, called(inner_call), scope)
    if function is None:
        compiler.refuse(f"invoke {called(inner_call)}()", node, scope)
    shared = compiler.shared(relation, "invoked")
    inner, body = entered(compiler, function, inner_call, scope, shared)
    return compiler.relation(body, inner)


OPERATORS: Mapping[str, Operator] = {"InvokeOperator": invoke}
SOURCES: Mapping[str, Source] = {
    "DataTableExpression": data_table,
    "ExternalDataExpression": external,
    "FunctionCallExpression": call,
    "MaterializeExpression": materialized,
    "NameReference": name,
    "ParenthesizedExpression": parenthesised,
    "PathExpression": path,
    "PrintOperator": print_row,
    "RangeOperator": number_range,
}
