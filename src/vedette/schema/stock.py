"""The tables that every workspace knows, from the installed schema package.

The trap: importing that package takes longer than all the rest of a lint, so its table modules,
which are nothing but data, are executed by their path and nothing else of it is.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

from vedette.errors import ToolError
from vedette.model.product import Product
from vedette.schema.types import SCALAR_TYPES, Column, TableSchema

_PACKAGE = "pysigma-backend-kusto"

#: Product → module folder and variable of the package.
_MODULES = {
    Product.SENTINEL: ("azuremonitor", "AZURE_MONITOR_TABLES"),
    Product.DEFENDER: ("microsoftxdr", "MICROSOFT_XDR_TABLES"),
}

#: The package's other spellings of Kusto's types; they are compared in lower case.
_SPELLINGS = {"boolean": "bool", "bigint": "long", "double": "real", "float": "real"}

#: The name itself, without what a reference page decorates it with: "`*" for a preview column,
#: "` [*](#mdi-only)" for one that needs another licence.
_NAME = re.compile(r"[A-Za-z_]\w*")

#: Columns that every table of a workspace has and the package mentions for some only
#: (learn.microsoft.com, "Standard columns in Azure Monitor Logs").
_STANDARD_COLUMNS = (
    Column("TenantId", "string"),
    Column("Type", "string"),
    Column("SourceSystem", "string"),
    Column("_BilledSize", "real"),
    Column("_IsBillable", "string"),
    Column("_ItemId", "string"),
    Column("_ResourceId", "string"),
    Column("_SubscriptionId", "string"),
    Column("_TimeReceived", "datetime"),
)


class PackageTables(Mapping[str, TableSchema]):
    """The package's tables by name, each cleaned when it is first asked for.

    All of them have 35,000 columns, and a rule asks for three tables.
    """

    def __init__(
        self,
        tables: Mapping[str, Mapping[str, Mapping[str, str]]],
        standard: tuple[Column, ...],
        origin: str,
    ) -> None:
        self._tables = tables
        self._standard = standard
        self._origin = origin
        self._cleaned: dict[str, TableSchema] = {}

    def __getitem__(self, name: str) -> TableSchema:
        if name not in self._cleaned:
            columns = _columns(self._tables[name], self._standard)
            # Whoever compares by identity must get the same table from every thread.
            self._cleaned.setdefault(name, TableSchema(name, columns, self._origin))
        return self._cleaned[name]

    def __contains__(self, name: object) -> bool:
        return name in self._tables

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


@cache
def package_tables(product: Product) -> Mapping[str, TableSchema]:
    """The package's tables for ``product``.

    Raises:
        ToolError: the package is not there, or is not what it was.
    """
    folder, variable = _MODULES[product]
    origin = f"{_PACKAGE} {version(_PACKAGE)}"
    standard = _STANDARD_COLUMNS if product is Product.SENTINEL else ()
    return PackageTables(_execute(folder, variable), standard, origin)


def _execute(folder: str, variable: str) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    package = importlib.util.find_spec("sigma")
    if package is None or not package.submodule_search_locations:
        raise ToolError(f"{_PACKAGE} is not installed; install vedette again, which brings it")
    path = Path(next(iter(package.submodule_search_locations)), "pipelines", folder, "tables.py")
    spec = importlib.util.spec_from_file_location(f"_vedette_tables_{folder}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise ToolError(f"{_PACKAGE} has no tables at {path.name}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tables = getattr(module, variable, None)
    if not isinstance(tables, dict):
        raise ToolError(f"{_PACKAGE} has no {variable} any more: install the version of the lock")
    return tables


def _columns(
    columns: Mapping[str, Mapping[str, str]], standard: tuple[Column, ...]
) -> tuple[Column, ...]:
    known = {}
    for name, facts in columns.items():
        clean = _undecorated(name)
        known[clean] = Column(clean, scalar_type(facts.get("data_type", "")))
    for column in standard:
        known.setdefault(column.name, column)
    return tuple(known.values())


def scalar_type(spelling: str) -> str:
    """Kusto's type for a spelling of it; dynamic, which may be used as any, for an unknown one."""
    name = _undecorated(spelling).lower()
    name = _SPELLINGS.get(name, name)
    return name if name in SCALAR_TYPES else "dynamic"


def _undecorated(text: str) -> str:
    name = _NAME.search(text)
    return name[0] if name else text
