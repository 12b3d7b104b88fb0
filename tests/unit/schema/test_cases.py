"""The schema of case files: each slip one finding, at its place, in words that say what to do."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from vedette.finding import Finding
from vedette.model.yaml import parse
from vedette.schema.validate import validate

PATH = PurePosixPath("x.cases.yaml")
GOOD = """\
x-mail: &mail {UrlCount: 1}
cases:
  - name: one
    why: It is so.
    now: 2026-11-02T12:00:00Z
    events: {EmailEvents: [*mail, {UrlCount: 2}], UrlClickEvents: {file: clicks.jsonl}}
    watchlists: {Third-Party: [{Domain: a}], Other: {file: other.csv}}
    functions: {Known: "() { 1 }"}
    expect:
      rows: [{UrlCount: 1}]
      alerts: [{severity: High, tactics: [InitialAccess], entities: [{type: Account, Name: bob}],
        customDetails: {A: x, B: [1, y]}}]
"""


def findings_of(text: str) -> list[Finding]:
    document, findings = parse(text, PATH)
    assert document is not None
    assert findings == []
    return validate(document, "cases")


def report(text: str) -> list[str]:
    return [f"{each.location.line}:{each.location.column} {each.id}" for each in findings_of(text)]


def test_the_example_is_clean() -> None:
    assert report(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("    why: It is so.\n", "", ["3:5 missing-key"]),
        ("name: one", "name: One Two", ["3:11 bad-case-name"]),
        ("why: It is so.", "why: ''", ["4:10 empty-value"]),
        ("why:", "because:", ["3:5 missing-key", "4:5 unknown-key"]),
        ("now: 2026-11-02T12:00:00Z", "now: 20261102", ["5:10 wrong-type"]),
        ("{file: clicks.jsonl}", "{path: clicks.jsonl}", ["6:67 missing-key", "6:68 unknown-key"]),
        ("{file: clicks.jsonl}", "clicks.jsonl", ["6:67 wrong-type"]),
        ("{UrlCount: 2}", "2", ["6:35 wrong-type"]),
        ("{EmailEvents:", "{'Email Events':", ["6:14 bad-format"]),
        ("{Known:", "{Kn-own:", ["8:17 bad-format"]),
        ("rows: [{UrlCount: 1}]", "rows: -1", ["10:13 out-of-range"]),
        ("rows: [{UrlCount: 1}]", "rows: some", ["10:13 wrong-type"]),
        ("rows: [{UrlCount: 1}]", "rows: true", ["10:13 wrong-type"]),
        ("severity: High", "severity: Critical", ["11:27 unknown-severity"]),
        ("[InitialAccess]", "[Initial Access]", ["11:43 unknown-tactic"]),
        ("type: Account", "type: Accounts", ["11:77 unknown-entity-type"]),
        ("type: Account, ", "", ["11:70 missing-key"]),
        ("Name: bob", "UPN: bob", ["11:86 unknown-identifier"]),
        ("Name: bob", "Name: [bob]", ["11:92 wrong-type"]),
        ("B: [1, y]", "B: [true]", ["12:35 wrong-type"]),
        ("customDetails", "details", ["12:9 unknown-key"]),
        ("x-mail", "mail", ["1:1 unknown-key"]),
    ],
)
def test_every_slip_is_said_once_where_it_is(old: str, new: str, expected: list[str]) -> None:
    assert old in GOOD
    assert sorted(report(GOOD.replace(old, new))) == sorted(expected)


@pytest.mark.parametrize("cases", ["cases: []", "cases:", "x-a: 1"])
def test_a_file_without_cases_says_so(cases: str) -> None:
    assert len(report(cases + "\n")) == 1


def test_an_expectation_that_asks_nothing_proves_nothing() -> None:
    text = GOOD[: GOOD.index("    expect:")] + "    expect: {}\n"
    (finding,) = findings_of(text)
    assert finding.id == "empty-expectation"
    assert str(finding) == (
        "x.cases.yaml:9:13: empty-expectation the case expects nothing, so it proves nothing "
        "(say how many rows or alerts there must be)"
    )


def test_a_wrong_identifier_is_told_the_nearest_one() -> None:
    (finding,) = findings_of(GOOD.replace("Name: bob", "upnSuffix: bob"))
    assert finding.hint == "did you mean 'UPNSuffix'?"


def test_a_wrong_form_says_which_forms_there_are() -> None:
    (finding,) = findings_of(GOOD.replace("{file: clicks.jsonl}", "3"))
    assert "a list of rows, or {file: rows.jsonl}" in finding.message
