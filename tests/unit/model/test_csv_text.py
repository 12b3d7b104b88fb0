"""CSV text: what a slip in the file turns into."""

from __future__ import annotations

import csv
import io
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.csv_text import parse_csv

PATH = PurePosixPath("detections/email/clicks.csv")


def report(text: str) -> list[str]:
    return [str(finding) for finding in parse_csv(text, PATH)[1]]


def test_rows_are_strings_by_column_with_the_line_they_begin_in() -> None:
    table, findings = parse_csv('a,b\n1,"x\ny"\n\n2,"say ""hi"", then"\n', PATH)
    assert findings == []
    assert table is not None
    assert table.columns == ("a", "b")
    assert table.rows == ({"a": "1", "b": "x\ny"}, {"a": "2", "b": 'say "hi", then'})
    assert table.lines == (2, 5)


def test_an_empty_cell_is_an_empty_string() -> None:
    table, _ = parse_csv("a,b\n,\n", PATH)
    assert table is not None
    assert table.rows == ({"a": "", "b": ""},)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["1:1: no-header"]),
        ("\n\n", ["1:1: no-header"]),
        ("a,b,a\n1,2,3\n", ["1:1: duplicate-column"]),
        ("a,,b\n1,2,3\n", ["1:1: unnamed-column"]),
        ("a, b\n1,2\n", ["1:1: padded-column"]),
        ("a,b\n1\n2,3\n4,5,6\n", ["2:1: ragged-row", "4:1: ragged-row"]),
        ('a,b\n1,"2\n3,4\n', ["2:1: bad-csv"]),
        ('a,b\n1,"2"x\n', ["2:1: bad-csv"]),
    ],
)
def test_a_slip_is_reported_where_it_is(text: str, expected: list[str]) -> None:
    heads = [" ".join(line.removeprefix(f"{PATH}:").split(" ")[:2]) for line in report(text)]
    assert heads == expected


def test_rows_that_fit_survive_a_ragged_one() -> None:
    table, findings = parse_csv("a,b\n1\n2,3\n", PATH)
    assert table is not None
    assert table.rows == ({"a": "2", "b": "3"},)
    assert table.lines == (3,)
    assert [finding.message for finding in findings] == ["the row has 1 cells, the header 2"]


_NAMES = st.text("abcXYZ_0", min_size=1, max_size=6)
_CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=12)


@given(
    st.lists(_NAMES, min_size=2, max_size=4, unique=True).flatmap(
        lambda columns: st.tuples(
            st.just(columns),
            st.lists(st.lists(_CELLS, min_size=len(columns), max_size=len(columns)), max_size=5),
        )
    )
)
def test_what_a_csv_writer_writes_is_read_back(content: tuple[list[str], list[list[str]]]) -> None:
    columns, rows = content
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([columns, *rows])
    table, findings = parse_csv(stream.getvalue(), PATH)
    assert findings == []
    assert table is not None
    assert [list(row.values()) for row in table.rows] == rows
    lines = stream.getvalue().split("\n")
    for row, line in zip(rows, table.lines, strict=True):
        assert not row[0] or row[0].split("\n")[0].replace('"', '""') in lines[line - 1]


@given(st.text(alphabet='a1," \n;\t', max_size=40))
def test_no_text_breaks_it_and_every_finding_lies_in_the_file(text: str) -> None:
    _, findings = parse_csv(text, PATH)
    last = text.count("\n") + 1
    assert all(1 <= finding.location.line <= last for finding in findings)
