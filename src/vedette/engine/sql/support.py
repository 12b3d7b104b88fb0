"""What the translator supports, and what it refuses by name: the source of ``docs/kql-support.md``.

The trap: this lists what the registries hold, so that a function is documented by being registered
and by nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from vedette.engine.sql.functions.library import AGGREGATES, FUNCTIONS, SEVERAL
from vedette.engine.sql.functions.percentiles import WIDE
from vedette.engine.sql.functions.refusals import REFUSED_AGGREGATES, REFUSED_FUNCTIONS
from vedette.engine.sql.operators.evaluate import PLUGINS, REFUSED
from vedette.engine.sql.operators.library import LIBRARY

#: Operators whose word in a query is not the compiler's name for them.
_WORDS: Mapping[str, str] = {
    "DataTableExpression": "datatable",
    "ExternalDataExpression": "externaldata",
    "FilterOperator": "where",
    "MaterializeExpression": "materialize",
    "MakeSeriesOperator": "make-series",
    "MvApplyOperator": "mv-apply",
    "MvExpandOperator": "mv-expand",
    "SortOperator": "sort",
}
_GRAPH = "graphs are not supported"
_SEVERAL = "it has several results"
_UNWRITTEN = "nobody has needed it yet"
#: Operators of the language that are not in the library, with the reason.
_REFUSED_OPERATORS: Mapping[str, str] = {
    **dict.fromkeys(
        ("graph-mark-components", "graph-match", "graph-shortest-paths", "graph-to-table"), _GRAPH
    ),
    **dict.fromkeys(("facet", "fork"), _SEVERAL),
    **dict.fromkeys(("execute-and-cache", "macro-expand"), _UNWRITTEN),
    "make-graph": _GRAPH,
    "reduce": "it learns from the rows by an algorithm that is not documented",
    "top-hitters": "an estimate whose algorithm is not documented",
}
#: Node kinds of sources that are no operator of the language.
_SYNTAX = frozenset(
    {"FunctionCallExpression", "NameReference", "ParenthesizedExpression", "PathExpression"}
)


@dataclass(frozen=True, slots=True)
class Support:
    """Names as a query writes them, each sorted; ``refused_…`` give the reason by name."""

    functions: tuple[str, ...]
    aggregates: tuple[str, ...]
    operators: tuple[str, ...]
    plugins: tuple[str, ...]
    refused_functions: Mapping[str, str]
    refused_aggregates: Mapping[str, str]
    refused_operators: Mapping[str, str]
    refused_plugins: Mapping[str, str]


def supported() -> Support:
    """What the registries of this package hold."""
    kinds = {*LIBRARY.operators, *LIBRARY.sources} - _SYNTAX
    operators = tuple(sorted({_word(kind) for kind in kinds}))
    return Support(
        functions=tuple(sorted({*FUNCTIONS, *SEVERAL} - REFUSED_FUNCTIONS.keys())),
        aggregates=tuple(sorted({*AGGREGATES, *WIDE})),
        operators=operators,
        plugins=tuple(sorted(PLUGINS)),
        refused_functions=dict(sorted(REFUSED_FUNCTIONS.items())),
        refused_aggregates=dict(sorted(REFUSED_AGGREGATES.items())),
        refused_operators=dict(sorted(_REFUSED_OPERATORS.items())),
        refused_plugins=dict(sorted(REFUSED.items())),
    )


def _word(kind: str) -> str:
    """``ProjectAwayOperator`` is ``project-away``."""
    if kind in _WORDS:
        return _WORDS[kind]
    name = kind.removesuffix("Operator").removesuffix("Expression")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
