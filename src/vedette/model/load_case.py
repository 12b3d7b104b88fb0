"""Turns ``x.cases.yaml`` into cases.

The trap: the events of a case may lie in another file, whose slips have to be reported where they
are, and none of the case's own values says which columns are datetimes: values stay as written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from vedette.finding import Finding
from vedette.model.case import (
    Case,
    CaseFile,
    EquivalentChange,
    Expectation,
    ExpectedAlert,
    ExpectedIncident,
    Record,
)
from vedette.model.csv_text import parse_csv
from vedette.model.data_file import find_data_file, read_data_file
from vedette.model.document import Document
from vedette.model.jsonl_text import parse_jsonl
from vedette.model.shape import count, items, mapping, optional_text, text
from vedette.source import Location, ValuePath

#: ``now`` has to say its time zone: evidence that reads the machine's would differ by machine.
_NOW = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)")

#: What a case's function has to look like: ``(x:string) { … }``.
_FUNCTION = re.compile(r"\s*\(.*\)\s*\{.*\}\s*;?\s*", re.DOTALL)


def load_cases(document: Document, root: Path) -> tuple[CaseFile | None, list[Finding]]:
    """The cases in ``document``, and what is wrong with their meaning.

    ``root`` is the repository's, to which ``document.path`` is relative. A case that lacks a value
    it needs is left out (the schema reports why); None if no case is left.
    """
    reader = _CaseReader(document, root)
    values = items(mapping(document.data).get("cases"))
    read = [reader.read(value, ("cases", index)) for index, value in enumerate(values)]
    cases = tuple(case for case in read if case is not None)
    findings = reader.findings + _duplicate_names(document, values)
    file = CaseFile(cases, document, _equivalents(mapping(document.data).get("equivalents")))
    return (file if cases else None), findings


def parse_now(value: str) -> datetime | None:
    """An ISO 8601 date and time with its zone, as UTC; None for anything else."""
    if not _NOW.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None  # the 30th of February; the year 1 east of Greenwich


def _equivalents(value: object) -> tuple[EquivalentChange, ...]:
    return tuple(
        EquivalentChange(text(one.get("change")), text(one.get("reason")), ("equivalents", index))
        for index, one in enumerate(map(mapping, items(value)))
    )


def _duplicate_names(document: Document, values: list[object]) -> list[Finding]:
    findings: list[Finding] = []
    first: dict[str, Location] = {}
    for index, value in enumerate(values):
        name = text(mapping(value).get("name"))
        at = document.locate(("cases", index, "name"))
        if name and name in first:
            message = f"the case '{name}' stands here again; it is first at {first[name]}"
            findings.append(Finding(at, "duplicate-case-name", message, "rename one of the two"))
        first.setdefault(name, at)
    return findings


class _CaseReader:
    """Reads the cases of one document and collects what is wrong with them."""

    def __init__(self, document: Document, root: Path) -> None:
        self._document = document
        self._root = root
        self.findings: list[Finding] = []

    def read(self, value: object, path: ValuePath) -> Case | None:
        data = mapping(value)
        name, now = text(data.get("name")), self._now(data.get("now"), (*path, "now"))
        places: dict[str, tuple[Location, ...]] = {}
        events: dict[str, tuple[Record, ...]] = {}
        for table, rows in mapping(data.get("events")).items():
            events[table] = self._rows(rows, (*path, "events", table), table, places)
        watchlists = {
            alias: self._rows(rows, (*path, "watchlists", alias), alias, {})
            for alias, rows in mapping(data.get("watchlists")).items()
        }
        externals = {
            name: self._rows(rows, (*path, "externaldata", name), name, {})
            for name, rows in mapping(data.get("externaldata")).items()
        }
        functions = self._functions(data.get("functions"), (*path, "functions"))
        if not name or now is None or not isinstance(data.get("expect"), dict):
            return None
        expect = mapping(data["expect"])
        elsewhere = expect.get("defender")
        return Case(
            name=name,
            why=text(data.get("why")).strip(),
            now=now,
            events=events,
            expect=_expectation(expect),
            defender=_expectation(mapping(elsewhere)) if isinstance(elsewhere, dict) else None,
            watchlists=watchlists,
            functions=functions,
            externals=externals,
            runs=tuple(text(one) for one in items(data.get("runs"))),
            event_places=places,
            at=path,
            source=self._document,
        )

    def _now(self, value: object, path: ValuePath) -> datetime | None:
        if not isinstance(value, str):
            return None
        now = parse_now(value)
        if now is None:
            message = f"'{value}' is not a date and time with a time zone"
            hint = "write it like 2026-11-02T12:00:00Z"
            self._report(self._document.locate(path), "bad-now", message, hint)
        return now

    def _functions(self, value: object, path: ValuePath) -> dict[str, str]:
        functions: dict[str, str] = {}
        for name, body in mapping(value).items():
            functions[name] = text(body)
            if isinstance(body, str) and not _FUNCTION.fullmatch(body):
                message = f"'{name}' is not a function's parameters and body"
                hint = "write it like (x:string) { x has 'a' }"
                at = self._document.locate((*path, name))
                self._report(at, "bad-case-function", message, hint)
        return functions

    def _rows(
        self, value: object, path: ValuePath, name: str, places: dict[str, tuple[Location, ...]]
    ) -> tuple[Record, ...]:
        """Inline rows as they are; those of ``{file: …}`` read from it, their places noted."""
        if not isinstance(value, dict):
            return tuple(row for row in items(value) if isinstance(row, dict))
        file = value.get("file")
        if not isinstance(file, str):
            return ()
        at = self._document.locate((*path, "file"))
        found, findings = find_data_file(file, self._document.path, self._root, at)
        self.findings += findings
        if found is None:
            return ()
        rows, lines = self._parse(found, at)
        places[name] = tuple(Location(found, line) for line in lines)
        return rows

    def _parse(
        self, file: PurePosixPath, at: Location
    ) -> tuple[tuple[Mapping[str, object], ...], tuple[int, ...]]:
        if file.suffix not in {".jsonl", ".csv"}:
            message = f"'{file.name}' is neither JSONL nor CSV"
            hint = "name the file .jsonl or .csv after what it holds"
            self._report(at, "unknown-file-type", message, hint)
            return (), ()
        content, findings = read_data_file(self._root, file)
        self.findings += findings
        if content is None:
            return (), ()
        if file.suffix == ".jsonl":
            objects, findings = parse_jsonl(content, file)
            self.findings += findings
            return objects.rows, objects.lines
        table, findings = parse_csv(content, file)
        self.findings += findings
        return (table.rows, table.lines) if table is not None else ((), ())

    def _report(self, at: Location, finding_id: str, message: str, hint: str = "") -> None:
        self.findings.append(Finding(at, finding_id, message, hint))


def _expectation(data: Mapping[str, object]) -> Expectation:
    rows, alerts, incidents = data.get("rows"), data.get("alerts"), data.get("incidents")
    return Expectation(
        row_count=count(rows),
        rows=_records(rows),
        alert_count=count(alerts),
        alerts=tuple(_expected_alert(mapping(alert)) for alert in alerts)
        if isinstance(alerts, list)
        else None,
        incident_count=count(incidents),
        incidents=tuple(_expected_incident(mapping(one)) for one in incidents)
        if isinstance(incidents, list)
        else None,
    )


def _expected_incident(data: Mapping[str, object]) -> ExpectedIncident:
    return ExpectedIncident(
        title=optional_text(data.get("title")),
        severity=optional_text(data.get("severity")),
        alerts=count(data.get("alerts")),
        entities=_records(data.get("entities")),
    )


def _expected_alert(data: Mapping[str, object]) -> ExpectedAlert:
    tactics, details = data.get("tactics"), data.get("customDetails")
    return ExpectedAlert(
        title=optional_text(data.get("title")),
        description=optional_text(data.get("description")),
        severity=optional_text(data.get("severity")),
        tactics=tuple(text(tactic) for tactic in tactics) if isinstance(tactics, list) else None,
        entities=_records(data.get("entities")),
        custom_details={name: _detail(value) for name, value in details.items()}
        if isinstance(details, dict)
        else None,
    )


def _records(value: object) -> tuple[Record, ...] | None:
    if not isinstance(value, list):
        return None
    return tuple(mapping(item) for item in value)


def _detail(value: object) -> tuple[str, ...]:
    """A custom detail's values: strings in the alert, so that a number is its own text."""
    values = value if isinstance(value, list) else [value]
    return tuple(str(item) for item in values)
