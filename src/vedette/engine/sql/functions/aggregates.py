"""Aggregates of ``summarize``, ``make-series`` and their kind.

The trap: Kusto gives a neutral value where SQL gives NULL: a sum of nothing is 0, an average of
nothing NaN, a list of nothing ``[]``. ``dcount`` is exact here and an estimate in Kusto.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vedette.engine.sql.convert import converted
from vedette.engine.sql.registry import Aggregate, Call
from vedette.engine.sql.relation import ORDINAL
from vedette.engine.sql.value import INTEGERS, Value, identifier

_Build = Callable[[Call, str], Value]

#: What goes into a list as it is; anything else goes in as the dynamic that it is there.
_LISTED = frozenset({"bool", "int", "long", "real", "string"})


#: The most elements of a list or set, and how many the deprecated functions give unless told.
_LARGEST = 1_048_576
_DEFAULT_SIZES = {"makelist": 128, "makeset": 128}


def _filtered(condition: str) -> str:
    return f" FILTER (WHERE {condition})" if condition else ""


def _plain(build: _Build, *, needs_order: bool = False) -> Aggregate:
    return Aggregate(lambda call: build(call, ""), needs_order)


def _if(build: _Build, position: int, *, needs_order: bool = False) -> Aggregate:
    """The ``…if`` form, whose argument at ``position`` is a condition."""

    def with_filter(call: Call) -> Value:
        condition = call.converted(position, "bool").sql
        nodes = [*call.nodes[:position], *call.nodes[position + 1 :]]
        rest = Call(call.compiler, call.node, call.scope, call.name, nodes)
        return build(rest, condition)

    return Aggregate(with_filter, needs_order)


def _count(call: Call, condition: str) -> Value:
    del call
    return Value(f"count(*){_filtered(condition)}", "long")


def _number(call: Call) -> Value:
    value = call.value(0)
    if value.type in {"dynamic", "string"}:
        return call.converted(0, "long" if call.node.type in INTEGERS else "real")
    return call.converted(0, "long") if value.type == "bool" else value


def _sum(call: Call, condition: str) -> Value:
    value = _number(call)
    if value.type not in {*INTEGERS, "real", "decimal", "timespan"}:
        call.refuse(f"a {value.type}")
    type_ = "long" if value.type in INTEGERS else value.type
    cast = "::BIGINT" if type_ in {"long", "timespan"} else ""
    return Value(f"coalesce(sum({value.sql}){_filtered(condition)}, 0){cast}", type_)


def _avg(call: Call, condition: str) -> Value:
    value = _number(call)
    if value.type == "timespan":
        sql = f"TRY_CAST(trunc(avg({value.sql}){_filtered(condition)}) AS BIGINT)"
        return Value(sql, "timespan")
    if value.type == "datetime":
        sql = f"make_timestamp(avg(epoch_us({value.sql})){_filtered(condition)}::BIGINT)"
        return Value(sql, "datetime")
    number = converted(value, "real")
    if number is None:
        call.refuse(f"a {value.type}")
    return Value(f"coalesce(avg({number.sql}){_filtered(condition)}, 'nan'::DOUBLE)", "real")


def _extreme(name: str) -> _Build:
    def build(call: Call, condition: str) -> Value:
        value = call.value(0)
        if value.type == "dynamic":
            value = call.converted(0, call.node.type if call.node.type != "dynamic" else "string")
        sql = f"{name}({value.sql}){_filtered(condition)}"
        return Value(f"coalesce({sql}, '')" if value.type == "string" else sql, value.type)

    return build


def _spread(function: str) -> _Build:
    def build(call: Call, condition: str) -> Value:
        number = converted(_number(call), "real")
        if number is None:
            call.refuse(f"a {call.value(0).type}")
        return Value(f"coalesce({function}({number.sql}){_filtered(condition)}, 0.0)", "real")

    return build


def _dcount(call: Call, condition: str) -> Value:
    value = call.value(0)
    return Value(f"count(DISTINCT {value.sql}){_filtered(condition)}", "long")


def _any(call: Call, condition: str) -> Value:
    value = call.value(0)
    sql = f"any_value({value.sql}){_filtered(condition)}"
    return Value(f"coalesce({sql}, '')" if value.type == "string" else sql, value.type)


def _element(call: Call) -> Value:
    value = call.value(0)
    return value if value.type in _LISTED else call.converted(0, "dynamic")


def ordering(call: Call) -> str:
    """``ORDER BY`` inside an aggregate over a sorted input, nothing over any other."""
    row = call.scope.row
    number = None if row is None else row.hidden_column(ORDINAL)
    return "" if number is None else f" ORDER BY {identifier(ORDINAL)}"


def _collected(call: Call, condition: str, value: Value) -> str:
    conditions = [condition] if condition else []
    if not value.never_null:
        conditions.append(f"{value.sql} IS NOT NULL")
    return f"list({value.sql}{ordering(call)}){_filtered(' AND '.join(conditions))}"


def _make_list(call: Call, condition: str) -> Value:
    items = _collected(call, condition, _element(call))
    return Value(f"to_json(coalesce({_cut(call, items)}, []))", "dynamic")


def _make_list_with_nulls(call: Call, condition: str) -> Value:
    items = f"list({_element(call).sql}{ordering(call)}){_filtered(condition)}"
    return Value(f"to_json(coalesce({items}, []))", "dynamic")


def _make_set(call: Call, condition: str) -> Value:
    value = _element(call)
    items = _collected(call, condition, value)
    unique = f"kql.flat_set({items})" if value.type == "dynamic" else f"kql.first_seen({items})"
    return Value(f"to_json(coalesce({_cut(call, unique)}, []))", "dynamic")


def _cut(call: Call, items: str) -> str:
    most = call.number(1) if len(call) > 1 else _DEFAULT_SIZES.get(call.name, _LARGEST)
    return f"({items})[1:{min(most, _LARGEST)}]"


def _make_bag(call: Call, condition: str) -> Value:
    items = _collected(call, condition, Value(call.converted(0, "dynamic").sql, "dynamic"))
    return Value(f"kql.merged(coalesce({items}, []::JSON[]))", "dynamic")


def _bits(function: str) -> _Build:
    def build(call: Call, condition: str) -> Value:
        sql = f"{function}({call.converted(0, 'long').sql}){_filtered(condition)}"
        return Value(sql, "long")

    return build


def _covariance(function: str) -> _Build:
    def build(call: Call, condition: str) -> Value:
        x, y = call.converted(0, "real").sql, call.converted(1, "real").sql
        return Value(f"coalesce({function}({y}, {x}){_filtered(condition)}, 0.0)", "real")

    return build


_LIST = _plain(_make_list, needs_order=True)
_SET = _plain(_make_set, needs_order=True)


def _build_schema(call: Call, condition: str) -> Value:
    items = _collected(call, condition, Value(call.converted(0, "dynamic").sql, "dynamic"))
    return Value(f"kql.schema({items})", "dynamic")


AGGREGATES: Mapping[str, Aggregate] = {
    "any": _plain(_any),
    "anyif": _if(_any, 1),
    "avg": _plain(_avg),
    "avgif": _if(_avg, 1),
    "binary_all_and": _plain(_bits("bit_and")),
    "binary_all_or": _plain(_bits("bit_or")),
    "binary_all_xor": _plain(_bits("bit_xor")),
    "buildschema": _plain(_build_schema, needs_order=True),
    "cnt": _plain(_count),
    "count": _plain(_count),
    "count_distinct": _plain(_dcount),
    "count_distinctif": _if(_dcount, 1),
    "countif": _if(_count, 0),
    "covariance": _plain(_covariance("covar_samp")),
    "covarianceif": _if(_covariance("covar_samp"), 2),
    "covariancep": _plain(_covariance("covar_pop")),
    "covariancepif": _if(_covariance("covar_pop"), 2),
    "dcount": _plain(_dcount),
    "dcountif": _if(_dcount, 1),
    "make_bag": _plain(_make_bag, needs_order=True),
    "make_bag_if": _if(_make_bag, 1, needs_order=True),
    "make_dictionary": _plain(_make_bag, needs_order=True),
    "make_list": _LIST,
    "make_list_if": _if(_make_list, 1, needs_order=True),
    "make_list_with_nulls": _plain(_make_list_with_nulls, needs_order=True),
    "make_set": _SET,
    "make_set_if": _if(_make_set, 1, needs_order=True),
    "makelist": _LIST,
    "makeset": _SET,
    "max": _plain(_extreme("max")),
    "maxif": _if(_extreme("max"), 1),
    "min": _plain(_extreme("min")),
    "minif": _if(_extreme("min"), 1),
    "stdev": _plain(_spread("stddev_samp")),
    "stdevif": _if(_spread("stddev_samp"), 1),
    "stdevp": _plain(_spread("stddev_pop")),
    "sum": _plain(_sum),
    "sumif": _if(_sum, 1),
    "take_any": _plain(_any),
    "take_anyif": _if(_any, 1),
    "variance": _plain(_spread("var_samp")),
    "varianceif": _if(_spread("var_samp"), 1),
    "variancep": _plain(_spread("var_pop")),
    "variancepif": _if(_spread("var_pop"), 1),
}
