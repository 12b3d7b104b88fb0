"""What a query may name: tables, workspace functions and watchlists.

The trap: Sentinel and Defender XDR have tables of the same name with other columns. A catalogue is
of one product.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from vedette.model.content import Watchlist, WorkspaceFunction
from vedette.schema.corrections import stock_corrections
from vedette.schema.stock import package_tables
from vedette.schema.types import (
    Column,
    FunctionDefinition,
    Product,
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
    """The product's stock tables with a repository's tables, functions and watchlists."""
    definitions = {
        alias: FunctionDefinition(alias, function.parameters, function.query)
        for alias, function in (functions or {}).items()
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
    return MappingProxyType(_apply(package_tables(product), stock_corrections(), product))


def _apply(
    tables: Mapping[str, TableSchema], definitions: Iterable[TableDefinition], product: Product
) -> dict[str, TableSchema]:
    result = dict(tables)
    for definition in definitions:
        if product in definition.products:
            name = definition.schema.name
            result[name] = _merge(result.get(name), definition)
    return result


def _merge(known: TableSchema | None, definition: TableDefinition) -> TableSchema:
    if known is None or not definition.extends:
        return definition.schema
    columns = {column.name: column for column in known.columns}
    columns.update({column.name: column for column in definition.schema.columns})
    origin = f"{known.origin}; {definition.schema.origin}"
    return TableSchema(known.name, tuple(columns.values()), origin)
