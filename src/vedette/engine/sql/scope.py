"""What a name means where an expression stands.

The trap: a function's body is another text with other names; it sees the variables that were
defined before the function, not those of its caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from vedette.engine.sql.relation import Relation, Row, row_of
from vedette.engine.sql.value import Value
from vedette.kql.bound import Node


@dataclass(eq=False, slots=True)
class Variable:
    """A ``let`` whose value is compiled when it is first read, since unused ones need not be."""

    make: Callable[[], Value | Relation]
    made: Value | Relation | None = None

    def value(self) -> Value | Relation:
        """What the variable holds."""
        if self.made is None:
            self.made = self.make()
        return self.made


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a function with a body; ``type`` is ``table`` for a tabular one."""

    name: str
    type: str
    default: Value | None = None


@dataclass(frozen=True, slots=True)
class Lambda:
    """A function with a body: its parameters, and the scope in which it was defined."""

    name: str
    parameters: tuple[Parameter, ...]
    body: Node
    scope: Scope


Binding: TypeAlias = Value | Relation | Variable | Lambda


@dataclass(frozen=True, slots=True)
class Scope:
    """The names, the row and the text of the place that is compiled.

    ``located``: offsets of this text are the query's; where they are not, ``anchor`` is the offset
    of the call that led here. ``grouped``: aggregates are allowed here. ``depth`` counts calls.
    """

    text: str
    names: Mapping[str, Binding] = field(default_factory=dict)
    row: Row | None = None
    anchor: int | None = None
    located: bool = True
    grouped: bool = False
    depth: int = 0

    def source(self, node: Node) -> str:
        """The text of a node."""
        return self.text[node.start : node.end]

    def place(self, node: Node) -> int | None:
        """The offset of a node in the query, or of the call that led into another text."""
        return node.start if self.located else self.anchor

    def over(self, relation: Relation, alias: str = "") -> Scope:
        """The same names over the rows of ``relation``."""
        return replace(self, row=row_of(relation, alias), grouped=False)

    def with_row(self, row: Row | None) -> Scope:
        """The same names over another row."""
        return replace(self, row=row, grouped=False)

    def named(self, names: Mapping[str, Binding]) -> Scope:
        """These names besides those that are known already."""
        return replace(self, names={**self.names, **names})
