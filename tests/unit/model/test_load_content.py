"""Functions and watchlists: what the service would refuse, or take without a word."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from uuid import UUID

import pytest

from vedette.finding import Finding
from vedette.model.content import Watchlist, WorkspaceFunction
from vedette.model.load_content import (
    MAX_WATCHLIST_BYTES,
    MAX_WATCHLIST_LINE,
    load_function,
    load_watchlist,
)
from vedette.model.yaml import parse

FUNCTION = """\
id: 7d0c4a53-6f5e-4c51-9d0b-6d1a2f0f5c11
alias: DmarcFailed
name: DMARC failed
description: |
  True if DMARC failed.
version: 1.0.0
query: |
  Details has 'fail'
"""
FOLDER = PurePosixPath("detections/shared/watchlists")
WATCHLIST = """\
alias: Senders
name: Known senders
description: Who may send for us.
provider: Contoso
searchKey: Domain
"""


def function(text: str) -> tuple[WorkspaceFunction | None, list[Finding]]:
    document, _ = parse(text, PurePosixPath("detections/shared/functions/DmarcFailed.yaml"))
    assert document is not None
    return load_function(document)


def watchlist(root: Path, text: str, csv: str | None) -> tuple[Watchlist | None, list[Finding]]:
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    if csv is not None:
        (folder / "Senders.csv").write_text(csv, encoding="utf-8", newline="")
    document, _ = parse(text, FOLDER / "Senders.yaml")
    assert document is not None
    return load_watchlist(document, root)


def report(findings: list[Finding]) -> list[str]:
    return [f"{finding.location} {finding.id}" for finding in findings]


def test_a_function_has_its_parameters_in_the_service_s_form() -> None:
    loaded, findings = function(
        FUNCTION
        + """\
parameters:
  - {name: Details, type: string}
  - {name: Mails, type: '(Subject:string)'}
  - {name: Days, type: int, default: 7}
  - {name: Share, type: real, default: 0.5}
  - {name: Strict, type: bool, default: true}
  - {name: Word, type: string, default: 'a "b" \\ c'}
  - {name: Since, type: datetime, default: datetime(2026-01-31)}
  - {name: Back, type: timespan, default: 1d}
"""
    )
    assert findings == []
    assert loaded is not None
    assert loaded.id == UUID("7d0c4a53-6f5e-4c51-9d0b-6d1a2f0f5c11")
    assert loaded.query == "Details has 'fail'\n"
    assert loaded.category == "Functions"
    assert loaded.parameters == (
        "Details:string, Mails:(Subject:string), Days:int = 7, Share:real = 0.5, "
        'Strict:bool = true, Word:string = "a \\"b\\" \\\\ c", '
        "Since:datetime = datetime(2026-01-31), Back:timespan = 1d"
    )


@pytest.mark.parametrize(
    ("kind", "default"),
    [
        ("int", "1.5"),
        ("int", "'7'"),
        ("long", "true"),
        ("real", ".inf"),
        ("bool", "'true'"),
        ("string", "7"),
        ("timespan", "7"),
        ("datetime", "''"),
        ("'(A:string)'", "x"),
    ],
)
def test_a_default_of_another_type_is_a_finding(kind: str, default: str) -> None:
    _, findings = function(
        f"{FUNCTION}parameters:\n  - {{name: P, type: {kind}, default: {default}}}\n"
    )
    assert [finding.id for finding in findings] == ["bad-default"]
    assert findings[0].location.line == 10
    assert "default of 'P'" in findings[0].message


def test_a_parameter_twice_and_one_without_a_default_behind_one_with() -> None:
    _, findings = function(
        FUNCTION
        + """\
parameters:
  - {name: A, type: int, default: 1}
  - {name: B, type: int}
  - {name: A, type: int, default: 2}
"""
    )
    assert report(findings) == [
        "detections/shared/functions/DmarcFailed.yaml:11:12 required-after-optional",
        "detections/shared/functions/DmarcFailed.yaml:12:12 duplicate-parameter",
    ]
    assert "DmarcFailed.yaml:10:12" in findings[1].message


@pytest.mark.parametrize("key", ["id", "alias", "query"])
def test_a_function_without_what_makes_it_one_is_left_to_the_schema(key: str) -> None:
    loaded, findings = function(FUNCTION.replace(f"{key}:", f"x{key}:"))
    assert loaded is None
    assert findings == []


def test_a_watchlist_has_the_rows_of_the_csv_of_its_name(tmp_path: Path) -> None:
    loaded, findings = watchlist(tmp_path, WATCHLIST, "Domain,Owner\r\na.example,007\r\n")
    assert findings == []
    assert loaded is not None
    assert loaded.columns == ("Domain", "Owner")
    assert loaded.rows == ({"Domain": "a.example", "Owner": "007"},)
    assert loaded.csv == "Domain,Owner\na.example,007\n"


def test_a_watchlist_may_name_another_file(tmp_path: Path) -> None:
    text = WATCHLIST + "file: ../lists/senders.csv\n"
    folder = tmp_path / "detections/shared/lists"
    folder.mkdir(parents=True)
    (folder / "senders.csv").write_text("Domain\na.example\n", encoding="utf-8")
    loaded, findings = watchlist(tmp_path, text, None)
    assert findings == []
    assert loaded is not None
    assert loaded.rows == ({"Domain": "a.example"},)


YAML, CSV = f"{FOLDER}/Senders.yaml", f"{FOLDER}/Senders.csv"


@pytest.mark.parametrize(
    ("text", "csv", "expected"),
    [
        (WATCHLIST, None, [f"{YAML}:1:8 missing-file"]),
        (WATCHLIST + "file: ../../../../x.csv\n", None, [f"{YAML}:6:7 path-outside-repository"]),
        (WATCHLIST, "", [f"{CSV}:1:1 no-header"]),
        (WATCHLIST, "Domain,Domain\na,b\n", [f"{CSV}:1:1 duplicate-column"]),
        (WATCHLIST, "Domain,Owner\na\n", [f"{CSV}:2:1 ragged-row"]),
        (WATCHLIST, "domain,Owner\na,b\n", [f"{YAML}:5:12 unknown-search-key"]),
        (
            WATCHLIST,
            f"Domain,Owner\na,b\n{'c' * (MAX_WATCHLIST_LINE - 1)},d\n",
            [f"{CSV}:3:1 watchlist-line-too-long"],
        ),
        (
            WATCHLIST,
            "Domain\n" + f"{'c' * 999}\n" * (MAX_WATCHLIST_BYTES // 1000 + 1),
            [f"{CSV}:1:1 watchlist-too-large"],
        ),
    ],
)
def test_what_is_wrong_with_a_watchlist_is_said_where_it_is(
    tmp_path: Path, text: str, csv: str | None, expected: list[str]
) -> None:
    _, findings = watchlist(tmp_path, text, csv)
    assert report(findings) == expected


def test_the_limits_themselves_are_allowed(tmp_path: Path) -> None:
    line = "c" * MAX_WATCHLIST_LINE
    _, findings = watchlist(tmp_path, WATCHLIST, f"Domain\n{line}\n")
    assert findings == []
    rows = "Domain\n" + f"{'c' * 99}\n" * ((MAX_WATCHLIST_BYTES - 7) // 100)
    filler = "c" * (MAX_WATCHLIST_BYTES - len(rows) - 1) + "\n"
    _, findings = watchlist(tmp_path, WATCHLIST, rows + filler)
    assert findings == []


def test_the_limit_counts_bytes_and_not_characters(tmp_path: Path) -> None:
    rows = "Domain\n" + f"{'ü' * 999}\n" * (MAX_WATCHLIST_BYTES // 1999 + 1)
    assert len(rows) < MAX_WATCHLIST_BYTES
    _, findings = watchlist(tmp_path, WATCHLIST, rows)
    assert [finding.id for finding in findings] == ["watchlist-too-large"]


def test_a_search_key_in_the_wrong_case_is_told_the_right_one(tmp_path: Path) -> None:
    _, findings = watchlist(tmp_path, WATCHLIST, "domain,Owner\na,b\n")
    assert findings[0].hint == "did you mean 'domain'?"
