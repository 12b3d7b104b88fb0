"""What cases define themselves: functions and watchlists that the repository does not have.

A query may call what only its cases define; it is there in the workspace.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from vedette.model.case import Case
from vedette.schema.catalogue import Catalogue, watchlist_columns
from vedette.schema.types import Column, FunctionDefinition

#: ``(x:string, y:int = 1) { ... }``; the parameters may hold parentheses, the body braces.
_FUNCTION = re.compile(r"\s*\((.*?)\)\s*\{(.*)\}\s*;?\s*", re.DOTALL)


def with_cases(cases: Iterable[Case], catalogue: Catalogue) -> Catalogue:
    """``catalogue`` with what the cases define themselves; itself if that is nothing.

    What the repository defines stays the repository's: a case has to run what is deployed. A
    watchlist that the repository does not have has the columns of the case's rows.
    """
    functions: dict[str, FunctionDefinition] = {}
    watchlists: dict[str, tuple[Column, ...]] = {}
    for case in cases:
        for name, text in case.functions.items():
            if name not in catalogue.functions:
                functions[name] = _definition(name, text)
        for alias, rows in case.watchlists.items():
            if alias not in catalogue.watchlists:
                watchlists[alias] = watchlist_columns(name for row in rows for name in row)
    return with_definitions(functions, watchlists, catalogue)


def with_definitions(
    functions: dict[str, FunctionDefinition],
    watchlists: dict[str, tuple[Column, ...]],
    catalogue: Catalogue,
) -> Catalogue:
    """``catalogue`` with these added; itself if there are none."""
    if not functions and not watchlists:
        return catalogue
    return replace(
        catalogue,
        functions={**catalogue.functions, **functions},
        watchlists={**catalogue.watchlists, **watchlists},
    )


def _definition(name: str, text: str) -> FunctionDefinition:
    match = _FUNCTION.fullmatch(text)
    parameters, body = (match[1], match[2]) if match else ("", text)
    return FunctionDefinition(name, parameters.strip(), body.strip())
