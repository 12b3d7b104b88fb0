"""Every detection of this repository, held to its own cases and to the checks.

A detection is a test of its own, so that a broken one is named by its file, and the cores share
them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from vedette.cli.cache import answer_cache
from vedette.evidence.outcome import Outcome
from vedette.evidence.run import run_cases
from vedette.finding import Level
from vedette.kql.binder import Binder
from vedette.kql.lint import catalogue_of, lint
from vedette.project import Project, load_project
from vedette.schema.catalogue import Catalogue

ROOT = Path(__file__).resolve().parents[2]
DETECTIONS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "detections").rglob("*.yaml")
    if "shared" not in path.parts and not path.name.endswith(".cases.yaml")
)


@dataclass(frozen=True, slots=True)
class Ready:
    """The loaded repository, and a compiler for it."""

    project: Project
    catalogue: Catalogue
    binder: Binder


@pytest.fixture(scope="module")
def ready() -> Iterator[Ready]:
    """Loaded once for all detections of a worker."""
    project = load_project(ROOT)
    with Binder(answer_cache()) as binder:
        yield Ready(project, catalogue_of(project), binder)


def test_nothing_is_wrong_with_the_files(ready: Ready) -> None:
    findings = lint(ready.project, ready.catalogue, ready.binder)

    assert [str(each) for each in findings if each.level is Level.ERROR] == []


def test_the_detections_are_the_files(ready: Ready) -> None:
    assert sorted(str(each.source.path) for each in ready.project.detections) == DETECTIONS


def test_each_rule_has_two_ways_to_fire_and_two_near_misses(ready: Ready) -> None:
    poor = {}
    for detection in ready.project.detections:
        cases = ready.project.cases[detection.source.path].cases
        fire = sum(case.must_fire for case in cases)
        least = 2 if detection.is_rule else 1
        if min(fire, len(cases) - fire) < least:
            poor[str(detection.source.path)] = fire, len(cases) - fire

    assert poor == {}


@pytest.mark.parametrize("path", DETECTIONS)
def test_all_cases_pass(path: str, ready: Ready) -> None:
    (detection,) = [each for each in ready.project.detections if str(each.source.path) == path]

    results = list(run_cases(ready.project, ready.catalogue, ready.binder, [detection]))

    assert len(results) >= 2
    assert [
        (result.case.name, result.outcome, *result.details)
        for result in results
        if result.outcome is not Outcome.PASS
    ] == []
