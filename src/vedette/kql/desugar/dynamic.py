"""Dynamics: text that is read as JSON, nulls inside of it, and comparisons with other types.

``parse_json("x")`` is the dynamic string x, and ``parse_json("null")`` is null; the translator
makes null of the one and a value of the other. Under a path, as in ``parse_json(s).a``, all of
them are null, and the shorter form stays.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.kql.bound import Node
from vedette.kql.desugar.rewriter import Rewriter
from vedette.kql.desugar.segments import Segments
from vedette.kql.desugar.tree import arguments, called

#: What turns a dynamic into each type, and into null where it is of another one.
_CONVERSIONS: Mapping[str, str] = {
    "bool": "tobool",
    "datetime": "todatetime",
    "guid": "toguid",
    # Not tolong, which would cut 2.5 to a 2 that equals 2.
    "int": "todouble",
    "long": "todouble",
    "real": "todouble",
    "timespan": "totimespan",
}

COMPARISONS = (
    "EqualExpression",
    "GreaterThanExpression",
    "GreaterThanOrEqualExpression",
    "LessThanExpression",
    "LessThanOrEqualExpression",
    "NotEqualExpression",
)

_PARSERS = frozenset({"parse_json", "parsejson", "todynamic", "toobject"})


def parse_text(call: Node, rewriter: Rewriter) -> Segments | None:
    """``parse_json(s)`` of a string that may not be JSON."""
    if called(call) not in _PARSERS or len(arguments(call)) != 1:
        return None
    parsed = _parse(call, rewriter)
    given = arguments(call)[0]
    if given.type != "string":
        return parsed
    text = rewriter.rewrite(given)
    return rewriter.made(
        call,
        *("iff(trim(@'\\s+', ", text, ") in ('', 'null'), dynamic(null), coalesce(", parsed),
        *(", pack_array(", text, ")[0]))"),
    )


def under_path(path: Node, rewriter: Rewriter) -> Segments | None:
    """``parse_json(s).a`` and ``parse_json(s)[0]``, where text that is no JSON has no members."""
    head = path.children[0]
    if called(head) not in _PARSERS or len(arguments(head)) != 1:
        return None
    return rewriter.inside(path, [(head, _parse(head, rewriter))])


def comparison(node: Node, rewriter: Rewriter) -> Segments | None:
    """``d.x == 2`` where the member may be text: ``todouble(d.x) == 2`` is false for it."""
    left, _, right = node.children
    for dynamic, other in ((left, right), (right, left)):
        convert = _CONVERSIONS.get(other.type)
        if dynamic.type == "dynamic" and convert is not None:
            value = rewriter.made(dynamic, convert, "(", rewriter.rewrite(dynamic), ")")
            return rewriter.inside(node, [(dynamic, value)])
    return None


def null_member(call: Node, rewriter: Rewriter) -> Segments | None:
    """``isnull(d.x)`` where x is JSON's null, which the translator takes for a value."""
    given = arguments(call)
    if called(call) == "coalesce":
        wrapped = [(item, _nullified(item, rewriter)) for item in given if _is_member(item)]
        return rewriter.inside(call, wrapped) if wrapped else None
    if called(call) not in {"isnull", "isnotnull", "notnull"} or not _is_member(given[0]):
        return None
    return rewriter.inside(call, [(given[0], _nullified(given[0], rewriter))])


def _is_member(node: Node) -> bool:
    return node.type == "dynamic" and node.kind in {"PathExpression", "ElementExpression"}


def _nullified(node: Node, rewriter: Rewriter) -> Segments:
    value = rewriter.rewrite(node)
    return rewriter.made(node, "iff(gettype(", value, ") == 'null', dynamic(null), ", value, ")")


def _parse(call: Node, rewriter: Rewriter) -> Segments:
    name = call.children[0]
    return rewriter.inside(call, [(name, rewriter.made(name, "parse_json"))])
