"""What is wrong with a case before it runs: names that do not exist, evidence that proves nothing.

Pure: a bound query and a catalogue are enough. ``vedette test`` refuses such a case, and linting
can report the same without an engine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from vedette.finding import Finding, did_you_mean
from vedette.kql.bound import BoundQuery
from vedette.model.case import Case, Expectation
from vedette.model.detection import Detection
from vedette.source import Location, ValuePath


def expectation_findings(detection: Detection, case: Case, bound: BoundQuery) -> list[Finding]:
    """Expectations about columns that the query does not return and details that no alert has."""
    path: ValuePath = (*case.at, "expect")
    findings = _about(detection, case, case.expect, path, bound)
    if case.defender is not None:
        findings += _about(detection, case, case.defender, (*path, "defender"), bound)
    return findings


def _about(
    detection: Detection, case: Case, expect: Expectation, path: ValuePath, bound: BoundQuery
) -> list[Finding]:
    findings: list[Finding] = []
    columns = [column.name for column in bound.columns]
    for index, row in enumerate(expect.rows or ()):
        for name in row:
            if name not in columns:
                at = case.source.locate_key((*path, "rows", index, name))
                message = f"the query returns no column '{name}'"
                hint = did_you_mean(name, columns)
                findings.append(Finding(at, "unknown-result-column", message, hint))
    for index, alert in enumerate(expect.alerts or ()):
        for name in alert.custom_details or ():
            if name not in detection.custom_details:
                at = case.source.locate_key((*path, "alerts", index, "customDetails", name))
                message = f"the rule has no custom detail '{name}'"
                hint = did_you_mean(name, detection.custom_details)
                findings.append(Finding(at, "unknown-custom-detail", message, hint))
    return findings


def unread_findings(case: Case, bound: BoundQuery, tables: Collection[str]) -> list[Finding]:
    """Events and watchlists that the query never reads: whatever they hold, the case passes.

    ``tables`` are those that exist; of the others something else is said already.
    """
    findings = [
        _unread(
            case.source.locate_key((*case.at, "events", table)),
            "event-table-not-read",
            f"the query does not read '{table}', so these events prove nothing",
            bound.tables,
        )
        for table in case.events
        if table in tables and table not in bound.tables
    ]
    findings += [
        _unread(
            case.source.locate_key((*case.at, "watchlists", alias)),
            "watchlist-not-read",
            f"the query does not read the watchlist '{alias}'",
            bound.watchlists,
        )
        for alias in case.watchlists
        if alias not in bound.watchlists
    ]
    return findings


def _unread(at: Location, finding_id: str, message: str, read: Iterable[str]) -> Finding:
    names = ", ".join(sorted(read))
    return Finding(at, finding_id, message, f"it reads {names}" if names else "it reads none")
