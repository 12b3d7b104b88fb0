"""Whether a detection's cases prove anything about it.

The trap: a file of cases that all fire is green for a rule that fires on everything. A near miss,
with events in it that the query has to pass over, is what makes the others mean something.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from vedette.finding import Finding
from vedette.model.case import Case, CaseFile
from vedette.model.content import WorkspaceFunction
from vedette.model.detection import Detection
from vedette.source import Location


def check_cases(
    detection: Detection, cases: CaseFile, functions: Mapping[str, WorkspaceFunction]
) -> list[Finding]:
    """What the cases lack as evidence for ``detection``, and what they may not say of it."""
    findings: list[Finding] = []
    for case in cases.cases:
        findings += _check_case(detection, case, functions)
    at = cases.source.locate_key(("cases",))
    count = "alerts" if detection.is_rule else "rows"
    if not any(_fires(detection, case) for case in cases.cases):
        message = f"no case expects {count}: nothing shows that the detection finds what it is for"
        hint = f"add a case whose events it must find, with `{count}` of at least one"
        findings.append(Finding(at, "no-must-fire", message, hint))
    if not any(_is_near_miss(detection, case) for case in cases.cases):
        message = (
            "no case is a near miss: nothing shows that the detection does not find everything"
        )
        hint = f"add a case with events that look alike, and `{count}: 0`"
        findings.append(Finding(at, "no-near-miss", message, hint))
    return findings


def without_cases(detection: Detection) -> Finding:
    """The finding for a detection that has no case file."""
    path = detection.source.path
    name = PurePosixPath(path.name).with_suffix(".cases.yaml")
    message = "the detection has no cases"
    return Finding(Location(path), "no-cases", message, f"write {name} beside it")


def _check_case(
    detection: Detection, case: Case, functions: Mapping[str, WorkspaceFunction]
) -> list[Finding]:
    findings: list[Finding] = []
    asks_alerts = case.expect.alert_count is not None or case.expect.alerts is not None
    if asks_alerts and not detection.is_rule:
        at = case.source.locate_key((*case.at, "expect", "alerts"))
        message = "a hunting query makes no alerts"
        findings.append(Finding(at, "alerts-of-hunting-query", message, "expect `rows`"))
    for name in case.functions:
        if name in functions:
            at = case.source.locate_key((*case.at, "functions", name))
            message = f"the repository defines '{name}' in {functions[name].source.path}"
            hint = "remove it here: a case has to run what is deployed"
            findings.append(Finding(at, "function-already-defined", message, hint))
    return findings


def _fires(detection: Detection, case: Case) -> bool:
    expected = _alerts(case) if detection.is_rule else _rows(case)
    return bool(expected)


def _is_near_miss(detection: Detection, case: Case) -> bool:
    """True if there is something that the detection must not find; no events miss nothing.

    For a hunting query also a case that expects fewer rows than there are events: some of them are
    the look-alikes.
    """
    events = sum(len(events) for events in case.events.values())
    if detection.is_rule:
        return _alerts(case) == 0 and events > 0
    rows = _rows(case)
    return rows is not None and rows < events


def _alerts(case: Case) -> int | None:
    alerts = case.expect.alerts
    return case.expect.alert_count if alerts is None else len(alerts)


def _rows(case: Case) -> int | None:
    rows = case.expect.rows
    return case.expect.row_count if rows is None else len(rows)
