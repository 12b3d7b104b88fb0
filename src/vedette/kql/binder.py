"""Asks the official Kusto compiler what a query means.

The trap: one V8 serves many catalogues in turn, and remembers. What it is told again with a query
is exactly what has changed since the last one.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import cast

from vedette.kql.answer import Answer, bound_query, definitions
from vedette.kql.bound import BoundQuery, Diagnostic
from vedette.kql.bundle import KustoSession, ScriptError, ScriptLimitError
from vedette.kql.cache import AnswerCache, digest
from vedette.kql.completion import Completion, utf16_length
from vedette.kql.mentions import mentioned_tables
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import TableSchema

#: The longest that the compiler may think about one query: real ones take 10 ms.
QUERY_SECONDS = 20.0

#: The longest that it may think about how a query goes on, while somebody types.
COMPLETION_SECONDS = 10.0

#: Our own diagnostics, for a query that takes longer, or that the compiler breaks at.
TOO_COMPLEX = "query-too-complex"
COMPILER_FAILURE = "compiler-failure"

#: Times that the portal writes into a hunting query before it runs. In quotes or in ``datetime()``
#: they parse as they are; where one stands alone, a datetime of the same length stands in for it.
_TIME_TOKEN = re.compile(r"""(?<!['"])(?<!datetime\()\{\{(?:Start|End)TimeISO\}\}""")
_TIME = "datetime(2020)"


class Binder:
    """Binds queries; starts the compiler at the first new one, and must be closed.

    ``cache`` keeps answers, so that a query which has not changed needs no compiler. Safe to share
    between threads: they take turns, since a V8 runs one script at a time.
    """

    def __init__(self, cache: AnswerCache | None = None) -> None:
        self._cache = cache
        self._session: KustoSession | None = None
        self._starting: Future[KustoSession] | None = None
        self._loaded: Catalogue | None = None
        self._shared: tuple[Catalogue, str] | None = None
        self._defined: dict[str, TableSchema] = {}
        self._lock = threading.RLock()

    def bind(self, text: str, catalogue: Catalogue) -> BoundQuery:
        """``text`` with its names resolved in ``catalogue``: diagnostics, columns, needs, tree.

        Never raises for a query, whatever is in it: one that takes too long has the diagnostic
        ``query-too-complex``, one at which the compiler itself breaks ``compiler-failure``.
        """
        names = mentioned_tables(text, catalogue)
        with self._lock:
            key = self._key(text, names, catalogue)
            answer = self._cache.get(key) if self._cache is not None else None
            if answer is None:
                try:
                    answer = self._ask(text, names, catalogue)
                except ScriptError as error:
                    # A script that was stopped half-way leaves the library in no known state.
                    self._restart()
                    code = TOO_COMPLEX if isinstance(error, ScriptLimitError) else COMPILER_FAILURE
                    refusal = Diagnostic(code, "Error", f"{error}.", 0, len(text))
                    return BoundQuery(text, (), (refusal,))
                if self._cache is not None:
                    self._cache.put(key, answer)
        return bound_query(text, cast(Answer, answer), catalogue)

    def complete(self, text: str, position: int, catalogue: Catalogue) -> tuple[Completion, ...]:
        """What may stand at an offset of ``text``, in the compiler's order; none if it fails."""
        with self._lock:
            try:
                found = self._ready(catalogue).call(
                    "complete",
                    text,
                    utf16_length(text[:position]),
                    names := sorted(catalogue.tables),
                    self._changed(names, catalogue),
                    seconds=COMPLETION_SECONDS,
                )
            except ScriptError:
                self._restart()
                return ()
        return tuple(Completion(*item) for item in cast(list[list[str]], found))

    def warm_up(self) -> None:
        """Start the compiler beside what the caller does until it binds something new."""
        with self._lock:
            if self._session is None and self._starting is None:
                starter = ThreadPoolExecutor(1)
                self._starting = starter.submit(KustoSession)
                starter.shutdown(wait=False)

    def close(self) -> None:
        """Stop the compiler, if it has started."""
        with self._lock:
            self._restart()

    def __enter__(self) -> Binder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _key(self, text: str, names: Iterable[str], catalogue: Catalogue) -> str:
        """The name of the answer: all that the compiler would be told."""
        if self._cache is None:
            return ""
        if self._shared is None or self._shared[0] is not catalogue:
            self._shared = (catalogue, digest(_functions(catalogue), _watchlists(catalogue)))
        tables = definitions({name: catalogue.tables[name].columns for name in names})
        return digest(text, tables, self._shared[1])

    def _ask(self, text: str, names: Sequence[str], catalogue: Catalogue) -> object:
        return self._ready(catalogue).call(
            "bind",
            _TIME_TOKEN.sub(lambda token: _TIME.ljust(len(token[0])), text),
            names,
            self._changed(names, catalogue),
            seconds=QUERY_SECONDS,
        )

    def _ready(self, catalogue: Catalogue) -> KustoSession:
        if self._session is None:
            self._session = self._starting.result() if self._starting else KustoSession()
            self._starting = None
        if self._loaded is not catalogue:
            self._session.call("load", _functions(catalogue), _watchlists(catalogue))
            self._loaded = catalogue
        return self._session

    def _changed(self, names: Iterable[str], catalogue: Catalogue) -> dict[str, object]:
        """The columns of those tables that the compiler does not know as they are now."""
        changed = {
            name: table
            for name in names
            if self._defined.get(name) is not (table := catalogue.tables[name])
        }
        self._defined |= changed
        return {**definitions({name: table.columns for name, table in changed.items()})}

    def _restart(self) -> None:
        # One that is still starting cannot be closed: it is waited for.
        if self._starting is not None and self._starting.exception() is None:
            self._starting.result().close()
        if self._session is not None:
            self._session.close()
        self._session = self._starting = self._loaded = None
        self._defined = {}


def _functions(catalogue: Catalogue) -> list[tuple[str, str, str]]:
    return [(each.name, each.parameters, each.body) for each in catalogue.functions.values()]


def _watchlists(catalogue: Catalogue) -> Mapping[str, object]:
    return definitions(catalogue.watchlists)
