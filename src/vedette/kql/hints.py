"""What to do about a message of the compiler: the nearest right name for a wrong one.

The trap: a name that is near but cannot stand there sends people astray. For columns only those
count that the compiler itself sees at that place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from vedette.finding import did_you_mean
from vedette.kql.bound import BoundQuery, Diagnostic, Node
from vedette.schema.catalogue import Catalogue

#: The compiler quotes the name that it does not know first.
_QUOTED = re.compile(r"'([^']+)'")

#: One column under two names: Sentinel's and Defender XDR's.
_OTHER_PRODUCT = {"Timestamp": "TimeGenerated", "TimeGenerated": "Timestamp"}


def hint_for(diagnostic: Diagnostic, bound: BoundQuery, catalogue: Catalogue) -> str:
    """The hint for ``diagnostic``, empty where there is nothing to add to its message."""
    hint = _HINTS.get(diagnostic.code)
    quoted = _QUOTED.search(diagnostic.message)
    return hint(quoted[1], diagnostic, bound, catalogue) if hint and quoted else ""


def _watchlist(name: str, _: Diagnostic, bound: BoundQuery, catalogue: Catalogue) -> str:
    near = did_you_mean(name, catalogue.watchlists)
    return near or f"define it in detections/shared/watchlists/{name}.yaml"


def _table(name: str, _: Diagnostic, bound: BoundQuery, catalogue: Catalogue) -> str:
    near = did_you_mean(name, {*catalogue.tables, *catalogue.functions, *_defined(bound)})
    define = (
        f"define it in schemas/tables/{name}.yaml, or a function in detections/shared/functions"
    )
    return near or define


def _function(name: str, _: Diagnostic, bound: BoundQuery, catalogue: Catalogue) -> str:
    called = (node.name for node in _nodes(bound) if node.symbol == "function")
    return did_you_mean(name, {*catalogue.functions, *called, *_defined(bound)} - {name})


def _name(name: str, diagnostic: Diagnostic, bound: BoundQuery, catalogue: Catalogue) -> str:
    columns = set(diagnostic.scope) - {name}
    other = _OTHER_PRODUCT.get(name)
    if other in columns:
        return f"these tables have '{other}' instead"
    near = did_you_mean(name, columns | (set(_defined(bound)) - {name}))
    if near or columns:
        return near
    # Where no row is in scope the name stands for a table, as in the last statement of a query.
    return did_you_mean(name, {*catalogue.tables, *catalogue.functions})


def _join_column(name: str, diagnostic: Diagnostic, bound: BoundQuery, _: Catalogue) -> str:
    return did_you_mean(name, set(diagnostic.scope) - {name})


def _expansion(name: str, diagnostic: Diagnostic, bound: BoundQuery, catalogue: Catalogue) -> str:
    function = diagnostic.function
    return f"'{name}' calls '{function}'" if function not in {"", name} else ""


_Hint = Callable[[str, Diagnostic, BoundQuery, Catalogue], str]

#: The compiler's codes for names that it does not know, and ours.
_HINTS: dict[str, _Hint] = {
    "KS142": _name,
    "KS145": _join_column,
    "KS200": _expansion,
    "KS204": _table,
    "KS211": _function,
    "unknown-watchlist": _watchlist,
}


def _defined(bound: BoundQuery) -> Iterator[str]:
    """What the query defines itself with let, and the parameters of its functions."""
    for node in _nodes(bound):
        if node.kind == "NameDeclaration" or node.symbol in {"variable", "parameter"}:
            yield node.name


def _nodes(bound: BoundQuery) -> Iterator[Node]:
    waiting = [bound.tree] if bound.tree is not None else []
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.children
