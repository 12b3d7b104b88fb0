"""What a plugin of ``evaluate`` is given: its arguments, the rows, and where it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from vedette.engine.sql.bodies import type_name, unbracketed
from vedette.engine.sql.compiler import Compiler
from vedette.engine.sql.relation import Relation
from vedette.engine.sql.scope import Scope
from vedette.engine.sql.value import Value
from vedette.kql.bound import Node
from vedette.kql.desugar.tree import arguments, child, walk
from vedette.schema.types import Column


@dataclass(frozen=True, slots=True)
class PluginCall:
    """One call of a plugin over ``relation``, which can be read as it is."""

    compiler: Compiler
    node: Node
    call: Node
    relation: Relation
    scope: Scope

    @property
    def arguments(self) -> list[Node]:
        """The arguments without a name."""
        return [item for item in arguments(self.call) if item.kind != "SimpleNamedExpression"]

    def named(self) -> dict[str, Node]:
        """The ``name = value`` arguments."""
        return {
            self.scope.source(item.children[0]): item.children[-1]
            for item in arguments(self.call)
            if item.kind == "SimpleNamedExpression"
        }

    def argument(self, index: int) -> Node:
        """An argument without a name; refused if there are not as many."""
        given = self.arguments
        if index >= len(given):
            self.compiler.refuse(
                f"{self.call.name}() without enough arguments", self.call, self.scope
            )
        return given[index]

    def constant(self, node: Node) -> object:
        """The constant that an argument is."""
        value = self.compiler.expression(node, self.scope.with_row(None))
        if not value.known:
            self.compiler.refuse(
                f"an argument of {self.call.name}() that is no constant", node, self.scope
            )
        return value.constant

    def number(self, index: int) -> int:
        """A constant whole number."""
        constant = self.constant(self.argument(index))
        if isinstance(constant, bool) or not isinstance(constant, int):
            self.refuse("an argument that is no whole number")
        return constant

    def column(self, node: Node) -> tuple[str, Value]:
        """A column of the rows by its name."""
        name = node.name or unbracketed(self.scope.source(node))
        value = self.compiler.expression(node, self.scope.over(self.relation))
        if self.relation.ident(name) is None:
            self.refuse(f"of {name}, which is no column")
        return name, value

    def schema(self) -> tuple[tuple[Column, ...] | None, bool]:
        """The columns of ``: (*, a: string)``, None without it; and whether ``*`` is among them."""
        clause = child(self.node, "EvaluateSchemaClause")
        if clause is None:
            return None, False
        columns = [
            Column(
                unbracketed(self.scope.source(item.children[0])),
                type_name(self.scope.source(item.children[-1])),
            )
            for item in walk(clause)
            if item.kind == "NameAndTypeDeclaration"
        ]
        text = self.scope.source(clause)
        return tuple(columns), text.lstrip(": (\n\t").startswith("*")

    def refuse(self, what: str) -> NoReturn:
        """Say that this call cannot be answered exactly."""
        self.compiler.refuse(f"{self.call.name}() {what}", self.node, self.scope)


Plugin: TypeAlias = Callable[[PluginCall], Relation]
