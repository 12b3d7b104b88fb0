"""Property bags, and JSON texts.

The trap: a key that begins with ``$`` is a path into the bag where the documentation says so, and a
path that only the row knows is refused, since it would be taken for a key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from vedette.engine.sql.convert import converted
from vedette.engine.sql.functions.regexes import type_argument
from vedette.engine.sql.registry import Call, Function, native
from vedette.engine.sql.value import Value, dynamic, literal
from vedette.kql.bound import Node

_STEP = re.compile(r"\.(\w+)|\[['\"]([^'\"]*)['\"]\]")


def _steps(path: str) -> list[str] | None:
    """The keys of ``$.a['b']``; None for any other text, also one with places in arrays."""
    if not path.startswith("$"):
        return None
    rest, steps = path[1:], []
    while rest:
        step = _STEP.match(rest)
        if step is None:
            return None
        steps.append(step[1] if step[2] is None else step[2])
        rest = rest[step.end() :]
    return steps


def _pointer(steps: Sequence[str]) -> str:
    return literal("".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps))


def _path(call: Call, key: Value) -> list[str] | None:
    """The steps of a constant path, None for a key of the bag itself."""
    if key.text is None or not key.text.startswith("$"):
        return None
    steps = _steps(key.text)
    if not steps:
        call.refuse(f"the path {key.text}")
    return steps


def _bag_pack(call: Call) -> Value:
    parts = []
    for index in range(0, len(call), 2):
        parts += [call.converted(index, "string").sql, call.converted(index + 1, "dynamic").sql]
    return Value(f"json_object({', '.join(parts)})", "dynamic")


def _pack_columns(call: Call) -> Value:
    parts = []
    for index, node in enumerate(call.nodes):
        parts += [literal(_column(call, node)), call.converted(index, "dynamic").sql]
    return Value(f"json_object({', '.join(parts)})", "dynamic")


def _column(call: Call, node: Node) -> str:
    if node.symbol != "column" or not node.name:
        call.refuse("what is no column")
    return node.name


def _pack_all(call: Call) -> Value:
    row = call.scope.row
    if row is None:
        call.refuse("no row")
    skip_empty = len(call) > 0 and call.constant(0) is True
    entries = []
    for name in row.values:
        column = row.column(name)
        packed = None if column is None else converted(column, "dynamic")
        if column is None or packed is None:
            call.refuse(f"the column {name}")
        entry = f"{{'k': {literal(name)}, 'v': {packed.sql}}}"
        missing = f"{column.sql} = ''" if column.type == "string" else f"{column.sql} IS NULL"
        entries.append(f"CASE WHEN NOT ({missing}) THEN {entry} END" if skip_empty else entry)
    return Value(f"kql.bag_entries([{', '.join(entries)}])", "dynamic")


def _has_key(call: Call) -> Value:
    bag, key = call.converted(0, "dynamic").sql, call.converted(1, "string")
    steps = _path(call, key)
    if steps is None:
        return Value(f"kql.has_key({bag}, {key.sql})", "bool")
    return Value(f"coalesce(json_exists({bag}, {_pointer(steps)}), FALSE)", "bool")


def _set_key(call: Call) -> Value:
    bag, key = call.converted(0, "dynamic").sql, call.converted(1, "string")
    value = call.converted(2, "dynamic").sql
    steps = _path(call, key)
    if steps is None:
        return Value(f"kql.with_member({bag}, {key.sql}, {value})", "dynamic")
    for depth in range(len(steps) - 1, 0, -1):
        inner = f"coalesce(json_extract({bag}, {_pointer(steps[:depth])}), '{{}}'::JSON)"
        value = f"kql.with_member({inner}, {literal(steps[depth])}, {value})"
    return Value(f"kql.with_member({bag}, {literal(steps[0])}, {value})", "dynamic")


def _remove_keys(call: Call) -> Value:
    bag, keys = call.converted(0, "dynamic").sql, call.converted(1, "dynamic")
    listed = keys.constant if isinstance(keys.constant, list) else []
    paths = [key for key in listed if isinstance(key, str) and key.startswith("$")]
    if not paths:
        return Value(f"kql.without({bag}, {keys.sql})", "dynamic")
    for path in paths:
        steps = _steps(path)
        if not steps:
            call.refuse(f"the path {path}")
        patch: object = None
        for step in reversed(steps):
            patch = {step: patch}
        bag = f"kql.without_path({bag}, {_pointer(steps)}, {literal(json.dumps(patch))})"
    rest = dynamic([key for key in listed if key not in paths])
    return Value(f"kql.without({bag}, {rest.sql})", "dynamic")


def _bag_merge(call: Call) -> Value:
    bags = ", ".join(call.converted(index, "dynamic").sql for index in range(len(call)))
    return Value(f"kql.merged([{bags}])", "dynamic")


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


_PACK = Function(_bag_pack)
_TWO = ("dynamic", "dynamic")

FUNCTIONS: Mapping[str, Function] = {
    "bag_has_key": Function(_has_key),
    "bag_keys": native("kql.keys({0})", "dynamic", gives="dynamic"),
    "bag_merge": Function(_bag_merge),
    "bag_pack": _PACK,
    "bag_pack_columns": Function(_pack_columns),
    "bag_remove_keys": Function(_remove_keys),
    "bag_set_key": Function(_set_key),
    "bag_zip": native("kql.bag_zip({0}, {1})", *_TWO, gives="dynamic"),
    "dynamic_to_json": native("kql.canonical_json({0})", "dynamic", gives="string"),
    "extract_json": Function(_extract_json),
    "extractjson": Function(_extract_json),
    "pack": _PACK,
    "pack_all": Function(_pack_all),
    "pack_dictionary": _PACK,
    "treepath": native("kql.tree_paths({0})", "dynamic", gives="dynamic"),
}
