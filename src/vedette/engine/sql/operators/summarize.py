"""``summarize``.

The trap: the keys come first in the result whatever the query writes first, ``*`` leaves out the
keys, and without keys there is one row even of nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vedette.engine.sql.bodies import calls
from vedette.engine.sql.compiler import Compiler, Operator
from vedette.engine.sql.functions.library import AGGREGATES
from vedette.engine.sql.functions.percentiles import ranked, weighted
from vedette.engine.sql.operators.shape import columns_of, named, numbered
from vedette.engine.sql.registry import Call
from vedette.engine.sql.relation import Relation, from_source, identifiers
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import Value, identifier
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import arguments, called, child, items
from vedette.schema.types import Column

_ORDERED = frozenset(name for name, entry in AGGREGATES.items() if entry.needs_order)


@dataclass(frozen=True, slots=True)
class Aggregated:
    """One column of the result; ``name`` None where the compiler names it.

    ``row``: the SQL of a struct that the value is a field of (see ``_extreme_row``).
    """

    name: str | None
    value: Value
    row: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a ``summarize`` makes: its keys, and what it aggregates of the rows with the same."""

    rows: Relation
    columns: tuple[Column, ...]
    keys: list[Aggregated]
    results: list[Aggregated]


def summarize(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``summarize aggregates by keys``."""
    found = summary_of(compiler, node, relation, scope)
    by = ", ".join(str(n + 1) for n in range(len(found.keys)))
    return grouped(found, f"({grouping(found, found.keys, found.rows.table(), by)})")


def summary_of(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Summary:
    """What a ``summarize`` makes of which rows."""
    lists = [item for item in node.children if item.kind == "List"]
    by = child(node, "SummarizeByClause")
    listed = items(lists[-1]) if len(lists) > 1 else []
    listed = [item for item in listed if item.kind != "NamedParameter"]
    in_order = relation.sorted and any(calls(item, _ORDERED) for item in listed)
    relation = numbered(relation) if in_order else relation.nested()
    inside = scope.over(relation)
    over_groups = replace(inside, grouped=True)
    by_nodes = items(child(by, "List")) if by else []
    keys = _keys(compiler, by_nodes, inside)
    # A key that is computed does not take the column of its name out of a star.
    plain = zip(keys, by_nodes, strict=True)
    key_names = {key.name for key, item in plain if key.name and item.kind == "NameReference"}
    results: list[Aggregated] = []
    for item in listed:
        results += _aggregated(compiler, item, over_groups, relation, key_names)
    together = [*keys, *results]
    columns = columns_of(
        compiler, node, scope, [c.name for c in together], [c.value.type for c in together]
    )
    return Summary(relation, columns, keys, results)


def grouping(
    found: Summary, keys: Sequence[Aggregated], table: str, by: str, more: Sequence[str] = ()
) -> str:
    """The SELECT that groups ``table``; ``more`` items follow the columns and the structs."""
    together = [*keys, *found.results]
    idents = identifiers(column.name for column in found.columns)
    inner = [
        f"{item.value.sql} AS {identifier(ident)}"
        for item, ident in zip(together, idents, strict=True)
        if not item.row
    ]
    inner += [f"{row} AS {identifier(name)}" for row, name in _structs(found).items()]
    parts = ["SELECT", ", ".join([*inner, *more]), "FROM", table]
    return " ".join([*parts, "GROUP BY", by] if by else parts)


def grouped(found: Summary, source: str, hidden: Sequence[str] = ()) -> Relation:
    """The relation over ``source``, whose structs are computed once and taken apart here."""
    together = [*found.keys, *found.results]
    idents = identifiers(column.name for column in found.columns)
    rows = _structs(found)
    if rows:
        outer = [
            f"{_field(rows[item.row], item.value)} AS {identifier(ident)}"
            if item.row
            else identifier(ident)
            for item, ident in zip(together, idents, strict=True)
        ]
        outer += [identifier(name) for name in hidden]
        source = f"(SELECT {', '.join(outer)} FROM {source})"
    return from_source(source, found.columns, idents, hidden)


def _structs(found: Summary) -> dict[str, str]:
    """The identifier of each struct that results are fields of."""
    return {
        row: f"$row{n}"
        for n, row in enumerate(dict.fromkeys(i.row for i in found.results if i.row))
    }


def _keys(compiler: Compiler, nodes: list[Node], scope: Scope) -> list[Aggregated]:
    keys = []
    for item in nodes:
        name, expression = named(item, scope)
        keys.append(Aggregated(name, compiler.expression(expression, scope)))
    return keys


def _aggregated(
    compiler: Compiler, item: Node, scope: Scope, relation: Relation, keys: set[str]
) -> list[Aggregated]:
    names: list[str | None] = []
    name, expression = named(item, scope)
    if item.kind == "CompoundNamedExpression":
        renames = child(item, "RenameList")
        declared = items(child(renames, "List")) if renames else []
        names, expression = [scope.source(part) for part in declared], item.children[-1]
    elif item.kind == "SimpleNamedExpression":
        names = [name]
    function = called(expression)
    if function in {"arg_max", "arg_min", "argmax", "argmin"}:
        values = _extreme_row(compiler, expression, scope, relation, keys)
    elif function in {"percentiles", "percentilesw"}:
        take = ranked if function == "percentiles" else weighted
        values = [Aggregated(None, value) for value in take(_call(compiler, expression, scope))]
    elif function in {"any", "take_any"} and _stars(expression):
        values = _any_row(relation, keys)
    elif function in {"any", "take_any"} and len(arguments(expression)) > 1:
        values = _any_of(compiler, expression, scope)
    else:
        values = [Aggregated(None, compiler.expression(expression, scope))]
    return [
        replace(value, name=names[index] if index < len(names) else value.name)
        for index, value in enumerate(values)
    ]


def _call(compiler: Compiler, node: Node, scope: Scope) -> Call:
    return Call(compiler, node, replace(scope, grouped=False), called(node), arguments(node))


def _stars(call: Node) -> bool:
    return any(item.kind == "StarExpression" for item in arguments(call))


def _any_row(relation: Relation, keys: set[str]) -> list[Aggregated]:
    return [
        Aggregated(c.name, Value(f"any_value({identifier(i)})", c.type))
        for c, i in zip(relation.columns, relation.idents, strict=True)
        if c.name not in keys
    ]


def _any_of(compiler: Compiler, node: Node, scope: Scope) -> list[Aggregated]:
    results = []
    for item in arguments(node):
        value = compiler.expression(item, replace(scope, grouped=False))
        results.append(
            Aggregated(named(item, scope)[0], Value(f"any_value({value.sql})", value.type))
        )
    return results


def _extreme_row(
    compiler: Compiler, node: Node, scope: Scope, relation: Relation, keys: set[str]
) -> list[Aggregated]:
    """``arg_max(key, a, *)``: one struct of the row with the largest key, taken apart.

    Rows with a null key lose against any other; where all keys are null, the first row stays.
    """
    function = "arg_max" if called(node) in {"arg_max", "argmax"} else "arg_min"
    inside = replace(scope, grouped=False)
    first, *rest = arguments(node)
    key_name, key_node = named(first, scope)
    key = compiler.expression(key_node, inside)
    wanted: list[Aggregated] = []
    for item in rest:
        if item.kind == "StarExpression":
            written = {named(other, scope)[0] for other in rest} | {key_name} | keys
            wanted += [
                Aggregated(c.name, Value(identifier(i), c.type))
                for c, i in zip(relation.columns, relation.idents, strict=True)
                if c.name not in written
            ]
        else:
            name, expression = named(item, scope)
            wanted.append(Aggregated(name, compiler.expression(expression, inside)))
    if key.type == "dynamic":
        compiler.refuse("an order of dynamic values", first, scope)
    everything = [Aggregated(key_name, key), *wanted]
    fields = ", ".join(f"'f{n}': {item.value.sql}" for n, item in enumerate(everything))
    struct = f"{{{fields}}}"
    row = f"{function}({struct}, {key.sql})"
    if not key.never_null:
        row = f"coalesce({row}, first({struct}))"
    return [
        Aggregated(item.name, Value(f"f{n}", item.value.type), row)
        for n, item in enumerate(everything)
    ]


def _field(row: str, value: Value) -> str:
    sql = f"{identifier(row)}.{value.sql}"
    return f"coalesce({sql}, '')" if value.type == "string" else sql


OPERATORS: Mapping[str, Operator] = {"SummarizeOperator": summarize}
