"""Text made from pieces of a query, each of which remembers where it came from.

The trap: an error of the translator points into the rewritten text, and its reader has only ever
seen the original. So a rewrite never formats strings; it joins pieces.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of the rewritten query; ``origin`` is the offset in the original that it stands for.

    ``copied`` pieces are original text, so that an offset inside them maps exactly.
    """

    text: str
    origin: int | None
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Segments:
    """A rewritten text, piece by piece."""

    pieces: tuple[Piece, ...] = ()

    @classmethod
    def join(cls, parts: Iterable[Segments | str], origin: int | None = None) -> Segments:
        """All parts in order; plain strings stand for the original's offset ``origin``."""
        return cls(tuple(_pieces(parts, origin)))

    @property
    def text(self) -> str:
        """The rewritten text."""
        return "".join(piece.text for piece in self.pieces)

    def original(self, offset: int) -> int | None:
        """The offset in the original query that ``offset`` of the text stands for, if any."""
        for piece in self.pieces:
            if offset < len(piece.text):
                if piece.origin is None or not piece.copied:
                    return piece.origin
                return piece.origin + offset
            offset -= len(piece.text)
        return None


def _pieces(parts: Iterable[Segments | str], origin: int | None) -> Iterator[Piece]:
    for part in parts:
        if isinstance(part, Segments):
            yield from part.pieces
        elif part:
            yield Piece(part, origin)
