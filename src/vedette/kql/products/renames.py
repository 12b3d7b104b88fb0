"""Which columns are called otherwise in the other product, throughout a query.

A name changes everywhere in the query, where it is the table's column and where the query makes a
column of that name of its own: a consistent renaming changes no meaning, while one that follows
single columns has to prove that no two meet in a join. What cannot be renamed so is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from vedette.kql.bound import BoundQuery, Node
from vedette.kql.desugar.tree import called, walk
from vedette.kql.products.result import NotAvailable
from vedette.kql.products.tables import SENTINEL_TIME, Counterpart

#: Functions that take a column's name as text.
EXISTENCE_TESTS = frozenset({"column_ifexists", "columnifexists"})


@dataclass(frozen=True, slots=True)
class Renames:
    """New names by old ones; ``declared`` are the columns that the query itself names."""

    names: Mapping[str, str]
    declared: frozenset[str]
    known: frozenset[str]

    def of(self, name: str) -> str:
        """The column's name in the other product.

        Kusto makes ``max_TimeGenerated`` and ``TimeGenerated1`` of a column's name; what the
        author has called so keeps its name.
        """
        if name in self.names:
            return self.names[name]
        if name not in self.declared and name not in self.known:
            for old, new in self.names.items():
                if old in name:
                    return name.replace(old, new)
        return name

    def splits(self, pattern: str) -> bool:
        """True if a wildcard takes a column under one of its two names only."""
        return any(
            fnmatchcase(old, pattern) != fnmatchcase(new, pattern)
            for old, new in self.names.items()
        )


def renames_for(
    bound: BoundQuery, trees: Iterable[Node], tables: Mapping[str, Counterpart]
) -> Renames | NotAvailable:
    """What changes its name in ``bound``, whose query and functions are ``trees``."""
    nodes = [node for tree in trees for node in walk(tree)]
    used = {node.name for node in nodes if node.symbol == "column"}
    used |= {column.name for column in bound.columns}
    used |= {column for node in nodes for _, column in node.origins}
    if any(called(node) in EXISTENCE_TESTS for node in nodes):
        used.add(SENTINEL_TIME)
    names: dict[str, str] = {}
    for name in sorted(used):
        found = dict(_names_of(name, tables.values()))
        if len(set(found.values())) > 1:
            each = ", ".join(f"{new} in {table}" for table, new in sorted(found.items()))
            return NotAvailable(f"'{name}' has several names in Defender XDR: {each}")
        for new in set(found.values()) - {name}:
            names[name] = new
    for node in nodes:
        taken = node.symbol in {"column", "variable", "parameter"}
        if taken and node.name in names.values() and node.name not in names:
            old = next(old for old, new in names.items() if new == node.name)
            return NotAvailable(
                f"the query has a '{node.name}' of its own, as '{old}' is called in Defender XDR",
                f"use '{old}' itself, or another name",
                node.start,
            )
    return Renames(
        names,
        frozenset(
            node.name
            for node in nodes
            if node.kind == "NameDeclaration" and node.symbol == "column"
        ),
        frozenset(column.name for table in tables.values() for column in table.here.columns),
    )


def _names_of(name: str, tables: Iterable[Counterpart]) -> Iterator[tuple[str, str]]:
    for table in tables:
        there = table.column(name) if table.here.column(name) is not None else None
        if there is not None:
            yield table.here.name, there.name
