"""Copies a query's text, except where a rule knows a spelling that the engine's translator reads.

The trap: comments and line breaks are part of the text between two nodes. Whatever no rule
touches is copied to the letter, so that a ``//`` never swallows what follows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from vedette.kql.bound import BoundQuery, Node
from vedette.kql.desugar.segments import Piece, Segments
from vedette.kql.desugar.tree import quoted
from vedette.schema.types import Column


@dataclass(slots=True)
class Output:
    """What rewriting finds out on its way, beside the text."""

    query: BoundQuery
    #: True once something reads the hidden column.
    ingestion: bool = False
    #: Definitions of tabular functions, by name, in the translator's own form.
    functions: dict[str, str] = field(default_factory=dict)
    #: Definitions of scalar functions as let statements, by name; callees come first.
    scalars: dict[str, str] = field(default_factory=dict)
    #: The names that are read anywhere, which spares columns that nobody names a rewrite.
    names: frozenset[str] = frozenset()
    #: Columns that go by another name during the run (see ``letter_case``).
    renamed: Mapping[str, str] = field(default_factory=dict)
    #: Tabular functions of the query that read a table which each call names.
    generic: dict[str, Node] = field(default_factory=dict)

    def column(self, name: str) -> str:
        """A column as the rewritten query names it."""
        return quoted(self.renamed.get(name, name))


@dataclass(frozen=True, slots=True)
class Rewriter:
    """Rewrites one text: the query's, or a function's body."""

    text: str
    rules: Mapping[str, tuple[Rule, ...]]
    output: Output
    #: False for a function's body, whose offsets mean nothing to the query's reader.
    located: bool = True
    #: The columns of the operator's input, None outside a pipeline.
    columns: tuple[Column, ...] | None = None
    #: String parameters of a function whose values are known, and the literals they stand for.
    given: Mapping[str, str] = field(default_factory=dict)

    def over(self, columns: tuple[Column, ...]) -> Rewriter:
        """A rewriter for an operator whose input has these columns."""
        return replace(self, columns=columns)

    def rewrite(self, node: Node) -> Segments:
        """The node's text with all rules applied."""
        replaced = self._apply(node)
        return self.inside(node) if replaced is None else replaced

    def inside(self, node: Node, replaced: Iterable[tuple[Node, Segments | str]] = ()) -> Segments:
        """The node's text with the rules applied below it; ``replaced`` are done already."""
        given = {id(item): segments for item, segments in replaced}
        parts: list[Segments] = []
        position = node.start
        waiting = list(reversed(node.children))
        while waiting:
            current = waiting.pop()
            result: Segments | str | None = given.get(id(current))
            if result is None:
                result = self._apply(current)
            if result is None:
                waiting.extend(reversed(current.children))
                continue
            parts.append(self.copy(position, current.start))
            parts.append(self.made(current, result))
            position = current.end
        parts.append(self.copy(position, node.end))
        return Segments.join(parts)

    def made(self, node: Node, *parts: Segments | str) -> Segments:
        """Text that stands for ``node``."""
        return Segments.join(parts, node.start if self.located else None)

    def copy(self, start: int, end: int) -> Segments:
        """The original text from ``start`` to ``end``."""
        piece = Piece(self.text[start:end], start if self.located else None, copied=True)
        return Segments((piece,) if piece.text else ())

    def source(self, node: Node) -> str:
        """The node's original text."""
        return self.text[node.start : node.end]

    def _apply(self, node: Node) -> Segments | None:
        for rule in self.rules.get(node.kind, ()):
            result = rule(node, self)
            if result is not None:
                return result
        return None


#: A rule says what a node becomes, or None if it has nothing to say about it.
Rule = Callable[[Node, Rewriter], Segments | None]
