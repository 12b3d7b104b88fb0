"""The schemas of functions and watchlists."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from vedette.model.yaml import parse
from vedette.schema.validate import validate

FUNCTION = """\
id: 7d0c4a53-6f5e-4c51-9d0b-6d1a2f0f5c11
alias: DmarcFailed
name: DMARC failed
description: True if DMARC failed.
category: Email
version: 1.0.0
parameters:
  - {name: Details, type: string, default: ''}
  - {name: Mails, type: '(Subject:string, Sent:datetime)'}
query: Details has 'fail'
"""
WATCHLIST = """\
alias: Third-Party_Senders
name: Known senders
description: Who may send for us.
provider: Contoso
searchKey: Domain
file: senders.csv
"""


def report(text: str, schema: str) -> list[str]:
    document, findings = parse(text, PurePosixPath("x.yaml"))
    assert document is not None
    assert findings == []
    return [
        f"{each.location.line}:{each.location.column} {each.id}"
        for each in validate(document, schema)
    ]


def test_the_examples_are_clean() -> None:
    assert report(FUNCTION, "function") == []
    assert report(WATCHLIST, "watchlist") == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("7d0c4a53-", "", ["1:5 bad-id"]),
        ("DmarcFailed", "Dmarc-Failed", ["2:8 bad-alias"]),
        ("DmarcFailed", "2Dmarc", ["2:8 bad-alias"]),
        ("1.0.0", "1.0", ["6:10 wrong-type"]),
        ("1.0.0", "'1.0'", ["6:10 bad-version"]),
        ("type: string", "type: str", ["8:27 unknown-type"]),
        ("name: Details", "name: De-tails", ["8:12 bad-format"]),
        ("default: ''", "default: []", ["8:44 wrong-type"]),
        ("type: string", "kind: string", ["8:5 missing-key", "8:21 unknown-key"]),
        ("query: Details has 'fail'", "query: '  '", ["10:8 empty-query"]),
        ("query: Details has 'fail'", "query: ''", ["10:8 empty-query"]),
        ("category: Email", "folder: Email", ["5:1 unknown-key"]),
        ("name: DMARC failed\n", "", ["1:1 missing-key"]),
    ],
)
def test_a_slip_in_a_function(old: str, new: str, expected: list[str]) -> None:
    assert old in FUNCTION
    assert sorted(set(report(FUNCTION.replace(old, new), "function"))) == sorted(expected)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Third-Party_Senders", "-Senders", ["1:8 bad-alias"]),
        ("Third-Party_Senders", "3rdParty", ["1:8 bad-alias"]),
        ("Third-Party_Senders", "Senders_", ["1:8 bad-alias"]),
        ("Third-Party_Senders", "ab", ["1:8 bad-alias"]),
        ("Third-Party_Senders", "a" * 65, ["1:8 bad-alias"]),
        ("Third-Party_Senders", "Third Party", ["1:8 bad-alias"]),
        ("searchKey", "searchkey", ["1:1 missing-key", "5:1 unknown-key"]),
        ("provider: Contoso\n", "", ["1:1 missing-key"]),
    ],
)
def test_a_slip_in_a_watchlist(old: str, new: str, expected: list[str]) -> None:
    assert old in WATCHLIST
    assert report(WATCHLIST.replace(old, new), "watchlist") == expected
