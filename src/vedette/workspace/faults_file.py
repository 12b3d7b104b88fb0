"""Reads a faults file: YAML, checked against its schema, every slip with its place.

The trap: a fault for an operation that there is not never happens, and the client that was to be
tried passes. So an operation must be one that the workspace has.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from vedette.finding import Finding, did_you_mean
from vedette.model.data_file import read_data_file
from vedette.model.document import Document
from vedette.model.faults import MAY_BE_WRITTEN, SAY_WHEN, FaultKind, FaultPlan, FaultRule
from vedette.model.shape import count, items, mapping, text
from vedette.model.yaml import parse
from vedette.schema.validate import validate
from vedette.workspace.faults import known_operations, matches

SCHEMA = "faults"


def read_faults(file: Path) -> tuple[FaultPlan | None, list[Finding]]:
    """The faults in ``file``, and what is wrong with it; None if it cannot be used."""
    shown = PurePosixPath(file.name)
    content, findings = read_data_file(file.parent, shown)
    if content is None:
        return None, findings
    document, problems = parse(content, shown)
    if document is None:
        return None, [*findings, *problems]
    plan, more = load_faults(document)
    return plan, [*findings, *problems, *more]


def load_faults(document: Document) -> tuple[FaultPlan | None, list[Finding]]:
    """The faults that ``document`` describes; None if anything is wrong with it."""
    findings = validate(document, SCHEMA)
    data = mapping(document.data)
    given = [mapping(each) for each in items(data.get("faults"))]
    if not findings:
        for index, each in enumerate(given):
            findings += _check(document, index, each)
    if findings:
        return None, sorted(findings)
    rules = tuple(_rule(each) for each in given)
    return FaultPlan(rules, count(data.get("seed")) or 0), []


def _rule(given: Mapping[str, object]) -> FaultRule:
    return FaultRule(
        text(given.get("operation")),
        FaultKind(text(given.get("fault"))),
        written=given.get("written") is True,
        after=count(given.get("after")) or 0,
        times=count(given.get("times")),
        probability=_number(given.get("probability"), 1.0),
        retry_after=_number(given.get("retryAfter"), 1.0),
        delay=_number(given.get("delay"), 1.0),
    )


def _check(document: Document, index: int, given: Mapping[str, object]) -> list[Finding]:
    """What the schema cannot say of one fault."""
    findings = []
    kind, operation = FaultKind(text(given.get("fault"))), text(given.get("operation"))
    known = known_operations()
    if not any(matches(operation, each) for each in known):
        at = document.locate(("faults", index, "operation"))
        message = f"the workspace has no operation '{operation}'"
        findings.append(Finding(at, "unknown-value", message, did_you_mean(operation, known)))
    fitting = {
        "written": kind in MAY_BE_WRITTEN,
        "retryAfter": kind in SAY_WHEN,
        "delay": kind is FaultKind.SLOW,
    }
    for key, fits in fitting.items():
        if key in given and not fits:
            at = document.locate_key(("faults", index, key))
            message = f"'{key}' does not go with the fault '{kind}'"
            findings.append(Finding(at, "misplaced-key", message))
    return findings


def _number(value: object, default: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return default
    return float(value)
