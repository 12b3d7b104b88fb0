"""Reports of findings that lose a field or a place."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import click

from vedette.finding import Finding, Level
from vedette.report.findings import render_json, render_text, summary
from vedette.source import Location

PLACE = Location(PurePosixPath("detections/a.yaml"), 3, 7)
ERROR = Finding(PLACE, "unknown-tactic", "'Acess' is not a tactic", "did you mean 'Access'?")
WARNING = Finding(PLACE, "KS300", "deprecated", level=Level.WARNING)


def test_text_has_a_line_for_each_and_marks_warnings() -> None:
    assert render_text([ERROR, WARNING]).splitlines() == [
        "detections/a.yaml:3:7: unknown-tactic 'Acess' is not a tactic (did you mean 'Access'?)",
        "detections/a.yaml:3:7: KS300 warning: deprecated",
    ]
    assert render_text([]) == ""


def test_colour_changes_no_word() -> None:
    plain = render_text([ERROR, WARNING])
    coloured = render_text([ERROR, WARNING], colour=True)

    assert coloured != plain
    assert click.unstyle(coloured) == plain


def test_a_file_cannot_write_on_the_terminal() -> None:
    hostile = Finding(PLACE, "unknown-key", "'\x1b[2Jname\u202e' is no key", "\x07")

    assert render_text([hostile]).endswith("'\\x1b[2Jname\\u202e' is no key (\\x07)")
    assert json.loads(render_json([hostile]))["findings"][0]["message"] == hostile.message


def test_json_has_every_field() -> None:
    report = json.loads(render_json([ERROR, WARNING]))

    assert (report["errors"], report["warnings"]) == (1, 1)
    assert report["findings"][0] == {
        "path": "detections/a.yaml",
        "line": 3,
        "column": 7,
        "id": "unknown-tactic",
        "level": "error",
        "message": "'Acess' is not a tactic",
        "hint": "did you mean 'Access'?",
    }


def test_the_summary_counts_by_level() -> None:
    assert summary([ERROR, ERROR, WARNING]) == "2 errors, 1 warning"
    assert summary([]) == "no findings"
