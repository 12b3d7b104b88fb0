"""Numbers.

The trap: Kusto answers null or NaN where DuckDB raises (a logarithm of zero, a root of minus one).
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql import value as values
from vedette.engine.sql.registry import Call, Function, native
from vedette.engine.sql.value import INTEGERS, Value


def _real(template: str) -> Function:
    return native(template, "real", gives="real")


def _abs(call: Call) -> Value:
    value = call.value(0)
    if value.type in {*INTEGERS, "timespan", "real", "decimal"}:
        type_ = "long" if value.type in INTEGERS else value.type
        return Value(f"abs({value.sql})", type_)
    return Value(f"abs({call.converted(0, 'real').sql})", "real")


def _round(call: Call) -> Value:
    number = call.converted(0, "real").sql
    if len(call) == 1:
        return Value(f"round({number})", "real")
    return Value(f"kql.round_to({number}, {call.converted(1, 'long').sql})", "real")


def _ceiling(call: Call) -> Value:
    if call.value(0).type in INTEGERS:
        return Value(call.value(0).sql, "long")
    return Value(f"ceil({call.converted(0, 'real').sql})", "real")


def bins(call: Call) -> Value:
    """``bin(value, size)``: down to a multiple of the size, counted from zero or year 1."""
    value, size = call.value(0), call.value(1)
    if value.type == "datetime" and size.type == "timespan":
        if isinstance(size.constant, int) and size.constant > 0 and size.constant % 10 == 0:
            return Value(f"kql.bin_time({value.sql}, {size.constant // 10})", "datetime")
        return Value(f"kql.bin_ticks({value.sql}, {size.sql})", "datetime")
    if value.type == "timespan" and size.type == "timespan":
        return Value(f"kql.bin_whole({value.sql}, {size.sql})", "timespan")
    if value.type in {*INTEGERS, "bool"} and size.type in INTEGERS:
        return Value(f"kql.bin_whole({call.converted(0, 'long').sql}, {size.sql})", "long")
    if value.type in {"timespan", "datetime"} or size.type == "timespan":
        call.refuse(f"a {value.type} by {size.type}")
    number, step = call.converted(0, "real").sql, call.converted(1, "real").sql
    return Value(f"kql.bin_real({number}, {step})", "real")


def _bin_at(call: Call) -> Value:
    value, size, fixed = call.value(0), call.value(1), call.value(2)
    if value.type == fixed.type == "datetime" and size.type == "timespan":
        sql = f"kql.bin_ticks_at({value.sql}, {size.sql}, {fixed.sql})"
        return Value(sql, "datetime")
    if value.type == "timespan" or (value.type in INTEGERS and fixed.type in INTEGERS):
        if size.type not in {*INTEGERS, "timespan"}:
            call.refuse(f"a {value.type} by {size.type}")
        sql = f"(kql.bin_whole({value.sql} - {fixed.sql}, {size.sql}) + {fixed.sql})"
        return Value(sql, "timespan" if value.type == "timespan" else "long")
    number, step, at = (call.converted(index, "real").sql for index in range(3))
    return Value(f"(kql.bin_real({number} - {at}, {step}) + {at})", "real")


def _pow(call: Call) -> Value:
    base, power = call.converted(0, "real").sql, call.converted(1, "real").sql
    return Value(f"pow({base}, {power})", "real")


def _pi(call: Call) -> Value:
    del call
    return values.real(3.141592653589793)


_LONGS = ("long", "long")

FUNCTIONS: Mapping[str, Function] = {
    "abs": Function(_abs),
    "acos": _real("kql.unit({0}, acos(least(1, greatest(-1, {0}))))"),
    "asin": _real("kql.unit({0}, asin(least(1, greatest(-1, {0}))))"),
    "atan": _real("atan({0})"),
    "atan2": native("atan2({0}, {1})", "real", "real", gives="real"),
    "bin": Function(bins),
    "bin_at": Function(_bin_at),
    "binary_and": native("({0} & {1})", *_LONGS, gives="long"),
    "binary_not": native("(~{0})", "long", gives="long"),
    "binary_or": native("({0} | {1})", *_LONGS, gives="long"),
    "binary_shift_left": native("kql.shift_left({0}, {1})", *_LONGS, gives="long"),
    "binary_shift_right": native("kql.shift_right({0}, {1})", *_LONGS, gives="long"),
    "binary_xor": native("xor({0}, {1})", *_LONGS, gives="long"),
    "bitset_count_ones": native("bit_count({0})::BIGINT", "long", gives="long"),
    "ceiling": Function(_ceiling),
    "cos": _real("cos({0})"),
    "cot": _real("(1 / tan({0}))"),
    "degrees": _real("degrees({0})"),
    "exp": _real("exp({0})"),
    "exp10": _real("pow(10::DOUBLE, {0})"),
    "exp2": _real("pow(2::DOUBLE, {0})"),
    "floor": Function(bins),
    "gamma": _real("gamma({0})"),
    "isfinite": native("coalesce(isfinite({0}), FALSE)", "real", gives="bool"),
    "isinf": native("coalesce(isinf({0}), FALSE)", "real", gives="bool"),
    "isnan": native("coalesce(isnan({0}), FALSE)", "real", gives="bool"),
    "log": _real("kql.logarithm({0}, 2.718281828459045)"),
    "log10": _real("kql.logarithm({0}, 10.0)"),
    "log2": _real("kql.logarithm({0}, 2.0)"),
    "loggamma": _real("lgamma({0})"),
    "pi": Function(_pi),
    "pow": Function(_pow),
    "radians": _real("radians({0})"),
    "round": Function(_round),
    "sign": _real("coalesce(sign({0}), 0)::DOUBLE"),
    "sin": _real("sin({0})"),
    "sqrt": _real("kql.root({0})"),
    "tan": _real("tan({0})"),
}
