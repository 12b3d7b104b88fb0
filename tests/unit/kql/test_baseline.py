"""A baseline that hides what is new, or keeps what is gone."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.errors import UsageError
from vedette.finding import Finding, Level
from vedette.kql.baseline import compare, parse_baseline, render_baseline
from vedette.source import Location

FILE = PurePosixPath("baseline.json")


def _finding(line: int, message: str = "'a' is never used", path: str = "a.yaml") -> Finding:
    return Finding(Location(PurePosixPath(path), line), "unused-let", message, "", Level.WARNING)


def _known(*findings: Finding) -> str:
    return render_baseline(findings)


def test_a_finding_that_only_moved_is_known() -> None:
    compared = compare([_finding(9)], parse_baseline(_known(_finding(4))), FILE, lambda _: True)

    assert (compared.new, compared.known, compared.gone) == ((), 1, ())


def test_one_more_of_the_same_kind_is_new() -> None:
    known = parse_baseline(_known(_finding(4)))

    compared = compare([_finding(4), _finding(8)], known, FILE, lambda _: True)

    assert compared.new == (_finding(8),)
    assert compared.known == 1


def test_another_message_or_file_is_new() -> None:
    known = parse_baseline(_known(_finding(4)))
    others = [_finding(4, "'b' is never used"), _finding(4, path="b.yaml")]

    assert compare(others, known, FILE, lambda _: True).new == tuple(sorted(others))


def test_what_is_gone_is_reported_with_its_count() -> None:
    known = parse_baseline(_known(_finding(4), _finding(8)))

    compared = compare([], known, FILE, lambda _: True)

    (gone,) = compared.gone
    assert str(gone) == (
        "baseline.json:1:1: stale-baseline unused-let is no longer found in a.yaml (2 times) "
        "(write the baseline again, so that it cannot hide a new one)"
    )
    assert gone.level is Level.WARNING


def test_a_file_that_was_not_linted_has_nothing_gone() -> None:
    known = parse_baseline(_known(_finding(4)))

    assert compare([], known, FILE, lambda path: path != "a.yaml").gone == ()


def test_the_file_is_sorted_and_holds_no_lines() -> None:
    data = json.loads(_known(_finding(8, path="b.yaml"), _finding(4), _finding(5)))

    assert [(each["path"], each["count"]) for each in data["findings"]] == [
        ("a.yaml", 2),
        ("b.yaml", 1),
    ]
    assert set(data["findings"][0]) == {"path", "id", "fingerprint", "count"}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"version": 2, "findings": []}', '{"version": 1, "findings": [{"path": 1}]}'],
)
def test_another_file_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_baseline(text)


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from("abc"), st.sampled_from("xy"))))
def test_what_was_written_is_all_known(rows: list[tuple[int, str, str]]) -> None:
    findings = [_finding(line, message, path) for line, message, path in rows]

    compared = compare(findings, parse_baseline(_known(*findings)), FILE, lambda _: True)

    assert (compared.new, compared.known, compared.gone) == ((), len(findings), ())
