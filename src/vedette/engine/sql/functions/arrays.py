"""Arrays, and sets, which are arrays too.

The trap: an array's element may be null and then stays in it as JSON's null, though a dynamic null
by itself is SQL's NULL.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql import value as values
from vedette.engine.sql.registry import Call, Function, native
from vedette.engine.sql.value import INTEGERS, Value


def pack_array(call: Call) -> Value:
    """The arguments as one array."""
    elements = ", ".join(call.converted(index, "dynamic").sql for index in range(len(call)))
    return Value(f"to_json([{elements}]::JSON[])", "dynamic")


def _array(template: str, gives: str = "dynamic") -> Function:
    return native(template, "dynamic", gives=gives)


def _lists(name: str) -> Function:
    """A macro over two arrays, folded over more."""

    def build(call: Call) -> Value:
        sql = call.converted(0, "dynamic").sql
        for index in range(1, len(call)):
            sql = f"kql.{name}({sql}, {call.converted(index, 'dynamic').sql})"
        return Value(sql, "dynamic")

    return Function(build)


def _has_element(call: Call) -> Value:
    array, element = call.converted(0, "dynamic").sql, call.converted(1, "dynamic").sql
    return Value(f"coalesce(list_contains(kql.items({array}), {element}), FALSE)", "bool")


def _index_of(call: Call) -> Value:
    array, element = call.converted(0, "dynamic").sql, call.converted(1, "dynamic").sql
    defaults = ("0", "(-1)", "1")
    given = [call.converted(index, "long").sql for index in range(2, len(call))]
    region = ", ".join([*given, *defaults[len(given) :]])
    return Value(f"kql.position({array}, {element}, {region})", "long")


def _sorted(*, descending: bool) -> Function:
    """The first array in order, and all others as it: one array of them all if there are more."""
    way = values.boolean(descending).sql

    def build(call: Call) -> Value:
        count, nulls_last = len(call), "TRUE"
        if count > 1 and call.value(count - 1).type == "bool":
            count, nulls_last = count - 1, call.value(count - 1).sql
        arrays = [call.converted(index, "dynamic").sql for index in range(count)]
        if count == 1:
            return Value(f"kql.array_sorted({arrays[0]}, {way}, {nulls_last})", "dynamic")
        places = f"kql.array_order(kql.items({arrays[0]}), {way}, {nulls_last})"
        ordered = ", ".join(f"kql.array_by({array}, _order)" for array in arrays)
        sql = f"list_transform([{places}], lambda _order: to_json([{ordered}]))[1]"
        return Value(sql, "dynamic")

    return Function(build)


#: The most elements of a list that is the same for all rows (documented of range() alone), and of
#: one whose size each row decides: DuckDB makes 2,048 of those at a time, and none can be stopped.
_MOST = 1_048_576
_MOST_OF_A_ROW = 50_000


def _repeat(call: Call) -> Value:
    element, count = call.converted(0, "dynamic").sql, call.converted(1, "long").sql
    most = _MOST if call.value(1).known else _MOST_OF_A_ROW
    return Value(
        f"to_json(list_resize([]::JSON[], kql.size_of_list({count}, {most}), {element}))", "dynamic"
    )


def _shift(sign: str, *, rotate: bool) -> Function:
    def build(call: Call) -> Value:
        array, count = call.converted(0, "dynamic").sql, call.converted(1, "long").sql
        count = count if sign == "+" else f"(-{count})"
        if rotate:
            return Value(f"kql.rotated({array}, {count})", "dynamic")
        fill = call.converted(2, "dynamic") if len(call) > 2 else values.null("dynamic")
        return Value(f"kql.shifted({array}, {count}, {fill.sql})", "dynamic")

    return Function(build)


def _split(call: Call) -> Value:
    array, places = call.converted(0, "dynamic").sql, call.value(1)
    if places.type in INTEGERS:
        return Value(f"kql.array_split({array}, [{places.sql}])", "dynamic")
    listed = f"list_transform(kql.items({call.converted(1, 'dynamic').sql}), lambda p: p::BIGINT)"
    return Value(f"kql.array_split({array}, {listed})", "dynamic")


def _range(call: Call) -> Value:
    first, last = call.value(0), call.value(1)
    types = {first.type, last.type}
    if types <= INTEGERS and (len(call) < 3 or call.value(2).type in INTEGERS):
        step = call.converted(2, "long").sql if len(call) > 2 else "1::BIGINT"
        return Value(f"to_json({_numbers(call, 'whole', first.sql, last.sql, step)})", "dynamic")
    if types <= {*INTEGERS, "real"}:
        start, stop, step = (
            call.converted(index, "real").sql if index < len(call) else "1::DOUBLE"
            for index in range(3)
        )
        return Value(f"to_json({_numbers(call, 'real', start, stop, step)})", "dynamic")
    if types not in ({"timespan"}, {"datetime"}):
        call.refuse(f"from a {first.type} to a {last.type}")
    return _times(call, first.type)


def _numbers(call: Call, kind: str, first: str, last: str, step: str) -> str:
    """The elements of ``range()``: cut off where they are the same for all rows, else bound."""
    if all(call.value(index).known for index in range(len(call))):
        return f"kql.{kind}_numbers({first}, {last}, {step})"
    return f"kql.some_{kind}_numbers({first}, {last}, {step}, {_MOST_OF_A_ROW})"


def _times(call: Call, kind: str) -> Value:
    """Datetimes or timespans, as the texts that a dynamic has of them; an hour apart by default."""
    hour = values.integer(36_000_000_000, "timespan")
    step = call.converted(2, "timespan") if len(call) > 2 else hour
    ends = [call.converted(index, "long").sql for index in (0, 1)]
    series = _numbers(call, "whole", ends[0], ends[1], step.sql)
    text = "kql.timespan_text(t)" if kind == "timespan" else "kql.ticks_text(t)"
    return Value(f"to_json(list_transform({series}, lambda t: {text}))", "dynamic")


def _zip(call: Call) -> Value:
    arrays = [f"kql.items({call.converted(index, 'dynamic').sql})" for index in range(len(call))]
    fields = ", ".join(f"m[{position}]" for position in range(1, len(call) + 1))
    zipped = f"list_zip({', '.join(arrays)})"
    return Value(f"to_json(list_transform({zipped}, lambda m: [{fields}]::JSON[]))", "dynamic")


_TWO = ("dynamic", "dynamic")
_IFF = native("kql.array_iff({0}, {1}, {2})", "dynamic", *_TWO, gives="dynamic")

FUNCTIONS: Mapping[str, Function] = {
    "array_concat": _lists("concatenated"),
    "array_iff": _IFF,
    "array_iif": _IFF,
    "array_index_of": Function(_index_of),
    "array_length": _array("kql.array_length({0})", "long"),
    "array_reverse": _array("to_json(list_reverse(kql.items({0})))"),
    "array_rotate_left": _shift("+", rotate=True),
    "array_rotate_right": _shift("-", rotate=True),
    "array_shift_left": _shift("+", rotate=False),
    "array_shift_right": _shift("-", rotate=False),
    "array_slice": native("kql.slice({0}, {1}, {2})", "dynamic", "long", "long", gives="dynamic"),
    "array_sort_asc": _sorted(descending=False),
    "array_sort_desc": _sorted(descending=True),
    "array_split": Function(_split),
    "array_sum": _array("kql.array_sum({0})", "real"),
    "arraylength": _array("kql.array_length({0})", "long"),
    "jaccard_index": native("kql.jaccard({0}, {1})", *_TWO, gives="real"),
    "pack_array": Function(pack_array),
    "range": Function(_range),
    "repeat": Function(_repeat),
    "set_difference": _lists("difference"),
    "set_equals": native("kql.set_equals({0}, {1})", *_TWO, gives="bool"),
    "set_has_element": Function(_has_element),
    "set_intersect": _lists("intersection"),
    "set_union": _lists("united"),
    "zip": Function(_zip),
}
