"""Compiles queries against what the workspace has: its tables, functions and watchlists.

The trap: the same query means something else once a function or a watchlist has changed, so what is
remembered of it is forgotten with every change of the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable

from vedette.kql.binder import Binder
from vedette.kql.bound import BoundQuery
from vedette.kql.completion import Completion
from vedette.schema.catalogue import Catalogue
from vedette.workspace.assumptions import is_compiled_in_full
from vedette.workspace.validation_query import semantic_refusal, syntax_refusal

#: Queries that are remembered: all rules that a workspace may have, and what people ask beside.
_REMEMBERED = 2_000


class Compilation:
    """Binds queries, each once; the compiler starts at the first use."""

    def __init__(self, catalogue: Callable[[], Catalogue], binder: Binder) -> None:
        self._catalogue = catalogue
        self._binder = binder
        self._bound: dict[str, BoundQuery] = {}
        self._against: Catalogue | None = None

    def bind(self, query: str) -> BoundQuery:
        """The query with its names resolved in the workspace as it is now."""
        catalogue = self._catalogue()
        if catalogue is not self._against:
            self._bound, self._against = {}, catalogue
        if query not in self._bound:
            bound = self._binder.bind(query, catalogue)
            if len(self._bound) >= _REMEMBERED:
                del self._bound[next(iter(self._bound))]
            self._bound[query] = bound
        return self._bound[query]

    def complete(self, text: str, position: int) -> tuple[Completion, ...]:
        """What may stand at an offset of a query, in the workspace as it is now."""
        return self._binder.complete(text, position, self._catalogue())

    def at_fault(self, query: str) -> BoundQuery:
        """The query, or the first function that it needs and that does not compile by itself.

        The compiler looks into a function's body for its result only and passes over what is wrong
        there; the service does not.
        """
        bound = self.bind(query)
        for function in bound.functions.values():
            body = self.bind(
                f"let called = ({function.parameters}) {{{function.body}\n}};\nprint 1"
            )
            if not body.ok:
                return body
        return bound

    def refusal(self, query: str, *, enabled: bool) -> str | None:
        """Why the service would not save a rule with this query, or None if it would."""
        bound = self.at_fault(query)
        problem = syntax_refusal(bound)
        if problem is None and is_compiled_in_full(enabled=enabled):
            problem = semantic_refusal(bound)
        return problem
