"""A detection and its bound query, with the ways through the tree that checks take.

The trap: parts are worked out at their first use and kept, since thirty checks ask for the same
ones; that is why the class has no slots.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from vedette.kql.bound import BoundQuery, Node
from vedette.kql.checks.subject.pipelines import Pipeline, pipelines_of
from vedette.kql.desugar.tree import items, walk
from vedette.model.detection import Detection
from vedette.schema.catalogue import Catalogue


@dataclass(frozen=True, eq=False)
class Subject:
    """``bound`` is the detection's query, without errors and with a tree."""

    detection: Detection
    bound: BoundQuery
    catalogue: Catalogue

    @cached_property
    def root(self) -> Node:
        """The whole query."""
        if self.bound.tree is None:
            raise ValueError("only a query with a tree can be checked")
        return self.bound.tree

    @cached_property
    def _kinds(self) -> dict[str, list[Node]]:
        kinds: dict[str, list[Node]] = {}
        for node in walk(self.root):
            kinds.setdefault(node.kind, []).append(node)
        return kinds

    @cached_property
    def _parents(self) -> dict[int, Node]:
        return {id(child): node for node in walk(self.root) for child in node.children}

    def nodes(self, *kinds: str) -> Iterator[Node]:
        """All nodes of these kinds, a kind after the other, each in the order of the text."""
        for kind in kinds:
            yield from self._kinds.get(kind, ())

    def calls(self, *names: str) -> Iterator[Node]:
        """The calls of these functions."""
        return (node for node in self.nodes("FunctionCallExpression") if node.name in names)

    def text(self, node: Node) -> str:
        """How the node is written."""
        return self.bound.text[node.start : node.end]

    def parent(self, node: Node) -> Node | None:
        """The node that holds this one."""
        return self._parents.get(id(node))

    def ancestors(self, node: Node) -> Iterator[Node]:
        """What holds the node, the nearest first."""
        above = self.parent(node)
        while above is not None:
            yield above
            above = self.parent(above)

    @cached_property
    def pipelines(self) -> tuple[Pipeline, ...]:
        """Every source with the operators behind it, those inside others too."""
        return tuple(pipelines_of(self.nodes("PipeExpression"), self.parent))

    @cached_property
    def _by_operator(self) -> dict[int, Pipeline]:
        return {id(operator): each for each in self.pipelines for operator in each.operators}

    @cached_property
    def _by_source(self) -> dict[int, Pipeline]:
        return {id(each.source): each for each in self.pipelines}

    @cached_property
    def spans(self) -> dict[tuple[str, int], timedelta | None]:
        """What ``subject.time`` has worked out already, by rule and node."""
        return {}

    def pipeline_from(self, source: Node) -> Pipeline | None:
        """The pipeline that begins with this source."""
        return self._by_source.get(id(source))

    def pipeline_of(self, operator: Node) -> Pipeline | None:
        """The pipeline in which the operator stands."""
        return self._by_operator.get(id(operator))

    @cached_property
    def result(self) -> Pipeline | None:
        """The pipeline whose rows are the query's, None if it is a bare source."""
        statements = items(self.root.children[1]) if len(self.root.children) > 1 else []
        ends = [each for each in statements if each.kind == "ExpressionStatement"]
        if not ends:
            return None
        last = ends[-1].children[0]
        return next((each for each in self.pipelines if each.whole is last), None)

    @cached_property
    def lets(self) -> dict[str, Node]:
        """The expression behind each ``let``; a name that is given twice is left out."""
        found: dict[str, Node] = {}
        twice = set()
        for statement in self.nodes("LetStatement"):
            declared, value = statement.children[1], statement.children[-1]
            name = declared.name or self.text(declared)
            twice |= {name} & found.keys()
            found[name] = value
        return {name: value for name, value in found.items() if name not in twice}

    def resolve(self, node: Node) -> Node:
        """The expression itself: without parentheses, and what a ``let`` stands for."""
        for _ in range(20):
            if node.kind == "ParenthesizedExpression":
                node = node.children[1]
            elif node.kind == "NameReference" and node.symbol == "variable":
                value = self.lets.get(node.name)
                if value is None:
                    return node
                node = value
            else:
                return node
        return node
