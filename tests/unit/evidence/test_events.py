"""What breaks when a slip in an event goes unnoticed, or its place is another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vedette.evidence.events import typed_events
from vedette.model.case import INGESTED_KEY, Case
from vedette.schema.types import Column, TableSchema

CaseOf = Callable[[str], Case]

MAIL = TableSchema(
    "EmailEvents",
    (
        Column("TimeGenerated", "datetime"),
        Column("Subject", "string"),
        Column("UrlCount", "int"),
        Column("More", "dynamic"),
    ),
    "a test",
)
SETTINGS = TableSchema("Settings", (Column("Name", "string"),), "a test")
TABLES = {"EmailEvents": MAIL, "Settings": SETTINGS}


def _told(case: Case) -> list[str]:
    return [str(finding) for finding in typed_events(case, TABLES)[1]]


def test_events_are_not_typed(case_of: CaseOf) -> None:
    case = case_of(
        """
        events:
          EmailEvents:
            - {TimeGenerated: -2h, Subject: a, UrlCount: null, More: '{"k":1}', _IngestionTime: -1h}
            - {TimeGenerated: '2026-10-06T08:00:00Z'}
        expect: {rows: 1}
        """
    )
    events, findings = typed_events(case, TABLES)
    assert findings == []
    first, second = events["EmailEvents"]
    assert first.values == {
        "TimeGenerated": datetime(2026, 10, 6, 7, tzinfo=UTC),
        "Subject": "a",
        "UrlCount": None,
        "More": {"k": 1},
    }
    assert first.ingested == datetime(2026, 10, 6, 8, tzinfo=UTC)
    assert second.record() == {
        "TimeGenerated": datetime(2026, 10, 6, 8, tzinfo=UTC),
        INGESTED_KEY: datetime(2026, 10, 6, 8, tzinfo=UTC),
    }


def test_a_table_without_a_time_needs_one(case_of: CaseOf) -> None:
    events, findings = typed_events(
        case_of("events: {Settings: [{Name: a}]}\nexpect: {rows: 1}"), TABLES
    )
    assert findings == []
    assert events["Settings"][0].ingested == datetime(2026, 10, 6, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            "{TimeGenerated: -2h, subject: a}",
            (
                "7:30: unknown-event-column 'EmailEvents' has no column 'subject'"
                " (did you mean 'Subject'?)"
            ),
        ),
        (
            "{TimeGenerated: -2h, IngestionTime: -1h}",
            (
                "7:30: unknown-event-column 'EmailEvents' has no column 'IngestionTime'"
                " (did you mean '_IngestionTime'?)"
            ),
        ),
        (
            "{TimeGenerated: -2h, UrlCount: many}",
            "7:30: wrong-event-type 'UrlCount' (int) is not a whole number: \"many\"",
        ),
        (
            "{TimeGenerated: 2h}",
            (
                "7:10: wrong-event-type 'TimeGenerated' (datetime) is not a date and time: \"2h\""
                " (write it like 2026-11-02T12:00:00Z, now or -1d12h)"
            ),
        ),
        (
            "{TimeGenerated: -2h, _IngestionTime: so}",
            (
                "7:30: wrong-event-type '_IngestionTime' (datetime) is not a date and time: \"so\""
                " (write it like 2026-11-02T12:00:00Z, now or -1d12h)"
            ),
        ),
        (
            "{Subject: a}",
            (
                "7:9: event-without-time the event has no 'TimeGenerated', so it lies outside every"
                " window (the workspace sets it in every event: say when it happened, like -2h)"
            ),
        ),
        (
            "{TimeGenerated: null}",
            (
                "7:9: event-without-time the event has no 'TimeGenerated', so it lies outside every"
                " window (the workspace sets it in every event: say when it happened, like -2h)"
            ),
        ),
    ],
)
def test_a_slip_goes_unnoticed(case_of: CaseOf, event: str, told: str) -> None:
    case = case_of(f"events:\n  EmailEvents:\n  - {event}\nexpect: {{rows: 1}}")
    assert _told(case) == [f"detections/x.cases.yaml:{told}"]


def test_all_slips_of_an_event_are_not_told(case_of: CaseOf) -> None:
    case = case_of("events: {EmailEvents: [{Sbject: a, UrlCount: x}]}\nexpect: {rows: 1}")
    ids = [told.split()[1] for told in _told(case)]
    assert ids == ["unknown-event-column", "wrong-event-type", "event-without-time"]


def test_an_unknown_table_goes_unnoticed(case_of: CaseOf) -> None:
    case = case_of("events:\n  EmailEvent: []\n  Nothing: []\nexpect: {rows: 1}")
    assert _told(case) == [
        (
            "detections/x.cases.yaml:6:7: unknown-event-table there is no table 'EmailEvent'"
            " (did you mean 'EmailEvents'?)"
        ),
        (
            "detections/x.cases.yaml:7:7: unknown-event-table there is no table 'Nothing'"
            " (define it in schemas/tables/)"
        ),
    ]


def test_a_slip_in_a_file_has_the_place_of_the_case(case_of: CaseOf, tmp_path: Path) -> None:
    folder = tmp_path / "detections"
    folder.mkdir()
    lines = '{"TimeGenerated": "-2h"}\n\n{"TimeGenerated": "-1h", "Subjct": "a"}\n'
    (folder / "mails.jsonl").write_text(lines, encoding="utf-8")
    case = case_of("events: {EmailEvents: {file: mails.jsonl}}\nexpect: {rows: 1}")
    assert _told(case) == [
        (
            "detections/mails.jsonl:3:1: unknown-event-column 'EmailEvents' has no column 'Subjct'"
            " (did you mean 'Subject'?)"
        )
    ]


def test_a_csv_file_holds_nothing_but_text(case_of: CaseOf, tmp_path: Path) -> None:
    folder = tmp_path / "detections"
    folder.mkdir()
    lines = "TimeGenerated,Subject,UrlCount,_IngestionTime\n-2h,4624,3,-1h\n-2h,,,\n-2h,a,some,\n"
    (folder / "mails.csv").write_text(lines, encoding="utf-8")
    case = case_of("events: {EmailEvents: {file: mails.csv}}\nexpect: {rows: 1}")
    events, _ = typed_events(case, TABLES)
    first, second, _ = events["EmailEvents"]
    assert (first.values["Subject"], first.values["UrlCount"]) == ("4624", 3)
    assert first.ingested == datetime(2026, 10, 6, 8, tzinfo=UTC)
    assert (second.values["Subject"], second.values["UrlCount"]) == (None, None)
    assert second.ingested == datetime(2026, 10, 6, 7, tzinfo=UTC)
    (told,) = _told(case)
    assert told.startswith("detections/mails.csv:4:1: wrong-event-type 'UrlCount' (int)")
    assert told.endswith('is not a whole number: "some"')


def test_a_numeric_text_in_a_case_is_a_number(case_of: CaseOf) -> None:
    case = case_of(
        "events: {EmailEvents: [{TimeGenerated: now, UrlCount: '3'}]}\nexpect: {rows: 1}"
    )
    assert [told.split()[1] for told in _told(case)] == ["wrong-event-type"]
