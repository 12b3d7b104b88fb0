"""Columns whose names differ in nothing but the case of letters.

Kusto keeps ``IpAddress`` and ``IPAddress`` apart; the database folds them into one and would read
the wrong one without a word. All spellings but the first get a name of their own for the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vedette.kql.bound import Node
from vedette.kql.desugar.rewriter import Rewriter
from vedette.kql.desugar.segments import Segments
from vedette.kql.desugar.tree import quoted, walk
from vedette.schema.types import Column

#: Comes between a column's name and the number of its spelling; no name holds it otherwise.
MARK = "$case"


def spellings(columns: Iterable[Column]) -> dict[str, str]:
    """The names to use instead, for every spelling of a column's name but the first."""
    first: dict[str, dict[str, None]] = {}
    for column in columns:
        first.setdefault(column.name.casefold(), {})[column.name] = None
    return {
        name: f"{name}{MARK}{number}"
        for group in first.values()
        for number, name in enumerate(list(group)[1:], start=2)
    }


def columns_of(trees: Iterable[Node]) -> Iterator[Column]:
    """Every column that some node of the trees has; shared shapes are read once."""
    shapes = {id(node.columns): node.columns for tree in trees for node in walk(tree)}
    for shape in shapes.values():
        yield from shape


def original(name: str) -> str:
    """The column's own name."""
    return name.partition(MARK)[0]


def rename(node: Node, rewriter: Rewriter) -> Segments | None:
    """A column's name where it is declared or read."""
    new = rewriter.output.renamed.get(node.name) if node.symbol == "column" else None
    return None if new is None else rewriter.made(node, quoted(new))
