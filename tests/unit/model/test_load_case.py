"""Cases: what a document becomes, and where its slips are reported."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.finding import Finding
from vedette.model.case import Case, CaseFile, ExpectedAlert
from vedette.model.load_case import load_cases, parse_now
from vedette.model.yaml import parse

PATH = PurePosixPath("detections/email/x.cases.yaml")
ROOT = Path("nowhere")


def load(text: str, root: Path = ROOT) -> tuple[CaseFile | None, list[Finding]]:
    document, findings = parse(text, PATH)
    assert document is not None
    assert findings == []
    return load_cases(document, root)


def only_case(text: str, root: Path = ROOT) -> Case:
    loaded, findings = load(text, root)
    assert findings == []
    assert loaded is not None
    (case,) = loaded.cases
    return case


def report(findings: list[Finding]) -> list[str]:
    return [f"{finding.location} {finding.id}" for finding in findings]


HEAD = """\
cases:
  - name: delivered
    why: It was delivered.
    now: 2026-11-02T12:00:00Z
"""


def test_a_case_keeps_values_as_written_and_merges_anchors() -> None:
    case = only_case(
        """\
x-mail: &mail
  NetworkMessageId: m-1
  UrlCount: 2
cases:
  - name: delivered
    why: |
      It was delivered.
    now: 2026-11-02T12:00:00+02:00
    events:
      EmailEvents:
        - {<<: *mail, TimeGenerated: -2h, Subject: null}
        - {<<: *mail, NetworkMessageId: m-2, IsFirstContact: true}
    watchlists:
      Senders: [{Domain: a.example, Rank: 3}]
    functions:
      Known: "(x:string) { x has 'a' }"
    expect:
      rows:
        - {Count: 2, Subject: null}
      alerts:
        - title: A mail
          description: It came
          severity: High
          tactics: [InitialAccess]
          entities: [{type: Account, Name: bob}]
          customDetails: {Sender: [a, 3], Mails: 2, One: x}
        - {}
"""
    )
    assert case.now == datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
    assert case.why == "It was delivered."
    assert case.events == {
        "EmailEvents": (
            {"NetworkMessageId": "m-1", "UrlCount": 2, "TimeGenerated": "-2h", "Subject": None},
            {"NetworkMessageId": "m-2", "UrlCount": 2, "IsFirstContact": True},
        )
    }
    assert case.watchlists == {"Senders": ({"Domain": "a.example", "Rank": 3},)}
    assert case.functions == {"Known": "(x:string) { x has 'a' }"}
    assert case.expect.row_count is None
    assert case.expect.rows == ({"Count": 2, "Subject": None},)
    assert case.expect.alert_count is None
    assert case.expect.alerts == (
        ExpectedAlert(
            title="A mail",
            description="It came",
            severity="High",
            tactics=("InitialAccess",),
            entities=({"type": "Account", "Name": "bob"},),
            custom_details={"Sender": ("a", "3"), "Mails": ("2",), "One": ("x",)},
        ),
        ExpectedAlert(),
    )
    assert str(case.locate_event("EmailEvents", 0, "TimeGenerated")) == f"{PATH}:11:23"
    assert str(case.locate_event("EmailEvents", 1)) == f"{PATH}:12:11"


def test_a_count_of_zero_asks_for_none_and_an_absent_key_asks_nothing() -> None:
    case = only_case(HEAD + "    expect: {alerts: 0}\n")
    assert case.expect.alert_count == 0
    assert case.expect.row_count is None
    assert case.expect.rows is None
    assert not case.must_fire


def test_events_from_jsonl_keep_their_types_and_their_lines(tmp_path: Path) -> None:
    folder = tmp_path / "detections/email"
    folder.mkdir(parents=True)
    (folder / "mails.jsonl").write_text('{"UrlCount": 1}\n\n{"UrlCount": 2}\n', encoding="utf-8")
    case = only_case(
        HEAD + "    events: {EmailEvents: {file: mails.jsonl}}\n    expect: {rows: 1}\n", tmp_path
    )
    assert case.events == {"EmailEvents": ({"UrlCount": 1}, {"UrlCount": 2})}
    assert str(case.locate_event("EmailEvents", 1, "UrlCount")) == (
        "detections/email/mails.jsonl:3:1"
    )


def test_events_from_csv_are_strings(tmp_path: Path) -> None:
    folder = tmp_path / "detections"
    (folder / "email").mkdir(parents=True)
    (folder / "mails.csv").write_text("UrlCount,Subject\n1,\n", encoding="utf-8")
    case = only_case(
        HEAD + "    events: {EmailEvents: {file: ../mails.csv}}\n    expect: {rows: 1}\n", tmp_path
    )
    assert case.events == {"EmailEvents": ({"UrlCount": "1", "Subject": ""},)}
    assert str(case.locate_event("EmailEvents", 0)) == "detections/mails.csv:2:1"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("mails.jsonl", "{}\n{\n", "detections/email/mails.jsonl:2:2 bad-jsonl"),
        ("mails.csv", "a,b\n1\n", "detections/email/mails.csv:2:1 ragged-row"),
        ("mails.json", "[]", f"{PATH}:5:34 unknown-file-type"),
        ("../../../mails.csv", None, f"{PATH}:5:34 path-outside-repository"),
        ("mail.csv", None, f"{PATH}:5:34 missing-file"),
    ],
)
def test_a_bad_event_file_is_reported_where_the_slip_is(
    tmp_path: Path, name: str, content: str | None, expected: str
) -> None:
    folder = tmp_path / "detections/email"
    folder.mkdir(parents=True)
    if content is not None:
        (folder / name).write_text(content, encoding="utf-8")
    loaded, findings = load(
        f"{HEAD}    events: {{EmailEvents: {{file: {name}}}}}\n    expect: {{rows: 1}}\n", tmp_path
    )
    assert report(findings) == [expected]
    assert loaded is not None


def test_two_cases_of_one_name_name_both_places() -> None:
    body = HEAD.removeprefix("cases:\n") + "    expect: {rows: 0}\n"
    loaded, findings = load("cases:\n" + body + body)
    assert loaded is not None
    assert len(loaded.cases) == 2
    assert report(findings) == [f"{PATH}:6:11 duplicate-case-name"]
    assert f"{PATH}:2:11" in findings[0].message


@pytest.mark.parametrize(
    "now",
    ["2026-11-02T12:00:00", "2026-11-02", "yesterday", "2026-02-30T12:00:00Z",
     "2026-11-02 12:00:00Z", "2026-11-02T25:00:00Z", "-2h", "20261102T120000Z",
     "0001-01-01T00:00:00+14:00", "2026-11-02T12:00:00.1234567Z", "''"],
)  # fmt: skip
def test_a_now_that_is_no_moment_is_a_finding(now: str) -> None:
    loaded, findings = load(HEAD.replace("2026-11-02T12:00:00Z", now) + "    expect: {rows: 0}\n")
    assert report(findings) == [f"{PATH}:4:10 bad-now"]
    assert loaded is None


@pytest.mark.parametrize(
    ("body", "good"),
    [
        ("(x:string) { x has 'a' }", True),
        ("() { datatable(a:int)[1] };", True),
        ("(t:(a:int), n:long) {\n t | take n\n}", True),
        ("x has 'a'", False),
        ("{ 1 }", False),
        ("", False),
    ],
)
def test_the_body_of_a_function_begins_with_its_parameters(body: str, *, good: bool) -> None:
    quoted = body.replace("'", "''").replace("\n", "\n\n      ")
    _, findings = load(f"{HEAD}    functions: {{Known: '{quoted}'}}\n    expect: {{rows: 0}}\n")
    assert report(findings) == ([] if good else [f"{PATH}:5:24 bad-case-function"])


@pytest.mark.parametrize("expect", ["", "    expect: 3\n", "    expect: [rows]\n"])
def test_a_case_without_an_expectation_is_left_to_the_schema(expect: str) -> None:
    loaded, findings = load(HEAD + expect)
    assert loaded is None
    assert findings == []


@pytest.mark.parametrize(
    "text",
    ["[]", "17", "cases: 3", "cases: [1, ~, []]", "cases: [{name: [a], now: {}, expect: {}}]",
     ("cases: [{name: a, now: 2026-11-02T12:00:00Z, events: [], watchlists: 3, functions: [],"
     " expect: {rows: -1, alerts: [3, {tactics: a, entities: [1], customDetails: []}]}}]"),
     ("cases: [{name: a, now: 2026-11-02T12:00:00Z, events: {T: 3, U: {file: 3}, V: [1, {}]},"
     " functions: {f: 3}, expect: {rows: true, alerts: x}}]")],
)  # fmt: skip
def test_a_wrong_shape_breaks_nothing_and_is_left_to_the_schema(text: str) -> None:
    _, findings = load(text)
    assert findings == []


@given(
    st.integers(0, 10**17),
    st.integers(-14 * 60, 14 * 60),
)
def test_every_moment_with_a_zone_is_read_as_utc(microseconds: int, minutes: int) -> None:
    moment = datetime(1, 1, 2, tzinfo=UTC) + timedelta(microseconds=microseconds)
    aware = moment.astimezone(timezone(timedelta(minutes=minutes)))
    parsed = parse_now(aware.isoformat())
    assert parsed == aware
    assert parsed is not None
    assert parsed.tzinfo is UTC


@given(st.text(alphabet="0123456789-:TZ+. ", max_size=30))
def test_no_text_breaks_the_clock(text: str) -> None:
    parsed = parse_now(text)
    assert parsed is None or parsed.tzinfo is UTC


def test_what_defender_makes_of_a_case_is_apart_from_what_sentinel_does() -> None:
    same = only_case(HEAD + "    expect: {alerts: 1}\n")
    other = only_case(HEAD + "    expect: {alerts: 1, defender: {rows: [{A: 1}], alerts: 0}}\n")

    assert same.defender is None
    assert other.expect == same.expect
    assert other.must_fire
    assert other.defender is not None
    assert (other.defender.rows, other.defender.alert_count) == (({"A": 1},), 0)
