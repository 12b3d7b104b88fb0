"""The gate before build, plan and apply: the whole tree is right, and its cases prove it.

The trap: a second path to the workspace with a copy of the gate that lacks a part of it. There is
one function, and whatever writes an artefact or reads a workspace goes through it.
"""

from __future__ import annotations

from dataclasses import dataclass

from vedette.evidence.outcome import CaseResult, Outcome
from vedette.evidence.run import run_cases
from vedette.finding import Finding, Level
from vedette.kql.binder import Binder
from vedette.kql.cache import AnswerCache
from vedette.kql.lint import catalogue_of, lint
from vedette.project import Project


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a tree, and what its cases showed."""

    findings: tuple[Finding, ...]
    results: tuple[CaseResult, ...]

    @property
    def green(self) -> bool:
        """True if nothing is wrong, and cases were run and all passed: no proof is not green."""
        return (
            not any(finding.level is Level.ERROR for finding in self.findings)
            and bool(self.results)
            and all(result.outcome is Outcome.PASS for result in self.results)
        )


def check_tree(project: Project, cache: AnswerCache | None = None) -> Verdict:
    """Lint the selected detections of ``project`` and run their cases, all of them.

    A detection whose own file has errors is not run: its cases would only repeat them.
    """
    catalogue = catalogue_of(project)
    with Binder(cache) as binder:
        findings = lint(project, catalogue, binder)
        broken = {item.location.path for item in findings if item.level is Level.ERROR}
        sound = [each for each in project.selected if each.source.path not in broken]
        results = tuple(run_cases(project, catalogue, binder, sound))
    return Verdict(tuple(findings), results)
