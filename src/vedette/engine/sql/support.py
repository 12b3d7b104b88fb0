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
    return Support(
        functions=tuple(sorted({*FUNCTIONS, *SEVERAL} - REFUSED_FUNCTIONS.keys())),
        aggregates=tuple(sorted({*AGGREGATES, *WIDE})),
        operators=tuple(sorted({_word(kind) for kind in kinds})),
        plugins=tuple(sorted(PLUGINS)),
        refused_functions=dict(sorted(REFUSED_FUNCTIONS.items())),
        refused_aggregates=dict(sorted(REFUSED_AGGREGATES.items())),
        refused_operators={},
        refused_plugins=dict(sorted(REFUSED.items())),
    )


def _word(kind: str) -> str:
    """``ProjectAwayOperator`` is ``project-away``."""
    if kind in _WORDS:
        return _WORDS[kind]
    name = kind.removesuffix("Operator").removesuffix("Expression")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
