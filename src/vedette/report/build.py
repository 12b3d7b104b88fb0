"""What a build found and wrote, as text and as JSON.

The trap: a red build leaves the files of the last green one where they were; it has to say so, or
they pass for what was just built.
"""

from __future__ import annotations

import json
from collections import Counter

from vedette.deploy.artefacts import Written
from vedette.deploy.custom_detection import KIND
from vedette.deploy.gate import Verdict
from vedette.deploy.resource import ResourceKind
from vedette.report import cases
from vedette.report.cases import TestReport
from vedette.report.findings import render_text as render_findings

_NOUNS = {
    ResourceKind.FUNCTION.value: ("function", "functions"),
    ResourceKind.WATCHLIST.value: ("watchlist", "watchlists"),
    ResourceKind.RULE.value: ("rule", "rules"),
    ResourceKind.HUNTING.value: ("hunting query", "hunting queries"),
    ResourceKind.AUTOMATION.value: ("automation rule", "automation rules"),
    KIND: ("custom detection", "custom detections"),
}


def render_text(verdict: Verdict, written: Written | None, folder: str) -> str:
    """All that is wrong, or what now stands in ``folder``; ``written`` is None for a red build."""
    report = TestReport(verdict.results, verdict.findings)
    if written is None:
        return f"{cases.render_text(report)}Nothing was written to {folder}.\n"
    lines = [render_findings(list(verdict.findings))] if verdict.findings else []
    lines += [cases.summary(report), f"{folder}: {_kinds(written)} written"]
    lines += [f"{folder}/{path}: removed, no longer built" for path in written.removed]
    return "\n".join(lines) + "\n"


def render_json(verdict: Verdict, written: Written | None, folder: str) -> str:
    """The same for a program: ``evidence`` is what ``vedette test --format json`` prints."""
    report = TestReport(verdict.results, verdict.findings)
    content = {
        "green": verdict.green,
        "folder": folder,
        "written": []
        if written is None
        else [
            {"file": artefact.path.as_posix(), "sha256": artefact.sha256}
            for artefact in written.artefacts
        ],
        "removed": [] if written is None else [path.as_posix() for path in written.removed],
        "evidence": json.loads(cases.render_json(report)),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def render_junit(verdict: Verdict) -> str:
    """The cases and what is wrong beside them as JUnit XML, for a pipeline's test results."""
    return cases.render_xml(TestReport(verdict.results, verdict.findings))


def _kinds(written: Written) -> str:
    """``1 rule, 4 hunting queries``, in the order of deployment; kinds without any left out."""
    numbers = Counter(artefact.kind for artefact in written.artefacts)
    return ", ".join(
        f"{numbers[kind]} {nouns[numbers[kind] != 1]}"
        for kind, nouns in _NOUNS.items()
        if numbers[kind]
    )
