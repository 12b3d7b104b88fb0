"""The results of cases as text, JSON and JUnit XML.

The trap: a reader of any of the three must not take an unsupported case, or a finding that kept a
case from running, for a success. JUnit knows "skipped" and every pipeline shows it green, so both
are errors there. Nothing here depends on time: the same results give the same bytes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from vedette.evidence.mutation import Fate, MutantResult
from vedette.evidence.outcome import CaseResult, Outcome
from vedette.finding import Finding, Level
from vedette.model.product import Product
from vedette.report import findings
from vedette.report.junit import JUnitCase, JUnitSuite, render_junit
from vedette.report.terminal import printable
from vedette.source import Location


@dataclass(frozen=True, slots=True)
class TestReport:
    """What ``vedette test`` found: results in their order, and findings that belong to no case.

    ``mutants`` are those of ``--mutate``; what is wrong with them is among the findings.
    """

    __test__ = False  # its name makes pytest think that it is a test

    results: tuple[CaseResult, ...]
    findings: tuple[Finding, ...] = ()
    mutants: tuple[MutantResult, ...] = ()

    @property
    def green(self) -> bool:
        """True if there are cases, all of them pass, and nothing is wrong beside them."""
        return (
            bool(self.results)
            and all(result.outcome is Outcome.PASS for result in self.results)
            and not any(finding.level is Level.ERROR for finding in self.findings)
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and how a terminal shows it: a style of rich, empty for plain."""

    text: str
    style: str = ""


_STYLES = {
    Outcome.PASS: "green",
    Outcome.FAIL: "red",
    Outcome.UNSUPPORTED: "yellow",
    Outcome.ERROR: "magenta",
}
_WORDS = {
    Outcome.PASS: "passed",
    Outcome.FAIL: "failed",
    Outcome.UNSUPPORTED: "unsupported",
    Outcome.ERROR: "in error",
}


def lines(report: TestReport) -> Iterator[Line]:
    """A line for each detection, in full what is not green, the findings, and the sum.

    Values of events are somebody else's text: nothing in a line is obeyed by a terminal.
    """
    return (replace(line, text=printable(line.text)) for line in _lines(report))


def _lines(report: TestReport) -> Iterator[Line]:
    for results in _by_detection(report.results):
        outcomes = Counter(result.outcome for result in results)
        worst = next((one for one in reversed(Outcome) if outcomes[one]), Outcome.PASS)
        yield Line(f"{_subject(results[0])}: {_counts(outcomes)}", _STYLES[worst])
        yield from _what_is_not_green(results)
    yield from _about_mutants(report.mutants)
    for finding in report.findings:
        style = "red" if finding.level is Level.ERROR else "yellow"
        yield Line(findings.render_text([finding]), style)
    yield Line(summary(report), "bold green" if report.green else "bold red")


def _about_mutants(mutants: Sequence[MutantResult]) -> Iterator[Line]:
    """``x.yaml: 31 changes of the query: 29 noticed, 2 survived`` for each detection."""
    for path, group in groupby(mutants, key=lambda one: one.detection.source.path):
        fates = Counter(one.fate for one in group)
        counts = ", ".join(f"{fates[one]} {one.value}" for one in Fate if fates[one])
        changes = _number(fates.total(), "change")
        yield Line(
            f"{path}: {changes} of the query: {counts}", "red" if fates[Fate.SURVIVED] else "green"
        )


def summary(report: TestReport) -> str:
    """``21 cases of 5 detections: 20 passed, 1 failed; 2 errors``."""
    detections = len({result.detection.source.path for result in report.results})
    outcomes = Counter(result.outcome for result in report.results)
    elsewhere = sum(result.product is not Product.SENTINEL for result in report.results)
    cases = _number(len(report.results) - elsewhere, "case")
    text = f"{cases} of {_number(detections, 'detection')}"
    if elsewhere:
        text += f", {elsewhere} of them in Defender XDR too"
    if report.results:
        text += f": {_counts(outcomes)}"
    return f"{text}; {findings.summary(report.findings)}" if report.findings else text


def render_text(report: TestReport) -> str:
    """``lines`` without their styles."""
    return "".join(f"{line.text}\n" for line in lines(report))


def render_json(report: TestReport) -> str:
    """An object with ``summary``, ``findings`` and ``results``; ends in a line break."""
    outcomes = Counter(result.outcome for result in report.results)
    data = {
        "summary": {
            "green": report.green,
            "cases": len(report.results),
            **{outcome.value: outcomes[outcome] for outcome in Outcome},
            "findings": len(report.findings),
        },
        "findings": [_finding(finding) for finding in report.findings],
        "results": [_result(result) for result in report.results],
        "mutants": [_mutant(one) for one in report.mutants],
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def render_xml(report: TestReport) -> str:
    """JUnit XML: a suite for each detection, and one for findings that belong to no case.

    Warnings are left out: a test that has passed is not what they are.
    """
    suites = [
        JUnitSuite(_subject(results[0]), tuple(_junit_case(one) for one in results))
        for results in _by_detection(report.results)
    ]
    errors = [finding for finding in report.findings if finding.level is Level.ERROR]
    if errors:
        cases = (
            JUnitCase(
                f"{finding.location} {finding.id}",
                str(finding.location.path),
                error=("finding", finding.message, str(finding)),
            )
            for finding in errors
        )
        suites.append(JUnitSuite("findings", tuple(cases)))
    return render_junit(suites)


def _by_detection(results: Sequence[CaseResult]) -> list[list[CaseResult]]:
    """The results of each detection in each product."""
    grouped = groupby(results, key=lambda one: (one.detection.source.path, one.product))
    return [list(group) for _, group in grouped]


def _subject(result: CaseResult) -> str:
    """The detection's file, and the product where it is not the one that it is written for."""
    path = str(result.detection.source.path)
    return path if result.product is Product.SENTINEL else f"{path} ({result.product.value})"


def _what_is_not_green(results: Sequence[CaseResult]) -> Iterator[Line]:
    """Each case that does not pass; several with one reason (the query is broken) share it."""
    bad = [result for result in results if result.outcome is not Outcome.PASS]
    for details, group in groupby(bad, key=lambda result: (result.outcome, result.details)):
        same = list(group)
        for result in same:
            place = f" ({result.location})" if result.location else ""
            style = _STYLES[result.outcome]
            yield Line(f"  {result.outcome.value.upper()} {result.case.name}{place}", style)
            if len(same) == 1 and result.case.why:
                yield Line(f"    {' '.join(result.case.why.split())}", "dim")
        yield from (Line(f"    {line}") for line in details[1])


def _counts(outcomes: Counter[Outcome]) -> str:
    return ", ".join(f"{outcomes[one]} {_WORDS[one]}" for one in Outcome if outcomes[one])


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _result(result: CaseResult) -> dict[str, object]:
    detection = result.detection
    return {
        "detection": {
            "id": str(detection.id),
            "name": detection.name,
            "kind": detection.kind.value,
            "path": str(detection.source.path),
        },
        "case": result.case.name,
        "product": result.product.value,
        "why": result.case.why,
        "outcome": result.outcome.value,
        "location": _location(result.location) if result.location else None,
        "details": list(result.details),
        "findings": [_finding(finding) for finding in result.findings],
    }


def _mutant(result: MutantResult) -> dict[str, object]:
    source = result.detection.source
    return {
        **_location(source.locate_in(("query",), result.mutant.start)),
        "change": result.mutant.change,
        "fate": result.fate.value,
        "case": result.case,
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        **_location(finding.location),
        "id": finding.id,
        "level": finding.level.value,
        "message": finding.message,
        "hint": finding.hint,
    }


def _location(location: Location) -> dict[str, object]:
    return {"path": str(location.path), "line": location.line, "column": location.column}


def _junit_case(result: CaseResult) -> JUnitCase:
    name, suite = result.case.name, _subject(result)
    if result.outcome is Outcome.PASS:
        return JUnitCase(name, suite)
    first = result.details[0] if result.details else result.outcome.value
    place = f"{result.location}\n" if result.location else ""
    problem = (result.outcome.value, first, place + "\n".join(result.details))
    if result.outcome is Outcome.FAIL:
        return JUnitCase(name, suite, failure=problem)
    return JUnitCase(name, suite, error=problem)
