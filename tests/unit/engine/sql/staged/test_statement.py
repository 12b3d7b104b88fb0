"""What breaks: a query that each run must answer by itself is cut for many runs at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vedette.engine.sql.staged.statement import staged
from vedette.errors import UnsupportedError
from vedette.kql.binder import Binder
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, TableSchema

T = TableSchema("T", (Column("TimeGenerated", "datetime"), Column("D", "dynamic")), "here")


@pytest.fixture(scope="module")
def binder() -> Iterator[Binder]:
    with Binder() as started:
        yield started


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("T | evaluate bag_unpack(D)", "columns that each run's rows decide"),
        ("T | where TimeGenerated > todatetime('{{StartTimeISO}}')", "the times of a hunt"),
        ("T | where tostring(D) in (externaldata(A: string)['https://h.example/a.csv'])",
         "externaldata in many runs at once"),
        ("T | sort by TimeGenerated asc | scan with (step s: true;)", "scan in many runs at once"),
    ],
)  # fmt: skip
def test_it_is_refused_with_the_reason(query: str, reason: str, binder: Binder) -> None:
    bound = binder.bind(query, Catalogue({"T": T}))
    assert bound.ok

    with pytest.raises(UnsupportedError, match=reason):
        staged(bound)
