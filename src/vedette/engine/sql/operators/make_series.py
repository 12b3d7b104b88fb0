"""``make-series``: aggregates along an axis, one array for each series.

The trap: a bin without rows gets the default, but a bin whose aggregate is null keeps the null. A
bin is held as its number, counted from where the axis is aligned, so that no moment is computed
twice with two roundings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from vedette.engine.sql.compiler import Compiler, Operator
from vedette.engine.sql.convert import converted
from vedette.engine.sql.operators.shape import columns_of, named, parameters
from vedette.engine.sql.relation import Relation, from_source, identifiers
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import INTEGERS, Value, identifier, integer, null
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import child, items

#: The microseconds from the year 1, where bins of a datetime are counted from, to 1970.
_YEAR_ONE = 62_135_596_800_000_000

_BIN = identifier("$bin")


@dataclass(frozen=True, slots=True)
class Axis:
    """The axis in plain numbers: microseconds of a datetime, ticks of a timespan.

    ``base`` is where bin 0 begins. Bins go from ``first`` to ``last`` (SQL of their numbers), which
    are None where the rows of a series decide.
    """

    type: str
    value: str
    step: str
    base: str
    first: str | None
    last: str | None

    def bin(self) -> str:
        """SQL: the number of the bin that a row's value is in."""
        if self.type == "real":
            return f"floor(({self.value} - {self.base}) / {self.step})::BIGINT"
        distance = f"({self.value} - {self.base})"
        return f"(({distance} - kql.modulo({distance}, {self.step})) // {self.step})"

    def label(self, number: str) -> Value:
        """Where the bin of this number begins, as a value of the axis."""
        at = f"({self.base} + {number} * {self.step})"
        return Value(f"make_timestamp({at}::BIGINT)" if self.type == "datetime" else at, self.type)


@dataclass(frozen=True, slots=True)
class Aggregation:
    """One array of the result: its name if it has one, the aggregate, and what an empty bin has."""

    name: str | None
    value: Value
    default: Value


def make_series(compiler: Compiler, node: Node, relation: Relation, scope: Scope) -> Relation:
    """``make-series n = count() default = 0 on t from a to b step c by k``."""
    relation = relation.nested()
    inside = scope.over(relation)
    lists = [item for item in node.children if item.kind == "List"]
    grouped = replace(inside, grouped=True)
    aggregations = [_aggregation(compiler, item, grouped) for item in items(lists[-1])]
    by = child(node, "MakeSeriesByClause")
    keys = [
        (name, compiler.expression(expression, inside))
        for name, expression in (named(item, scope) for item in _by(by))
    ]
    axis_name, axis = _axis(compiler, node, inside)
    names = [*(name for name, _ in keys), *(one.name for one in aggregations), axis_name]
    types = [*(key.type for _, key in keys), *["dynamic"] * (len(aggregations) + 1)]
    columns = columns_of(compiler, node, scope, names, types)
    whole = parameters(node, scope).get("kind") == "nonempty" and not keys
    if whole and (axis.first is None or axis.last is None):
        compiler.refuse("kind=nonempty without a first and a last bin", node, scope)
    sql = _series(relation, [key for _, key in keys], aggregations, axis, whole=whole)
    idents = identifiers(column.name for column in columns)
    listed = ", ".join(identifier(ident) for ident in idents)
    return from_source(f"(SELECT * FROM ({sql}) AS s({listed}))", columns, idents)


def _by(clause: Node | None) -> list[Node]:
    return items(child(clause, "List")) if clause is not None else []


def _aggregation(compiler: Compiler, node: Node, scope: Scope) -> Aggregation:
    name, expression = named(node.children[0], scope)
    value = compiler.expression(expression, scope)
    clause = child(node, "DefaultExpressionClause")
    if clause is not None:
        plain = replace(scope, grouped=False)
        default = compiler.typed(clause.children[-1], plain, value.type)
    else:
        default = converted(integer(0), value.type) or null(value.type)
    return Aggregation(name, value, default)


def _axis(compiler: Compiler, node: Node, scope: Scope) -> tuple[str | None, Axis]:
    on = child(node, "MakeSeriesOnClause")
    if on is None:
        compiler.refuse("make-series without an axis", node, scope)
    name, expression = named(on.children[-1], scope)
    value = compiler.expression(expression, scope)
    if value.type not in {*INTEGERS, "real", "datetime", "timespan"}:
        compiler.refuse(f"make-series on a {value.type}", on, scope)
    type_ = "long" if value.type in INTEGERS else value.type
    clause = child(node, "MakeSeriesFromToStepClause")
    if clause is not None:
        return name, _from_to(compiler, clause, scope, Value(value.sql, type_))
    clause = child(node, "MakeSeriesInRangeClause")
    if clause is None:
        compiler.refuse("make-series without a step", node, scope)
    return name, _in_range(compiler, clause, scope, Value(value.sql, type_))


def _from_to(compiler: Compiler, clause: Node, scope: Scope, value: Value) -> Axis:
    """``from`` aligns the bins; without it they are those of ``bin()``. ``to`` is excluded."""
    first, last, step = (
        child(clause, f"MakeSeries{part}Clause") for part in ("From", "To", "Step")
    )
    if step is None:
        compiler.refuse("make-series without a step", clause, scope)
    size = _size(compiler, step.children[-1], scope, value.type)
    start = None if first is None else _number(compiler, first.children[-1], scope, value.type)
    stop = None if last is None else _number(compiler, last.children[-1], scope, value.type)
    base = start or _origin(value.type)
    axis = Axis(value.type, _plain(value), size, base, "0::BIGINT" if start else None, None)
    if stop is None:
        return axis
    if value.type == "real":
        return replace(axis, last=f"(ceil(({stop} - {base}) / {size})::BIGINT - 1)")
    return replace(axis, last=replace(axis, value=f"({stop} - 1)").bin())


def _in_range(compiler: Compiler, clause: Node, scope: Scope, value: Value) -> Axis:
    """``in range(start, stop, step)``: the bins of ``bin()``, that of ``stop`` included."""
    listed = items(child(child(clause, "ExpressionList") or clause, "List"))
    if len(listed) != 3:
        compiler.refuse("this range", clause, scope)
    start, stop = (_number(compiler, item, scope, value.type) for item in listed[:2])
    size = _size(compiler, listed[2], scope, value.type)
    axis = Axis(value.type, _plain(value), size, _origin(value.type), None, None)
    first, last = replace(axis, value=start).bin(), replace(axis, value=stop).bin()
    return replace(axis, first=first, last=last)


def _origin(type_: str) -> str:
    return {"datetime": f"(-{_YEAR_ONE})::BIGINT", "real": "0::DOUBLE"}.get(type_, "0::BIGINT")


def _plain(value: Value) -> str:
    return f"epoch_us({value.sql})" if value.type == "datetime" else value.sql


def _number(compiler: Compiler, node: Node, scope: Scope, type_: str) -> str:
    return _plain(compiler.typed(node, scope.with_row(None), type_))


def _size(compiler: Compiler, node: Node, scope: Scope, type_: str) -> str:
    """The step as a positive constant."""
    value = compiler.typed(node, scope.with_row(None), "timespan" if type_ == "datetime" else type_)
    size = value.constant
    if isinstance(size, bool) or not isinstance(size, (int, float)) or size <= 0:
        compiler.refuse("a step that is no positive constant", node, scope)
    if type_ != "datetime":
        return value.sql
    if not isinstance(size, int) or size % 10:
        compiler.refuse("a step of parts of a microsecond", node, scope)
    return f"{size // 10}::BIGINT"


def _series(
    relation: Relation,
    keys: list[Value],
    aggregations: list[Aggregation],
    axis: Axis,
    *,
    whole: bool,
) -> str:
    """Rows into bins, every series with every bin of its axis, and the bins into arrays."""
    number = axis.bin()
    bounds = [f"{axis.value} IS NOT NULL"]
    bounds += [f"{number} >= {axis.first}"] if axis.first is not None else []
    bounds += [f"{number} <= {axis.last}"] if axis.last is not None else []
    columns = [f"{key.sql} AS k{n}" for n, key in enumerate(keys)]
    results = [f"{one.value.sql} AS a{n}" for n, one in enumerate(aggregations)]
    by = ", ".join(str(n + 1) for n in range(len(keys) + 1))
    bins = (
        f"SELECT {', '.join([*columns, f'{number} AS {_BIN}', *results])} "
        f"FROM {relation.source} WHERE {' AND '.join(bounds)} GROUP BY {by}"
    )
    names = [f"k{n}" for n in range(len(keys))]
    first = axis.first or f"min({_BIN})"
    last = axis.last or f"max({_BIN})"
    every = ", ".join(
        [*names, f"unnest(generate_series({first}, kql.last_bin({first}, {last}))) AS {_BIN}"]
    )
    if names:
        origin = f"FROM bins GROUP BY {', '.join(names)}"
    elif whole:
        origin = ""
    else:
        # Without keys an aggregate makes a row even of nothing.
        origin = "FROM bins HAVING count(*) > 0"
    on = " AND ".join(
        [f"s.{_BIN} = b.{_BIN}", *(f"s.{k} IS NOT DISTINCT FROM b.{k}" for k in names)]
    )
    arrays = [
        _array(f"CASE WHEN b.{_BIN} IS NULL THEN {one.default.sql} ELSE b.a{n} END", one.value.type)
        for n, one in enumerate(aggregations)
    ]
    label = axis.label(f"s.{_BIN}")
    selected = ", ".join([*(f"s.{k}" for k in names), *arrays, _array(label.sql, label.type)])
    end = f" GROUP BY {', '.join(f's.{k}' for k in names)}" if names else " HAVING count(*) > 0"
    return (
        f"WITH bins AS ({bins}), series AS (SELECT {every} {origin}) "
        f"SELECT {selected} FROM series AS s LEFT JOIN bins AS b ON {on}{end}"
    )


def _array(sql: str, type_: str) -> str:
    element = converted(Value(f"({sql})", type_), "dynamic")
    item = element.sql if element is not None else f"({sql})"
    return f"to_json(list({item} ORDER BY s.{_BIN}))"


OPERATORS: Mapping[str, Operator] = {"MakeSeriesOperator": make_series}
