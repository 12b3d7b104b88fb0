"""Macros that go down into a value as deep as it nests, one macro for each level.

The trap: a macro cannot call itself, and one that calls the next level twice doubles at each. Every
level calls the next one once, over a list of all its children; what nests deeper is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

#: As deep as a value may nest.
_DEPTH = 7

_IS_BAG = "json_type(d) = 'OBJECT'"
_HAS_CHILDREN = "coalesce(json_type(d), '') IN ('ARRAY', 'OBJECT')"


def _children(keys: str, of_key: str, of_place: str) -> str:
    """The children of a bag or an array: what stands before each, ``p``, and its value, ``v``."""
    return (
        f"CASE WHEN {_IS_BAG} THEN list_transform({keys}, lambda k:"
        f" {{'p': {of_key}, 'v': kql.field(d, k)}})"
        f" ELSE list_transform(kql.items(d), lambda e: {{'p': {of_place}, 'v': e}}) END"
    )


def _canonical(level: int) -> str:
    """A text with sorted keys."""
    children = _children("list_sort(json_keys(d))", "to_json(k)::VARCHAR || ':'", "''")
    return (
        f"CASE WHEN {_HAS_CHILDREN} THEN CASE WHEN {_IS_BAG} THEN '{{' ELSE '[' END"
        f" || kql.joined(list_transform({children},"
        f" lambda c: c.p || kql.canonical_{level - 1}(c.v)), ',')"
        f" || CASE WHEN {_IS_BAG} THEN '}}' ELSE ']' END ELSE coalesce(d::VARCHAR, 'null') END"
    )


def _paths(level: int) -> str:
    """The paths of all leaves; an array is one itself, and its elements all stand at ``[0]``."""
    children = _children("json_keys(d)", "path || '[''' || k || ''']'", "path || '[0]'")
    below = f"flatten(list_transform({children}, lambda c: kql.tree_paths_{level - 1}(c.v, c.p)))"
    return (
        f"CASE WHEN {_HAS_CHILDREN} THEN kql.first_seen(list_concat(CASE WHEN {_IS_BAG}"
        f" THEN []::VARCHAR[] ELSE [path] END, {below})) ELSE [path] END"
    )


def _schema(level: int) -> str:
    """The types of a list of values: one, or an array of several."""
    groups = (
        "list_concat(list_transform(kql.first_seen(flatten(list_transform(vs,"
        " lambda v: json_keys(v)))), lambda k: {'k': k, 'v': list_filter(list_transform(vs,"
        " lambda v: kql.field(v, k)), lambda e: e IS NOT NULL)}),"
        " CASE WHEN list_bool_or(list_transform(vs, lambda v: json_type(v) = 'ARRAY')) THEN"
        " [{'k': '`indexer`', 'v': flatten(list_transform(list_filter(vs, lambda v:"
        " json_type(v) = 'ARRAY'), lambda v: kql.items(v)))}] ELSE [] END)"
    )
    plain = (
        "list_transform(kql.first_seen(list_transform(list_filter(vs, lambda v: json_type(v)"
        " NOT IN ('ARRAY', 'OBJECT', 'NULL')), lambda v: kql.type_of(v))), lambda t: to_json(t))"
    )
    bag = (
        f"list_transform([list_transform({groups}, lambda g: {{'k': g.k,"
        f" 'v': kql.schema_{level - 1}(g.v)}})], lambda gs: CASE WHEN len(gs) = 0 THEN []::JSON[]"
        " ELSE [to_json(map_from_entries(gs))] END)[1]"
    )
    return (
        f"list_transform([list_concat({plain}, {bag})], lambda ts: CASE WHEN len(ts) = 1"
        " THEN ts[1] ELSE to_json(ts) END)[1]"
    )


def _too_deep(type_: str, condition: str, leaf: str) -> str:
    message = f"a value that nests more than {_DEPTH} levels deep"
    return f"CASE WHEN {condition} THEN error('refused: {message}')::{type_} ELSE {leaf} END"


def _levels() -> dict[str, str]:
    made = {
        "canonical_0(d)": _too_deep("VARCHAR", _HAS_CHILDREN, "coalesce(d::VARCHAR, 'null')"),
        "tree_paths_0(d, path)": _too_deep("VARCHAR[]", _HAS_CHILDREN, "[path]"),
        "schema_0(vs)": _too_deep("JSON", "len(vs) > 0", "NULL::JSON"),
    }
    for level in range(1, _DEPTH + 1):
        made[f"canonical_{level}(d)"] = _canonical(level)
        made[f"tree_paths_{level}(d, path)"] = _paths(level)
        made[f"schema_{level}(vs)"] = _schema(level)
    return made


MACROS: Mapping[str, str] = {
    **_levels(),
    "canonical_json(d)": f"kql.canonical_{_DEPTH}(d)",
    "schema(vs)": f"kql.schema_{_DEPTH}(vs)",
    "tree_paths(d)": f"CASE WHEN {_HAS_CHILDREN} THEN to_json(kql.tree_paths_{_DEPTH}(d, '')) END",
}
