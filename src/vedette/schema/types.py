"""Tables and columns as the Kusto compiler sees them."""

from __future__ import annotations

from dataclasses import dataclass

from vedette.model.product import Product

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


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """A function that a query may call, as text: ``parameters`` without the parentheses."""

    name: str
    parameters: str
    body: str


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """What one table file says: a table of ``products``, in full or as an addition.

    ``extends``: the columns are added to the table of the same name that stands without this
    definition, and win over its columns of the same name; False: they are the whole table.
    """

    schema: TableSchema
    products: tuple[Product, ...]
    extends: bool = False
