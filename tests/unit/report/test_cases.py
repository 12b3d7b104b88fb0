"""What breaks when results read better than they are, or do not lead to the slip."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from uuid import UUID
from xml.etree import ElementTree

import pytest

from vedette.evidence.outcome import CaseResult, Outcome
from vedette.finding import Finding, Level
from vedette.model.case import Case, Expectation
from vedette.model.detection import Detection, Kind
from vedette.model.document import Document
from vedette.report.cases import TestReport, render_json, render_text, render_xml, summary
from vedette.source import Location

NOW = datetime(2026, 10, 6, 9, tzinfo=UTC)
PLACE = Location(PurePosixPath("detections/x.cases.yaml"), 12, 5)
FINDING = Finding(Location(PurePosixPath("detections/y.yaml"), 3, 1), "an-id", "is wrong", "do it")


def _detection(name: str) -> Detection:
    return Detection(
        id=UUID(int=7),
        kind=Kind.NRT,
        name=name,
        description="D",
        query="Q",
        version="1.0.0",
        source=Document(PurePosixPath(f"detections/{name}.yaml"), "", {}, {}, {}),
    )


X = _detection("x")


def _result(
    name: str, outcome: Outcome, *details: str, detection: Detection = X, why: str = "Because."
) -> CaseResult:
    source = Document(PurePosixPath("detections/x.cases.yaml"), "", {}, {}, {})
    case = Case(name, why, NOW, {}, Expectation(row_count=0), source=source)
    return CaseResult(detection, case, outcome, details, PLACE)


PASSED = _result("one", Outcome.PASS)
FAILED = _result("two", Outcome.FAIL, "rows: expected 0, got 1", "row 1 was not expected: {}")
UNSUPPORTED = _result("three", Outcome.UNSUPPORTED, "scan is not supported")
BROKEN = _result("four", Outcome.ERROR, "it broke")


@pytest.mark.parametrize(
    ("results", "findings", "green"),
    [
        ((PASSED,), (), True),
        ((PASSED,), (replace(FINDING, level=Level.WARNING),), True),
        ((PASSED,), (FINDING,), False),
        ((PASSED, FAILED), (), False),
        ((PASSED, UNSUPPORTED), (), False),
        ((PASSED, BROKEN), (), False),
        ((), (), False),
    ],
)
def test_what_is_not_green_is_green(
    results: tuple[CaseResult, ...], findings: tuple[Finding, ...], green: bool
) -> None:
    assert TestReport(results, findings).green is green


def test_text_does_not_lead_to_the_slip() -> None:
    other = replace(PASSED, detection=_detection("y"))
    report = TestReport((PASSED, FAILED, UNSUPPORTED, BROKEN, other), (FINDING,))
    assert render_text(report) == (
        "detections/x.yaml: 1 passed, 1 failed, 1 unsupported, 1 in error\n"
        "  FAIL two (detections/x.cases.yaml:12:5)\n"
        "    Because.\n"
        "    rows: expected 0, got 1\n"
        "    row 1 was not expected: {}\n"
        "  UNSUPPORTED three (detections/x.cases.yaml:12:5)\n"
        "    Because.\n"
        "    scan is not supported\n"
        "  ERROR four (detections/x.cases.yaml:12:5)\n"
        "    Because.\n"
        "    it broke\n"
        "detections/y.yaml: 1 passed\n"
        "detections/y.yaml:3:1: an-id is wrong (do it)\n"
        "5 cases of 2 detections: 2 passed, 1 failed, 1 unsupported, 1 in error; 1 error\n"
    )


def test_one_reason_is_repeated_for_every_case() -> None:
    results = tuple(_result(f"case-{index}", Outcome.ERROR, "it broke") for index in range(3))
    assert render_text(TestReport(results)).count("it broke") == 1


def test_a_long_why_breaks_the_line() -> None:
    result = _result("two", Outcome.FAIL, "x", why="One\n  two.\n")
    assert "    One two.\n" in render_text(TestReport((result,)))


def test_the_sum_is_wrong() -> None:
    assert summary(TestReport((PASSED,))) == "1 case of 1 detection: 1 passed"
    assert summary(TestReport((), (FINDING, FINDING))) == "0 cases of 0 detections; 2 errors"


def test_json_leaves_out_what_text_says() -> None:
    found = replace(BROKEN, findings=(FINDING,))
    data = json.loads(render_json(TestReport((PASSED, FAILED, found), (FINDING,))))
    assert data["summary"] == {
        "green": False,
        "cases": 3,
        "pass": 1,
        "fail": 1,
        "unsupported": 0,
        "error": 1,
        "findings": 1,
    }
    finding = {
        "id": "an-id",
        "level": "error",
        "path": "detections/y.yaml",
        "line": 3,
        "column": 1,
        "message": "is wrong",
        "hint": "do it",
    }
    assert data["findings"] == [finding]
    assert data["results"][2]["findings"] == [finding]
    assert data["results"][1] == {
        "detection": {
            "id": "00000000-0000-0000-0000-000000000007",
            "name": "x",
            "kind": "NRT",
            "path": "detections/x.yaml",
        },
        "case": "two",
        "product": "sentinel",
        "why": "Because.",
        "outcome": "fail",
        "location": {"path": "detections/x.cases.yaml", "line": 12, "column": 5},
        "details": ["rows: expected 0, got 1", "row 1 was not expected: {}"],
        "findings": [],
    }


def test_junit_shows_what_proves_nothing_as_skipped_or_passed() -> None:
    warning = replace(FINDING, level=Level.WARNING, id="only-a-warning")
    report = TestReport((PASSED, FAILED, UNSUPPORTED, BROKEN), (FINDING, warning))
    root = ElementTree.XML(render_xml(report).encode("utf-8"))
    problems = {
        case.get("name"): [(problem.tag, problem.get("type")) for problem in case]
        for case in root.iter("testcase")
    }
    assert problems == {
        "one": [],
        "two": [("failure", "fail")],
        "three": [("error", "unsupported")],
        "four": [("error", "error")],
        "detections/y.yaml:3:1 an-id": [("error", "finding")],
    }
    assert [suite.get("name") for suite in root] == ["detections/x.yaml", "findings"]
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["5", "1", "3"]
    text = root.findtext("testsuite/testcase/failure")
    assert text == (
        "detections/x.cases.yaml:12:5\nrows: expected 0, got 1\nrow 1 was not expected: {}"
    )
