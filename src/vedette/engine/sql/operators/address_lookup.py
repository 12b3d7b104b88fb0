"""``evaluate ipv4_lookup`` and ``ipv6_lookup``: rows beside the networks that hold their address.

The trap: an address may lie in several networks of the table; each of them is a row.
"""

from __future__ import annotations

from vedette.engine.sql.operators.plugin import PluginCall
from vedette.engine.sql.relation import Relation, from_source, identifiers, row_of
from vedette.engine.sql.value import identifier
from vedette.schema.types import Column


def ipv4_lookup(call: PluginCall) -> Relation:
    """``ipv4_lookup(table, address, network, keys…, return_unmatched)``."""
    return _lookup(call, "kql.ipv4_in({0}, {1})")


def ipv6_lookup(call: PluginCall) -> Relation:
    """``ipv6_lookup``: the same over IPv6 networks."""
    return _lookup(call, "kql.ipv6_in({0}, {1})")


def _lookup(call: PluginCall, within: str) -> Relation:
    compiler, left = call.compiler, call.relation
    table, address, network, *rest = call.arguments
    unmatched = call.named().get("return_unmatched")
    if rest and rest[-1].type == "bool" and rest[-1].symbol != "column":
        unmatched = rest.pop()
    keep = unmatched is not None and call.constant(unmatched) is True
    right = compiler.relation(table, call.scope.with_row(None)).nested()
    ours, theirs = row_of(left, "L"), row_of(right, "R")
    source = compiler.typed(address, call.scope.with_row(ours), "string")
    target = compiler.typed(network, call.scope.with_row(theirs), "string")
    tests = [within.format(source.sql, target.sql)]
    keys = [item.name for item in rest]
    for key in keys:
        mine, other = ours.column(key), theirs.column(key)
        if mine is None or other is None:
            compiler.refuse(f"the key {key} of {call.call.name}()", call.call, call.scope)
        tests.append(f"{mine.sql} IS NOT DISTINCT FROM {other.sql}")
    columns, values = list(left.columns), [f"L.{identifier(ident)}" for ident in left.idents]
    for column, ident in zip(right.columns, right.idents, strict=True):
        if column.name not in keys:
            columns.append(column)
            cell = f"R.{identifier(ident)}"
            values.append(f"coalesce({cell}, '')" if column.type == "string" else cell)
    columns = _named(call, columns)
    idents = identifiers(column.name for column in columns)
    listed = ", ".join(
        f"{value} AS {identifier(ident)}" for value, ident in zip(values, idents, strict=True)
    )
    kind = "LEFT JOIN" if keep else "JOIN"
    on = " AND ".join(tests)
    joined = f"{left.source} AS L {kind} {right.source} AS R ON {on}"
    return from_source(f"(SELECT {listed} FROM {joined})", columns, idents)


def _named(call: PluginCall, columns: list[Column]) -> list[Column]:
    """The columns with the compiler's names, which tell those apart that both sides have."""
    names = [column.name for column in call.node.columns]
    if len(names) != len(columns):
        if len({column.name for column in columns}) < len(columns):
            call.refuse("of tables that share columns")
        return columns
    return [Column(name, column.type) for name, column in zip(names, columns, strict=True)]
