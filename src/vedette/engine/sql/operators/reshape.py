"""``evaluate bag_unpack``, ``pivot`` and ``narrow``: rows become columns, and columns rows.

The trap: without a schema the columns are those that the rows have. They are asked for first
(``shapes.py``); a column whose values differ in type is dynamic.
"""

from __future__ import annotations

from dataclasses import replace

from vedette.engine.sql.convert import converted
from vedette.engine.sql.operators.plugin import PluginCall
from vedette.engine.sql.relation import Relation, from_source, identifiers
from vedette.engine.sql.shapes import question
from vedette.engine.sql.value import Value, identifier, integer, literal, null, string
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import called, walk
from vedette.schema.types import Column

#: The Kusto type of a bag's values whose JSON types are all of one kind.
_TYPES = (
    "CASE WHEN bool_and(json_type(v) = 'VARCHAR') THEN 'string'"
    " WHEN bool_and(json_type(v) IN ('BIGINT', 'UBIGINT')) THEN 'long'"
    " WHEN bool_and(json_type(v) = 'DOUBLE') THEN 'real'"
    " WHEN bool_and(json_type(v) = 'BOOLEAN') THEN 'bool' ELSE 'dynamic' END"
)
#: Aggregates that are 0 of nothing; of the others nothing is null.
_ZERO = frozenset({"count", "countif", "dcount", "dcountif", "sum", "sumif"})


def bag_unpack(call: PluginCall) -> Relation:
    """``bag_unpack(bag, prefix, columnsConflict=…) : (schema)``."""
    named = call.named()
    prefix = named.get("OutputColumnPrefix") or next(iter(call.arguments[1:2]), None)
    conflict = named.get("columnsConflict")
    if not named.keys() <= {"OutputColumnPrefix", "columnsConflict"}:
        call.refuse(f"with {', '.join(sorted(named))}")
    unpacked, bag = call.column(call.argument(0))
    if bag.type != "dynamic":
        call.refuse(f"of a {bag.type}")
    kept = [column for column in call.relation.columns if column.name != unpacked]
    schema, star = call.schema()
    start = "" if prefix is None else str(call.constant(prefix))
    if schema is None:
        slots = list(_slots(call, bag, start))
    else:
        own = {column.name for column in kept} if not star else set()
        slots = [column for column in schema if column.name not in own]
        kept = kept if star else [column for column in kept if column in schema]
    kept, slots = _resolved(
        call, kept, slots, "error" if conflict is None else str(call.constant(conflict))
    )
    cells = [_cell(call, bag, column, start) for column in slots]
    return _columns(call, [*kept, *slots], [_own(call, column) for column in kept] + cells)


def _slots(call: PluginCall, bag: Value, prefix: str) -> tuple[Column, ...]:
    """The columns that the bags of the rows make."""
    pairs = (
        f"SELECT unnest(json_keys(b)) AS k, b FROM (SELECT {bag.sql} AS b"
        f" FROM {call.relation.source}) WHERE json_type(b) = 'OBJECT'"
    )
    values = f"SELECT k, kql.member(b, k) AS v FROM ({pairs})"
    types = (
        f"SELECT {literal(prefix)} || k, {_TYPES} FROM ({values}) WHERE v IS NOT NULL GROUP BY k"
    )
    return call.compiler.shape(question(call.relation.source, types)).columns


def _resolved(
    call: PluginCall, kept: list[Column], slots: list[Column], conflict: str
) -> tuple[list[Column], list[Column]]:
    """Which column remains where the rows have one of the same name."""
    both = {column.name for column in kept} & {column.name for column in slots}
    if both and conflict == "error":
        call.refuse(f"into {', '.join(sorted(both))}, which the rows have already")
    if conflict == "replace_source":
        return [column for column in kept if column.name not in both], slots
    return kept, [column for column in slots if column.name not in both]


def _cell(call: PluginCall, bag: Value, column: Column, prefix: str) -> Value:
    key = column.name.removeprefix(prefix)
    slot = Value(f"kql.member({bag.sql}, {literal(key)})", "dynamic")
    return call.compiler.convert(slot, column.type, call.node, call.scope)


def _own(call: PluginCall, column: Column) -> Value:
    ident = call.relation.ident(column.name) or column.name
    return Value(identifier(ident), column.type)


def _columns(call: PluginCall, columns: list[Column], values: list[Value]) -> Relation:
    idents = identifiers(column.name for column in columns)
    listed = ", ".join(
        f"{value.sql} AS {identifier(ident)}" for value, ident in zip(values, idents, strict=True)
    )
    source = f"(SELECT {listed or '1'} FROM {call.relation.source})"
    relation = from_source(source, columns, idents)
    return replace(relation, sorted=call.relation.sorted)


def pivot(call: PluginCall) -> Relation:
    """``pivot(column, aggregate, keys…) : (schema)``."""
    pivoted, value = call.column(call.argument(0))
    rest = call.arguments[1:]
    aggregate = rest.pop(0) if rest and called(rest[0]) else None
    result, empty = _aggregated(call, aggregate)
    keys = [call.column(item)[0] for item in rest] or _remaining(call, pivoted, aggregate)
    names = [column.name for column in _values(call, value)]
    schema, _ = call.schema()
    if schema is not None:
        names = [column.name for column in schema if column.name not in keys]
    types = call.relation.types()
    columns = [Column(key, types[key]) for key in keys]
    columns += [Column(name, result.type) for name in names]
    text = converted(value, "string") or value
    by = ", ".join([*(_own(call, Column(key, types[key])).sql for key in keys), text.sql])
    grouped = ", ".join(
        [*(f"{_own(call, Column(k, types[k])).sql} AS k{n}" for n, k in enumerate(keys)),
         f"{text.sql} AS p", f"{result.sql} AS a"]
    )  # fmt: skip
    inner = f"(SELECT {grouped} FROM {call.relation.source} GROUP BY {by})"
    cells = [
        f"coalesce(any_value(a) FILTER (WHERE p = {literal(name)}), {empty.sql})" for name in names
    ]
    idents = identifiers(column.name for column in columns)
    items = [*(f"k{n}" for n in range(len(keys))), *cells]
    listed = ", ".join(
        f"{item} AS {identifier(ident)}" for item, ident in zip(items, idents, strict=True)
    )
    groups = ", ".join(f"k{n}" for n in range(len(keys)))
    end = f" GROUP BY {groups}" if keys else " HAVING count(*) > 0"
    return from_source(f"(SELECT {listed or '1'} FROM {inner}{end})", columns, idents)


def _aggregated(call: PluginCall, node: Node | None) -> tuple[Value, Value]:
    """The aggregate of a cell, ``count()`` by default, and what a cell of no rows has."""
    if node is None:
        return Value("count(*)", "long"), integer(0)
    inside = replace(call.scope.over(call.relation), grouped=True)
    value = call.compiler.expression(node, inside)
    if called(node) not in _ZERO:
        return value, null(value.type)
    return value, converted(integer(0), value.type) or null(value.type)


def _remaining(call: PluginCall, pivoted: str, aggregate: Node | None) -> list[str]:
    """All columns but the one that is pivoted and those that are aggregated."""
    read = {item.name for item in walk(aggregate)} if aggregate is not None else set()
    names = [column.name for column in call.relation.columns]
    return [name for name in names if name != pivoted and name not in read]


def _values(call: PluginCall, value: Value) -> tuple[Column, ...]:
    if call.schema()[0] is not None:
        return ()
    text = converted(value, "string")
    if text is None:
        call.compiler.refuse(f"pivot() of a {value.type}", call.node, call.scope)
    names = f"SELECT DISTINCT {text.sql}, 'string' FROM {call.relation.source}"
    shape = call.compiler.shape(question(call.relation.source, names))
    if any(not column.name for column in shape.columns):
        call.refuse("of an empty value, which names no column")
    return shape.columns


def narrow(call: PluginCall) -> Relation:
    """``narrow()``: a row for each cell: the row's number, the column's name, the value as text."""
    columns = (Column("Row", "long"), Column("Column", "string"), Column("Value", "string"))
    inner = f'(SELECT *, row_number() OVER () - 1 AS "$row" FROM {call.relation.source})'
    parts = []
    for number, column in enumerate(call.relation.columns):
        text = converted(_own(call, column), "string")
        if text is None:
            call.compiler.refuse(f"narrow() of a {column.type}", call.node, call.scope)
        name = string(column.name).sql
        parts.append(f"{{'n': {number}, 'c': {name}, 'v': {text.sql}}}")
    cells = f'SELECT "$row", unnest([{", ".join(parts)}]) AS c FROM {inner}'
    source = (
        '(SELECT "$row"::BIGINT AS "Row", c.c AS "Column", c.v AS "Value"'
        f' FROM ({cells}) ORDER BY "$row", c.n)'
    )
    return from_source(source, columns, [column.name for column in columns])
