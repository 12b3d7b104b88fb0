"""Tables and columns as the Kusto compiler sees them."""

from __future__ import annotations

from dataclasses import dataclass

#: Kusto's scalar type names, in the spelling that the catalogue uses.
SCALAR_TYPES = frozenset(
    {
        "bool",
        "datetime",
        "decimal",
        "dynamic",
        "guid",
        "int",
        "long",
        "real",
        "string",
        "timespan",
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column and its Kusto type, one of ``SCALAR_TYPES``."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table; ``origin`` says who defines it (a package with its version, or a file)."""

    name: str
    columns: tuple[Column, ...]
    origin: str

    def column(self, name: str) -> Column | None:
        """The column of exactly this name (Kusto compares names with case), or None."""
        return next((column for column in self.columns if column.name == name), None)
