"""What breaks: a case cannot name what a query reads from outside, or names something else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from vedette.kql.binder import Binder
from vedette.kql.externals import externals, stub_name
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, FunctionDefinition

FEED = "externaldata(Domain: string, Rank: long)"
COLUMNS = (Column("Domain", "string"), Column("Rank", "long"))


@pytest.fixture(scope="module")
def binder() -> Iterator[Binder]:
    with Binder() as started:
        yield started


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://feeds.example/a/list.csv", "list.csv"),
        ("https://feeds.example/a/list.csv?sv=2020&sig=x%2F", "list.csv"),
        ("https://account.blob.example/list.csv;secret", "list.csv"),
        ("https://feeds.example/a%20list.json", "a list.json"),
        ("https://feeds.example/abuse/", "abuse"),
        ("https://feeds.example", "feeds.example"),
    ],
)
def test_a_table_is_named_after_its_file(address: str, name: str) -> None:
    assert stub_name(address) == name


@pytest.mark.parametrize(
    "query",
    [
        f"{FEED}[@'https://feeds.example/list.csv'] with (format='csv')",
        f"{FEED}[h@'https://feeds.example/list.csv', 'https://feeds.example/2.csv']",
        f"let a = 'https://feeds.example/list.csv'; let feed = {FEED}[a]; feed | count",
        "external_data(Domain: string, Rank: long)['https://feeds.example/list.csv']",
        "Feed() | where Rank > 1",
    ],
)
def test_every_way_to_write_one_is_found(query: str, binder: Binder) -> None:
    body = f"{FEED}['https://feeds.example/list.csv']"
    catalogue = Catalogue({}, {"Feed": FunctionDefinition("Feed", "", body)})

    bound = binder.bind(query, catalogue)

    assert bound.ok
    assert externals(bound) == {"list.csv": COLUMNS}


def test_an_address_that_only_a_run_knows_has_no_name(binder: Binder) -> None:
    query = f"let feed = (a: string) {{ {FEED}[a] }}; feed('https://feeds.example/list.csv')"

    assert externals(binder.bind(query, Catalogue({}))) == {}
