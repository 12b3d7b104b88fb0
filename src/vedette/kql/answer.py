"""What ``binder.js`` answers, as Python values.

The trap: the compiler counts text in UTF-16 units, Python in code points. Every offset is
converted here, once, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import TypedDict

from vedette.kql.bound import BoundQuery, Diagnostic, Node, Origin
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import SCALAR_TYPES, Column

#: Numbers that a node takes in a flattened tree.
_WIDTH = 9

_Columns = Iterable[tuple[str, str]]

#: Code, severity, message, start, end, function in whose body it is, columns in scope.
_Message = tuple[str, str, str, int, int, str, Sequence[str]]


class Answer(TypedDict):
    """The JSON of ``vedette.bind``; trees are flattened, their words and columns numbered."""

    diagnostics: list[_Message]
    columns: list[tuple[str, str]] | None
    open: bool
    tables: list[str]
    functions: list[str]
    watchlists: list[tuple[str, int, int, str]]  # alias, start, end, function that reads it
    tree: list[int] | None
    bodies: dict[str, list[int]]
    words: list[str]
    shapes: list[list[tuple[str, str]]]
    origins: list[list[tuple[str, str]]]
    sources: list[list[tuple[str, str]]]  # of the result's columns


def bound_query(text: str, answer: Answer, catalogue: Catalogue) -> BoundQuery:
    """The answer about ``text``, with what it needs taken from ``catalogue``."""
    offsets = _offsets(text)
    words = answer["words"]
    shapes = [_columns(shape) for shape in answer["shapes"]]
    origins = [_origins(one) for one in answer["origins"]]
    result = answer["columns"] or []
    needed = {alias for alias, *_ in answer["watchlists"]} & catalogue.watchlists.keys()
    tree = answer["tree"]
    return BoundQuery(
        text=text,
        columns=_columns(result),
        diagnostics=_diagnostics(answer, catalogue, offsets),
        tables={name: catalogue.tables[name] for name in sorted(answer["tables"])},
        functions={name: catalogue.functions[name] for name in sorted(answer["functions"])},
        watchlists={alias: catalogue.watchlists[alias] for alias in sorted(needed)},
        tree=None if tree is None else _nodes(tree, words, shapes, origins, offsets),
        bodies=_Bodies(
            {
                name: partial(_tree, body, words, shapes, origins, catalogue.functions[name].body)
                for name, body in sorted(answer["bodies"].items())
            }
        ),
        tabular=answer["columns"] is not None,
        open=answer["open"],
        sources={
            name: _origins(found)
            for (name, _), found in zip(result, answer["sources"], strict=False)
        },
        untyped=frozenset(name for name, type_ in result if type_ not in SCALAR_TYPES),
    )


def _columns(columns: _Columns) -> tuple[Column, ...]:
    return tuple(_column(name, type_) for name, type_ in columns)


@lru_cache(maxsize=65536)
def _column(name: str, type_: str) -> Column:
    # What nobody knows the type of behaves like dynamic: everything may be done with it. Kept,
    # since each operator of each query has a hundred columns, and most are the same.
    return Column(name, type_ if type_ in SCALAR_TYPES else "dynamic")


def _origins(found: Iterable[Origin]) -> tuple[Origin, ...]:
    # A union of ten windows of one table has that table once.
    return tuple(sorted({(table, column) for table, column in found}))


def _diagnostics(
    answer: Answer, catalogue: Catalogue, offsets: Sequence[int]
) -> tuple[Diagnostic, ...]:
    last = len(offsets) - 1
    found = [*answer["diagnostics"], *_unknown_watchlists(answer, catalogue)]
    diagnostics = []
    for code, severity, message, start, end, function, scope in found:
        # What has no place is said of the beginning.
        first = offsets[min(max(start, 0), last)]
        length = offsets[min(max(end, start, 0), last)] - first
        diagnostics.append(
            Diagnostic(code, severity, message, first, length, function, tuple(scope))
        )
    return tuple(sorted(diagnostics, key=lambda item: (item.start, item.code)))


def _unknown_watchlists(answer: Answer, catalogue: Catalogue) -> Iterator[_Message]:
    """The compiler takes any alias, since only we know the watchlists."""
    reported = set()
    for alias, start, end, function in answer["watchlists"]:
        if alias not in catalogue.watchlists and (alias, start) not in reported:
            reported.add((alias, start))
            message = f"The watchlist '{alias}' is not known."
            yield "unknown-watchlist", "Error", message, start, end, function, ()


class _Bodies(Mapping[str, Node | None]):
    """The trees of functions, each made when it is asked for: linting asks for none."""

    def __init__(self, makers: Mapping[str, Callable[[], Node]]) -> None:
        self._makers = makers
        self._made: dict[str, Node] = {}

    def __getitem__(self, name: str) -> Node:
        if name not in self._made:
            # Whoever compares by identity must get the same tree from every thread.
            self._made.setdefault(name, self._makers[name]())
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def _tree(
    numbers: Sequence[int],
    words: Sequence[str],
    shapes: Sequence[tuple[Column, ...]],
    origins: Sequence[tuple[Origin, ...]],
    body: str,
) -> Node:
    return _nodes(numbers, words, shapes, origins, _body_offsets(body))


def _nodes(
    numbers: Sequence[int],
    words: Sequence[str],
    shapes: Sequence[tuple[Column, ...]],
    origins: Sequence[tuple[Origin, ...]],
    offsets: Sequence[int],
) -> Node:
    """The root of a tree that was flattened children first."""
    waiting: list[Node] = []
    for at in range(0, len(numbers), _WIDTH):
        kind, start, end, name, symbol, type_, shape, origin, count = numbers[at : at + _WIDTH]
        first = len(waiting) - count
        node = Node(
            words[kind],
            offsets[start],
            offsets[end],
            words[name],
            words[symbol].lower(),
            words[type_],
            tuple(waiting[first:]),
            shapes[shape] if shape >= 0 else (),
            origins[origin] if origin >= 0 else (),
        )
        del waiting[first:]
        waiting.append(node)
    return waiting[0]


def _offsets(text: str) -> Sequence[int]:
    """The offset in code points of each offset in UTF-16 units, the end included."""
    if text.isascii() or max(text) <= "\uffff":
        return range(len(text) + 1)
    offsets = [
        offset for offset, character in enumerate(text) for _ in range(1 + (character > "\uffff"))
    ]
    return [*offsets, len(text)]


def _body_offsets(body: str) -> Sequence[int]:
    """The same for a function's body, which the compiler sees as ``{body⏎}``."""
    return [0, *_offsets(body), *[len(body)] * 2]


def definitions(columns_by_name: Mapping[str, Iterable[Column]]) -> dict[str, _Columns]:
    """Columns as ``binder.js`` takes them."""
    return {
        name: [(column.name, column.type) for column in columns]
        for name, columns in columns_by_name.items()
    }
