"""The tree of a YAML document as it is written, before aliases and merges are followed.

The trap: an alias is the anchor's node itself, not a copy; walking the tree without a bound
on the nodes visited is how a "billion laughs" file takes the machine down.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vedette.model.scalar import Scalar

#: Line and column, from 1.
Position = tuple[int, int]


@dataclass(slots=True, eq=False)
class ScalarNode:
    """A scalar, its place and its explicit tag (None for none)."""

    at: Position
    scalar: Scalar
    tag: str | None = None


@dataclass(slots=True, eq=False)
class SequenceNode:
    """A list; ``open`` while its end has not been read (an alias to it would be endless)."""

    at: Position
    tag: str | None = None
    items: list[Node] = field(default_factory=list)
    open: bool = True


@dataclass(slots=True, eq=False)
class MappingNode:
    """A mapping: pairs of key and value in the order of the file."""

    at: Position
    tag: str | None = None
    pairs: list[tuple[Node, Node]] = field(default_factory=list)
    open: bool = True


Node = ScalarNode | SequenceNode | MappingNode
