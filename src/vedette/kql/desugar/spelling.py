"""Functions that the translator knows by another name, or in another order of arguments.

The trap: ``replace`` means a regular expression in Log Analytics and plain text to the translator,
which would answer without complaint.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.kql.bound import Node
from vedette.kql.desugar.rewriter import Rewriter
from vedette.kql.desugar.segments import Segments
from vedette.kql.desugar.tree import arguments, called, child, literal

#: Old names of the same function (learn.microsoft.com/kusto/query, "deprecated aliases").
ALIASES: Mapping[str, str] = {
    "any": "take_any",
    "arraylength": "array_length",
    "makelist": "make_list",
    "makeset": "make_set",
    "notempty": "isnotempty",
}


_IF_NEVER_NULL: Mapping[str, str] = {"isnull": "false", "isnotnull": "true", "notnull": "true"}


def alias(call: Node, rewriter: Rewriter) -> Segments | None:
    """``makeset(x)`` is ``make_set(x)``."""
    name = ALIASES.get(called(call))
    if name is None:
        return None
    head = call.children[0]
    return rewriter.inside(call, [(head, rewriter.made(head, name))])


def replace(call: Node, rewriter: Rewriter) -> Segments | None:
    """``replace(regex, rewrite, text)`` is ``replace_regex(text, regex, rewrite)``."""
    given = arguments(call)
    if called(call) != "replace" or len(given) != 3:
        return None
    regex, rewrite, text = (rewriter.rewrite(item) for item in given)
    return rewriter.made(call, "replace_regex(", text, ", ", regex, ", ", rewrite, ")")


def column_if_exists(call: Node, rewriter: Rewriter) -> Segments | None:
    """``column_ifexists("C", d)`` is C or d: the compiler knows which columns there are.

    Where the operator's input is not known (in a function's parameter), the call stays.
    """
    if called(call) not in {"column_ifexists", "columnifexists"}:
        return None
    name, default = arguments(call)
    column = literal(name, rewriter.text)
    columns = rewriter.columns
    if column is None or columns is None:
        return None
    if any(item.name == column for item in columns):
        return rewriter.made(call, rewriter.output.column(column))
    return rewriter.made(call, "(", rewriter.rewrite(default), ")")


def never_null(call: Node, rewriter: Rewriter) -> Segments | None:
    """``isnull(s)`` of a string is false: Kusto's strings have no null."""
    given = arguments(call)
    answer = _IF_NEVER_NULL.get(called(call))
    if answer is None or len(given) != 1 or given[0].type != "string":
        return None
    return rewriter.made(call, answer)


def dotted_index(path: Node, rewriter: Rewriter) -> Segments | None:
    """``a.[0].b`` is ``a[0].b``."""
    dot = child(path, "DotToken")
    last = path.children[-1]
    if dot is None or not rewriter.source(last).startswith("["):
        return None
    return rewriter.inside(path, [(dot, "")])


def split_element(element: Node, rewriter: Rewriter) -> Segments | None:
    """``split(s, d, i)[0]`` is ``split(s, d)[i]``: an index gives an array of that one part."""
    call, index = element.children[0], child(element, "BracketedExpression")
    given = arguments(call)
    if called(call) != "split" or len(given) != 3 or index is None:
        return None
    if rewriter.source(index) != "[0]" or given[2].kind != "LongLiteralExpression":
        return None
    text, delimiter = rewriter.rewrite(given[0]), rewriter.rewrite(given[1])
    place = f")[{rewriter.source(given[2])}]"
    return rewriter.made(element, "split(", text, ", ", delimiter, place)
