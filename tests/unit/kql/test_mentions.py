"""Tables that are left out although a query can mean them, and all tables where two would do."""

from __future__ import annotations

import pytest

from vedette.kql.mentions import mentioned_tables
from vedette.schema.catalogue import Catalogue

ALL = ["Clicks", "Mails"]


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("Mails | take 1", ["Mails"]),
        ("union Mails, Clicks | where Size * 2 > 1", ALL),
        ("union isfuzzy=true (Mails | where Size > 1) | summarize count() by 2 * Size", ["Mails"]),
        ("table('Mails')", ["Mails"]),
        ("Large() | take 1", ["Mails"]),
        ("LargeFromList()", ["Mails"]),
        ("Mails // search the Clicks", ALL),
        ("Mails | where Subject has 'search'", ["Mails"]),
        ("let search_term = 'x'; Mails", ["Mails"]),
        ("union *", ALL),
        ("union withsource = Table Mai*", ALL),
        ("union Mails,\n  Cli*\n| count", ALL),
        ("search 'x'", ALL),
        ("// a comment\nsearch 'x'", ALL),
        ("let hits = search 'x'; hits", ALL),
        ("let hits = (search 'x'); hits", ALL),
        ("find where Size > 1", ALL),
        ("Everything()", ALL),
    ],
)
def test_tables_that_a_text_can_mean(text: str, tables: list[str], catalogue: Catalogue) -> None:
    assert mentioned_tables(text, catalogue) == tables
