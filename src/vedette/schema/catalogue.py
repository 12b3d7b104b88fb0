"""What a query may name: tables, workspace functions and watchlists.

The trap: Sentinel and Defender XDR have tables of the same name with other columns. A catalogue is
of one product.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from vedette.model.content import Watchlist, WorkspaceFunction
from vedette.model.product import Product
from vedette.schema.asim import asim_functions
from vedette.schema.corrections import stock_corrections
from vedette.schema.stock import package_tables
from vedette.schema.types import (
    Column,
    FunctionDefinition,
    TableDefinition,
    TableSchema,
)

#: Columns that ``_GetWatchlist`` returns beside those of the watchlist's CSV
#: (learn.microsoft.com/azure/sentinel/watchlists-queries); SearchKey repeats the search column.
WATCHLIST_COLUMNS = (
    Column("_DTItemId", "string"),
    Column("LastUpdatedTimeUTC", "datetime"),
    Column("SearchKey", "string"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """By name: tables, functions, and the columns of ``_GetWatchlist('alias')``."""

    tables: Mapping[str, TableSchema]
    functions: Mapping[str, FunctionDefinition] = field(default_factory=dict)
    watchlists: Mapping[str, tuple[Column, ...]] = field(default_factory=dict)


def catalogue_for(
    tables: Iterable[TableDefinition] = (),
    functions: Mapping[str, WorkspaceFunction] | None = None,
    watchlists: Mapping[str, Watchlist] | None = None,
    *,
    product: Product = Product.SENTINEL,
) -> Catalogue:
    """The product's stock tables with a repository's tables, functions and watchlists.

    A function of the repository stands before one of the product that has its name.
    """
    definitions = {
        **stock_functions(product),
        **{
            alias: FunctionDefinition(alias, function.parameters, function.query)
            for alias, function in (functions or {}).items()
        },
    }
    columns = {
        alias: watchlist_columns(watchlist.columns)
        for alias, watchlist in (watchlists or {}).items()
    }
    return Catalogue(_apply(stock_tables(product), tables, product), definitions, columns)


def watchlist_columns(columns: Iterable[str]) -> tuple[Column, ...]:
    """What ``_GetWatchlist`` returns for a CSV with these columns: text, then the service's own."""
    own = {name: Column(name, "string") for name in columns}
    for column in WATCHLIST_COLUMNS:
        own.setdefault(column.name, column)
    return tuple(own.values())


@cache
def stock_tables(product: Product = Product.SENTINEL) -> Mapping[str, TableSchema]:
    """The product's own tables: the installed schema package, corrected to today."""
    return _apply(package_tables(product), stock_corrections(), product)


@cache
def stock_functions(product: Product = Product.SENTINEL) -> Mapping[str, FunctionDefinition]:
    """The functions that every workspace has beside the service's own: the parsers of ASIM."""
    return asim_functions(stock_tables(product)) if product is Product.SENTINEL else {}


def _apply(
    tables: Mapping[str, TableSchema], definitions: Iterable[TableDefinition], product: Product
) -> Mapping[str, TableSchema]:
    own: dict[str, TableSchema] = {}
    for definition in definitions:
        if product in definition.products:
            name = definition.schema.name
            own[name] = _merge(own.get(name) or tables.get(name), definition)
    # Not copied: that would clean all the tables of the package for the three that are asked for.
    return _Layered(own, tables)


class _Layered(Mapping[str, TableSchema]):
    """``own`` tables before those ``below``."""

    def __init__(self, own: Mapping[str, TableSchema], below: Mapping[str, TableSchema]) -> None:
        self._own = own
        self._below = below

    def __getitem__(self, name: str) -> TableSchema:
        return self._own[name] if name in self._own else self._below[name]

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in self._below

    def __iter__(self) -> Iterator[str]:
        yield from dict.fromkeys((*self._below, *self._own))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _merge(known: TableSchema | None, definition: TableDefinition) -> TableSchema:
    if known is None or not definition.extends:
        return definition.schema
    columns = {column.name: column for column in known.columns}
    columns.update({column.name: column for column in definition.schema.columns})
    origin = f"{known.origin}; {definition.schema.origin}"
    return TableSchema(known.name, tuple(columns.values()), origin)
