"""What breaks: rows that a case supplies for an externaldata are lost, or mean something else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from vedette.evidence.context import external_rows
from vedette.model.case import Case
from vedette.schema.types import Column

CaseOf = Callable[[str], Case]

COLUMNS = {
    "list.csv": (
        Column("Domain", "string"),
        Column("Rank", "long"),
        Column("Seen", "datetime"),
        Column("Tags", "dynamic"),
    )
}


def test_rows_have_the_types_of_their_columns(case_of: CaseOf) -> None:
    case = case_of(
        """
        externaldata:
          list.csv: [{Domain: a.example, Rank: "7", Seen: -1h, Tags: [x]}, {Rank: 8}]
        expect: {rows: 0}
        """
    )
    seen = datetime(2026, 10, 6, 8, tzinfo=UTC)

    rows, findings = external_rows(case, COLUMNS)

    assert findings == []
    assert rows["list.csv"] == (
        {"Domain": "a.example", "Rank": 7, "Seen": seen, "Tags": ["x"]},
        {"Rank": 8},
    )


def test_rows_may_lie_in_a_file(case_of: CaseOf, tmp_path: Path) -> None:
    (tmp_path / "detections").mkdir()
    (tmp_path / "detections" / "top.csv").write_text("Domain,Rank\na.example,7\n", encoding="utf-8")
    case = case_of("externaldata: {list.csv: {file: top.csv}}\nexpect: {rows: 0}\n")

    rows, findings = external_rows(case, COLUMNS)

    assert (rows["list.csv"], findings) == (({"Domain": "a.example", "Rank": 7},), [])


def test_slips_are_told_where_they_stand(case_of: CaseOf) -> None:
    case = case_of(
        """
        externaldata:
          lists.csv: []
          list.csv: [{Domian: a.example}, {Rank: many}]
        expect: {rows: 0}
        """
    )

    _, findings = external_rows(case, COLUMNS)

    assert [(finding.id, finding.location.line) for finding in findings] == [
        ("externaldata-not-read", 7),
        ("unknown-externaldata-column", 8),
        ("wrong-externaldata-type", 8),
    ]
    assert [finding.hint for finding in findings[:2]] == [
        "did you mean 'list.csv'?",
        "did you mean 'Domain'?",
    ]
