"""Arrays and property bags.

The trap: an array's element may be null and then stays in it as JSON's null, though a dynamic null
by itself is SQL's NULL.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql import value as values
from vedette.engine.sql.convert import converted
from vedette.engine.sql.functions.regexes import type_argument
from vedette.engine.sql.registry import Call, Function, native
from vedette.engine.sql.value import INTEGERS, Value, literal


def _packed(call: Call, index: int) -> str:
    return call.converted(index, "dynamic").sql


def _pack_array(call: Call) -> Value:
    elements = ", ".join(_packed(call, index) for index in range(len(call)))
    return Value(f"to_json([{elements}]::JSON[])", "dynamic")


def _bag_pack(call: Call) -> Value:
    parts = []
    for index in range(0, len(call), 2):
        parts += [call.converted(index, "string").sql, _packed(call, index + 1)]
    return Value(f"json_object({', '.join(parts)})", "dynamic")


def _pack_all(call: Call) -> Value:
    row = call.scope.row
    if row is None:
        call.refuse("no row")
    skip_empty = len(call) > 0 and call.constant(0) is True
    parts = []
    for name in row.values:
        column = row.column(name)
        packed = None if column is None else converted(column, "dynamic")
        if column is None or packed is None:
            call.refuse(f"the column {name}")
        parts.append(f"{literal(name)}, {packed.sql}")
    if skip_empty:
        call.refuse("without empty values")
    return Value(f"json_object({', '.join(parts)})", "dynamic")


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
    if len(call) > 2:
        call.refuse("a range")
    array, element = call.converted(0, "dynamic").sql, call.converted(1, "dynamic").sql
    return Value(f"kql.position({array}, {element})", "long")


def _sorted(order: str) -> Function:
    def build(call: Call) -> Value:
        if len(call) != 1:
            call.refuse("several arrays")
        return Value(f"kql.sorted_{order}({call.converted(0, 'dynamic').sql})", "dynamic")

    return Function(build)


def _bag_merge(call: Call) -> Value:
    bags = ", ".join(call.converted(index, "dynamic").sql for index in range(len(call)))
    return Value(f"kql.merged([{bags}])", "dynamic")


def _range(call: Call) -> Value:
    first, last = call.value(0), call.value(1)
    if not {first.type, last.type} <= INTEGERS:
        call.refuse(f"over {first.type}")
    step = call.converted(2, "long").sql if len(call) > 2 else "1"
    return Value(f"to_json(generate_series({first.sql}, {last.sql}, {step}))", "dynamic")


def _extract_json(call: Call) -> Value:
    path, text = call.converted(0, "string"), call.converted(1, "string").sql
    if path.text is None or not path.text.startswith("$"):
        call.refuse("a path that is no constant")
    found = Value(f"kql.get(kql.valid_json({text}), {path.sql})", "dynamic")
    target = type_argument(call, 2) if len(call) > 2 else "string"
    result = converted(found, target)
    if result is None:
        call.refuse(f"typeof({target})")
    return result


def _repeat(call: Call) -> Value:
    element, count = call.converted(0, "dynamic").sql, call.converted(1, "long").sql
    return Value(f"to_json(list_resize([]::JSON[], {count}, {element}))", "dynamic")


def _shift(sign: str, *, rotate: bool) -> Function:
    def build(call: Call) -> Value:
        array, count = call.converted(0, "dynamic").sql, call.converted(1, "long").sql
        count = count if sign == "+" else f"(-{count})"
        if rotate:
            return Value(f"kql.rotated({array}, {count})", "dynamic")
        fill = call.converted(2, "dynamic") if len(call) > 2 else values.null("dynamic")
        return Value(f"kql.shifted({array}, {count}, {fill.sql})", "dynamic")

    return Function(build)


FUNCTIONS: Mapping[str, Function] = {
    "array_concat": _lists("concatenated"),
    "array_index_of": Function(_index_of),
    "array_length": _array("kql.array_length({0})", "long"),
    "array_reverse": _array("to_json(list_reverse(kql.items({0})))"),
    "array_rotate_left": _shift("+", rotate=True),
    "array_rotate_right": _shift("-", rotate=True),
    "array_shift_left": _shift("+", rotate=False),
    "array_shift_right": _shift("-", rotate=False),
    "array_slice": native("kql.slice({0}, {1}, {2})", "dynamic", "long", "long", gives="dynamic"),
    "array_sort_asc": _sorted("asc"),
    "array_sort_desc": _sorted("desc"),
    "array_sum": _array("kql.array_sum({0})", "real"),
    "arraylength": _array("kql.array_length({0})", "long"),
    "bag_has_key": native("kql.has_key({0}, {1})", "dynamic", "string", gives="bool"),
    "bag_keys": _array("kql.keys({0})"),
    "bag_merge": Function(_bag_merge),
    "bag_pack": Function(_bag_pack),
    "bag_remove_keys": native("kql.without({0}, {1})", "dynamic", "dynamic", gives="dynamic"),
    "dynamic_to_json": _array("coalesce({0}::VARCHAR, 'null')", "string"),
    "extract_json": Function(_extract_json),
    "extractjson": Function(_extract_json),
    "pack": Function(_bag_pack),
    "pack_all": Function(_pack_all),
    "pack_array": Function(_pack_array),
    "pack_dictionary": Function(_bag_pack),
    "range": Function(_range),
    "repeat": Function(_repeat),
    "set_difference": _lists("difference"),
    "set_has_element": Function(_has_element),
    "set_intersect": _lists("intersection"),
    "set_union": _lists("united"),
    "zip": Function(lambda call: _zip(call)),
}


def _zip(call: Call) -> Value:
    arrays = [f"kql.items({call.converted(index, 'dynamic').sql})" for index in range(len(call))]
    fields = ", ".join(f"m[{position}]" for position in range(1, len(call) + 1))
    zipped = f"list_zip({', '.join(arrays)})"
    return Value(f"to_json(list_transform({zipped}, lambda m: [{fields}]::JSON[]))", "dynamic")
