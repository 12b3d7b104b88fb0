"""Strings, told to a translator that does not know which values are strings.

Not knowing the types, it writes each conversion to text as a dispatch over all of them and repeats
the operand in every branch: two nested calls make a plan ninefold, four make one that takes
seconds. The official tree knows what is a string already.
"""

from __future__ import annotations

from vedette.kql.bound import Node
from vedette.kql.desugar.rewriter import Rewriter
from vedette.kql.desugar.segments import Segments
from vedette.kql.desugar.tree import arguments, called

#: Functions whose arguments the translator converts to text one by one.
_CONVERTING = frozenset({"strcat", "strcat_delim"})


def boxed_arguments(call: Node, rewriter: Rewriter) -> Segments | None:
    """``strcat(f(x), y)`` with the computed strings boxed: ``strcat(pack_array(f(x))[0], y)``.

    An element of an array is a dynamic, which the translator unwraps with a single operator.
    """
    if called(call) not in _CONVERTING:
        return None
    boxed = [
        (item, Segments.join(("pack_array(", rewriter.rewrite(item), ")[0]"), item.start))
        for item in arguments(call)
        if item.type == "string" and item.kind == "FunctionCallExpression"
    ]
    return rewriter.inside(call, boxed) if boxed else None


def string_as_string(call: Node, rewriter: Rewriter) -> Segments | None:
    """``tostring(s)`` of a string is the string."""
    given = arguments(call)
    if called(call) != "tostring" or len(given) != 1 or given[0].type != "string":
        return None
    if given[0].kind not in {"FunctionCallExpression", "NameReference"}:
        return None
    return rewriter.made(call, rewriter.rewrite(given[0]))
