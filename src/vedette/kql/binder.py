"""Asks the official Kusto compiler what a query means.

The trap: the compiler counts text in UTF-16 units, Python in code points. Every offset is
converted here, once, and nowhere else.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TypedDict, cast

from vedette.kql.bound import BoundQuery, Diagnostic, Node
from vedette.kql.bundle import KustoSession, ScriptTimeoutError
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import SCALAR_TYPES, Column

#: The longest that the compiler may think about one query: real ones take 10 ms.
QUERY_SECONDS = 20.0

#: The code of our own diagnostic for a query that takes longer.
TOO_COMPLEX = "query-too-complex"

#: Beyond this depth the answer cannot be taken apart safely; real queries stay below 150.
_DEPTH = 2000

_IDENTIFIER = re.compile(r"\w+")

#: Where tables can be meant without being named.
_ANY_TABLE = re.compile(r"\b(search|find|union)\b[^;|]*?(\*|\|)|\bsearch\b|\bfind\b", re.IGNORECASE)


class _Answer(TypedDict):
    """What ``vedette.bind`` of binder.js returns."""

    diagnostics: list[tuple[str, str, str, int, int]]
    columns: list[tuple[str, str]] | None
    tables: list[str]
    functions: list[str]
    watchlists: list[tuple[str, int, int]]
    bodies: dict[str, list[object]]
    shapes: list[list[tuple[str, str]]]
    tree: list[object]


class Binder:
    """Binds queries; starts the compiler at the first one, and must be closed.

    Safe to share between threads: they take turns, since a V8 runs one script at a time.
    """

    def __init__(self) -> None:
        self._session: KustoSession | None = None
        self._loaded: Catalogue | None = None
        self._lock = threading.RLock()

    def bind(self, text: str, catalogue: Catalogue) -> BoundQuery:
        """``text`` with its names resolved in ``catalogue``: diagnostics, columns, needs, tree.

        Never raises for a query, whatever is in it; a query that takes too long has the diagnostic
        ``query-too-complex``.
        """
        with self._lock:
            session = self._ready(catalogue)
            schemas = {
                name: [(column.name, column.type) for column in catalogue.tables[name].columns]
                for name in _mentioned(text, catalogue)
            }
            try:
                answer = session.call("bind", text, schemas, seconds=QUERY_SECONDS)
            except ScriptTimeoutError as error:
                self._restart()
                return _refused(text, str(error))
        return _bound(text, cast(_Answer, answer), catalogue)

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

    def _ready(self, catalogue: Catalogue) -> KustoSession:
        if self._session is None:
            self._session = KustoSession()
        if self._loaded is not catalogue:
            functions = [
                (function.name, function.parameters, function.body)
                for function in catalogue.functions.values()
            ]
            watchlists = {
                alias: [(column.name, column.type) for column in columns]
                for alias, columns in catalogue.watchlists.items()
            }
            self._session.call("load", functions, watchlists)
            self._loaded = catalogue
        return self._session

    def _restart(self) -> None:
        if self._session is not None:
            self._session.close()
        self._session = self._loaded = None


def _mentioned(text: str, catalogue: Catalogue) -> list[str]:
    """The tables that ``text`` can mean, through functions too.

    The compiler is given these only: to define all takes it longer than to bind the query.
    """
    if _ANY_TABLE.search(text):
        return sorted(catalogue.tables)
    seen: set[str] = set()
    waiting = [text]
    while waiting:
        words = set(_IDENTIFIER.findall(waiting.pop())) - seen
        seen |= words
        waiting += [catalogue.functions[word].body for word in words if word in catalogue.functions]
    return sorted(seen & catalogue.tables.keys())


def _bound(text: str, answer: _Answer, catalogue: Catalogue) -> BoundQuery:
    offset = _offsets(text)
    diagnostics = [
        Diagnostic(code, severity, message, offset(start), offset(start + length) - offset(start))
        for code, severity, message, start, length in answer["diagnostics"]
    ]
    diagnostics += _unknown_watchlists(answer["watchlists"], catalogue, offset)
    shapes = [_columns(shape) for shape in answer["shapes"]]
    needed = sorted({alias for alias, _, _ in answer["watchlists"]} & catalogue.watchlists.keys())
    return BoundQuery(
        text=text,
        columns=_columns(answer["columns"] or ()),
        diagnostics=tuple(sorted(diagnostics, key=lambda item: (item.start, item.code))),
        tables={name: catalogue.tables[name] for name in sorted(answer["tables"])},
        functions={name: catalogue.functions[name] for name in sorted(answer["functions"])},
        watchlists={alias: catalogue.watchlists[alias] for alias in needed},
        tree=_tree(answer["tree"], offset, shapes),
        bodies={
            name: _tree(body, _body_offsets(catalogue.functions[name].body), shapes)
            for name, body in sorted(answer["bodies"].items())
        },
        tabular=answer["columns"] is not None,
    )


def _columns(columns: Iterable[tuple[str, str]]) -> tuple[Column, ...]:
    # A column that comes from an error has no type; dynamic keeps it from causing another one.
    return tuple(
        Column(name, type_ if type_ in SCALAR_TYPES else "dynamic") for name, type_ in columns
    )


def _unknown_watchlists(
    calls: Iterable[tuple[str, int, int]], catalogue: Catalogue, offset: Callable[[int], int]
) -> list[Diagnostic]:
    """The compiler takes any alias, since only we know the watchlists."""
    found = []
    for alias, start, end in calls:
        if alias not in catalogue.watchlists:
            place = (max(start, 0), max(end, 0))
            message = f"The watchlist '{alias}' is not known."
            first, last = offset(place[0]), offset(place[1])
            found.append(Diagnostic("unknown-watchlist", "Error", message, first, last - first))
    return found


@dataclass(frozen=True, slots=True)
class _Frame:
    """A node whose children are still being made."""

    head: tuple[str, int, int, str, str, str]
    columns: tuple[Column, ...]
    waiting: list[list[object]]
    children: list[Node]


def _tree(
    raw: list[object], offset: Callable[[int], int], shapes: Sequence[tuple[Column, ...]]
) -> Node | None:
    """Nodes from their JSON, without recursion: a long ``a or b or c …`` nests by its length."""
    stack = [_frame(raw, offset, shapes)]
    while True:
        if len(stack) > _DEPTH:
            return None
        frame = stack[-1]
        if frame.waiting:
            stack.append(_frame(frame.waiting.pop(), offset, shapes))
            continue
        stack.pop()
        node = Node(*frame.head, children=tuple(frame.children), columns=frame.columns)
        if not stack:
            return node
        stack[-1].children.append(node)


def _frame(
    raw: list[object], offset: Callable[[int], int], shapes: Sequence[tuple[Column, ...]]
) -> _Frame:
    kind, start, end, name, symbol, type_, shape, children = cast(
        tuple[str, int, int, str, str, str, int, list[list[object]]], tuple(raw)
    )
    head = (kind, offset(start), offset(end), name, symbol.lower(), type_)
    return _Frame(head, shapes[shape] if shape >= 0 else (), children[::-1], [])


def _body_offsets(body: str) -> Callable[[int], int]:
    """Offsets in a function's body; the compiler sees it in braces, one unit further on."""
    offset = _offsets(body)
    return lambda unit: offset(max(unit - 1, 0))


def _offsets(text: str) -> Callable[[int], int]:
    """A function from offsets in UTF-16 units to offsets in code points."""
    if text.isascii() or max(text) <= "\uffff":
        return lambda unit: min(unit, len(text))
    starts, unit = [], 0
    for character in text:
        starts.append(unit)
        unit += 2 if character > "\uffff" else 1
    return lambda unit: bisect_left(starts, unit)


def _refused(text: str, reason: str) -> BoundQuery:
    return BoundQuery(text, (), (Diagnostic(TOO_COMPLEX, "Error", reason, 0, len(text)),))
