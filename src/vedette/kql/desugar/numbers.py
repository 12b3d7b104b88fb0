"""Arithmetic and aggregates that depend on types which the translator does not see.

Of a bare column it assumes the common case: that ``bin`` rounds a datetime, that a division is one
of integers, and that a list has no limit. The official tree knows better.
"""

from __future__ import annotations

from vedette.kql.bound import Node
from vedette.kql.desugar.rewriter import Rewriter
from vedette.kql.desugar.segments import Segments
from vedette.kql.desugar.tree import arguments, called


def bin_timespan(call: Node, rewriter: Rewriter) -> Segments | None:
    """``bin(t, 1h)`` of a timespan says that it is one."""
    given = arguments(call)
    if called(call) not in {"bin", "floor"} or len(given) != 2 or given[0].type != "timespan":
        return None
    return rewriter.inside(call, [(given[0], _wrapped("totimespan", given[0], rewriter))])


def quotient(division: Node, rewriter: Rewriter) -> Segments | None:
    """A quotient of reals is infinite over zero, and one of two timespans is a real."""
    left, _, right = division.children
    if left.type == right.type == "timespan":
        return rewriter.inside(division, [(left, _wrapped("totimespan", left, rewriter))])
    if division.type == "real":
        return rewriter.inside(division, [(left, _wrapped("todouble", left, rewriter))])
    return None


def limited(call: Node, rewriter: Rewriter) -> Segments | None:
    """``make_list(x, 10)`` keeps the first ten; of a set, any ten."""
    given = arguments(call)
    name = {"makelist": "make_list", "makeset": "make_set"}.get(called(call), called(call))
    if name not in {"make_list", "make_set"} or len(given) != 2:
        return None
    value, limit = rewriter.rewrite(given[0]), rewriter.rewrite(given[1])
    return rewriter.made(call, "array_slice(", name, "(", value, "), 0, (", limit, ") - 1)")


def _wrapped(function: str, node: Node, rewriter: Rewriter) -> Segments:
    return rewriter.made(node, function, "(", rewriter.rewrite(node), ")")
