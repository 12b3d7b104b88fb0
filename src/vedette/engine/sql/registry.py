"""What an entry of the function library is, and what it is given.

The trap: an argument's SQL may be long, and a template that names it twice doubles it at every
nesting. Entries name each argument once, or hand it to a macro of ``macros/``.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from vedette.engine.sql.convert import converted
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import Value
from vedette.errors import UnsupportedError
from vedette.kql.bound import Node

if TYPE_CHECKING:
    from vedette.engine.sql.compiler import Compiler


@dataclass(eq=False, slots=True)
class Call:
    """A call that is being compiled: its name, its arguments as nodes, and where it stands."""

    compiler: Compiler
    node: Node
    scope: Scope
    name: str
    nodes: Sequence[Node]
    _values: dict[int, Value] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.nodes)

    def value(self, index: int) -> Value:
        """The argument, compiled once."""
        if index >= len(self.nodes):
            self.refuse("too few arguments")
        if index not in self._values:
            self._values[index] = self.compiler.expression(self.nodes[index], self.scope)
        return self._values[index]

    def values(self) -> list[Value]:
        """All arguments."""
        return [self.value(index) for index in range(len(self.nodes))]

    def converted(self, index: int, type_: str) -> Value:
        """The argument as a value of ``type_``."""
        value = converted(self.value(index), type_)
        if value is None:
            self.refuse(f"a {self.value(index).type} as argument {index + 1}")
        return value

    def constant(self, index: int) -> object:
        """The argument's constant; refused where it is none."""
        value = self.value(index)
        if not value.known:
            self.refuse(f"argument {index + 1} that is no constant")
        return value.constant

    def text(self, index: int) -> str:
        """A constant string."""
        constant = self.constant(index)
        if not isinstance(constant, str):
            self.refuse(f"argument {index + 1} that is no constant string")
        return constant

    def number(self, index: int) -> int:
        """A constant whole number (or ticks)."""
        constant = self.constant(index)
        if isinstance(constant, bool) or not isinstance(constant, int):
            self.refuse(f"argument {index + 1} that is no constant whole number")
        return constant

    def refuse(self, hint: str = "") -> NoReturn:
        """Say that this call cannot be answered exactly."""
        raise UnsupportedError(f"{self.name}()", offset=self.scope.place(self.node), hint=hint)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the library: ``build`` makes the value of a call."""

    build: Callable[[Call], Value]


@dataclass(frozen=True, slots=True)
class Several:
    """A function whose call is several columns: their names' ends, and their values in order."""

    fields: tuple[str, ...]
    build: Callable[[Call], list[Value]]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate: ``build`` makes its SQL, with ``filter`` (``FILTER (WHERE …)``) in place.

    ``needs_order``: its answer depends on the order of a sorted input.
    """

    build: Callable[[Call], Value]
    needs_order: bool = False


def native(template: str, *takes: str, gives: str, optional: int = 0) -> Function:
    """A function that SQL has: ``{0}`` is the first argument, converted to the first of ``takes``.

    ``gives`` is the result's type. The last ``optional`` arguments may be left out; the template
    then ends where theirs would begin (``f({0}[, {1}])``).
    """
    fields = {name for _, name, _, _ in string.Formatter().parse(template) if name}

    def build(call: Call) -> Value:
        if not len(takes) - optional <= len(call) <= len(takes):
            call.refuse(f"{len(call)} arguments")
        arguments = [call.converted(index, takes[index]).sql for index in range(len(call))]
        if len(fields) > len(arguments):
            call.refuse(f"{len(call)} arguments")
        return Value(template.format(*arguments), gives)

    return Function(build)


def refused(hint: str) -> Function:
    """A function that Kusto has and that cannot be answered here, with the reason."""

    def build(call: Call) -> Value:
        call.refuse(hint)

    return Function(build)
