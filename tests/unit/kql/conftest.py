"""One compiler for all tests of this folder, since it takes half a second to start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vedette.kql.binder import Binder
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, FunctionDefinition, TableSchema

MAILS = TableSchema(
    "Mails",
    (
        Column("TimeGenerated", "datetime"),
        Column("Subject", "string"),
        Column("Sender", "string"),
        Column("Size", "long"),
        Column("Details", "dynamic"),
    ),
    "test",
)
CLICKS = TableSchema(
    "Clicks",
    (Column("TimeGenerated", "datetime"), Column("User", "string"), Column("Sender", "string")),
    "test",
)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """Two tables, functions that are right and some that are not, and two watchlists."""
    functions = (
        FunctionDefinition("IsLarge", "size: long", "size > 1000"),
        FunctionDefinition("Large", "least: long = 10", "Mails | where Size > least"),
        FunctionDefinition(
            "LargeFromList",
            "",
            "Large(5) | where Sender in (_GetWatchlist('VIPs') | project Address)",
        ),
        FunctionDefinition("Everything", "", "union withsource = Table *"),
        FunctionDefinition("IsBroken", "size: long", "sise > 1000"),
        FunctionDefinition("CallsBroken", "", "Mails | where IsBroken(Size)"),
        FunctionDefinition("CallsBroken2", "size: long", "IsBroken(size)"),
        FunctionDefinition("Endless", "", "Endless() | where Size > 1"),
    )
    return Catalogue(
        {table.name: table for table in (MAILS, CLICKS)},
        {function.name: function for function in functions},
        {
            "VIPs": (Column("Address", "string"), Column("SearchKey", "string")),
            "Hosts": (Column("Host", "string"),),
        },
    )


@pytest.fixture(scope="session")
def binder() -> Iterator[Binder]:
    """A compiler that is started at the first use."""
    with Binder() as ready:
        yield ready
