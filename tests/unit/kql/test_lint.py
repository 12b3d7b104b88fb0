"""Mistakes of a function that are said at every rule that calls it, or nowhere."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from uuid import UUID, uuid5

import pytest

from vedette.finding import Finding
from vedette.kql.binder import Binder
from vedette.kql.lint import check_function, lint
from vedette.model.content import WorkspaceFunction
from vedette.model.detection import Detection
from vedette.model.load import load_detection
from vedette.model.load_content import load_function
from vedette.model.yaml import parse
from vedette.project import Project
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import FunctionDefinition

NAMESPACE = UUID("2f4e1c1a-7a39-4d51-9d41-1f4b8c7d0a00")


def _function(alias: str, body: str, parameters: str = "") -> WorkspaceFunction:
    text = f"""\
id: {uuid5(NAMESPACE, alias)}
alias: {alias}
name: {alias}
description: For a test.
version: 1.0.0
{parameters}query: |
  {body}
"""
    document, _ = parse(text, PurePosixPath(f"{alias}.yaml"))
    assert document is not None
    function, problems = load_function(document)
    assert function is not None, problems
    return function


def _hunt(name: str, query: str) -> Detection:
    text = f"id: {uuid5(NAMESPACE, name)}\nname: {name}\nquery: |\n  {query}\n"
    document, _ = parse(text, PurePosixPath(f"{name}.yaml"))
    assert document is not None
    detection, problems = load_detection(document)
    assert detection is not None, problems
    return detection


SIZE = "parameters:\n  - {name: size, type: long}\n"
FUNCTIONS = (
    _function("IsHuge", "sise > 25000000", SIZE),
    _function("Huge", "Mails | where IsHuge(Size)"),
    _function("Round", "Round() | take 1"),
    _function("Listed", "_GetWatchlist('VIP')"),
    _function("Fine", "Mails | where Size > 1"),
)


def _lint(
    binder: Binder, catalogue: Catalogue, *hunts: Detection, everything: tuple[Detection, ...] = ()
) -> list[str]:
    definitions = {
        each.alias: FunctionDefinition(each.alias, each.parameters, each.query)
        for each in FUNCTIONS
    }
    project = Project(
        Path(),
        detections=everything or hunts,
        selected=hunts,
        functions={each.alias: each for each in FUNCTIONS},
    )
    known = Catalogue(catalogue.tables, definitions, catalogue.watchlists)
    return [_short(each) for each in lint(project, known, binder)]


def _short(finding: Finding) -> str:
    return f"{finding.location}: {finding.id}"


OWN = [
    "IsHuge.yaml:9:3: KS142",
    "Listed.yaml:7:17: unknown-watchlist",
    "Round.yaml:7:3: recursive-function",
]


def test_all_functions_are_checked_with_all_detections(
    binder: Binder, catalogue: Catalogue
) -> None:
    assert _lint(binder, catalogue) == OWN


def test_only_the_functions_that_the_selected_need_are_checked(
    binder: Binder, catalogue: Catalogue
) -> None:
    fine = _hunt("fine", "Fine() | take 1")
    huge = _hunt("huge", "Huge() | take 1")

    assert _lint(binder, catalogue, fine, everything=(fine, huge)) == []
    assert _lint(binder, catalogue, huge, everything=(fine, huge)) == OWN[:1]


def test_what_is_wrong_in_a_function_is_said_once_however_many_call_it(
    binder: Binder, catalogue: Catalogue
) -> None:
    hunts = (
        _hunt("a", "Huge() | take 1"),
        _hunt("b", "Mails | where IsHuge(Size)"),
        _hunt("c", "Round() | take 1"),
        _hunt("d", "Listed() | take 1"),
    )

    assert _lint(binder, catalogue, *hunts) == OWN


def test_what_only_a_call_makes_wrong_is_said_at_the_call(
    binder: Binder, catalogue: Catalogue
) -> None:
    wrong = _hunt("wrong", "Fine() | where Sise > 1 | take IsHuge")

    assert "wrong.yaml:4:18: KS142" in _lint(binder, catalogue, wrong)


@pytest.mark.parametrize(
    ("parameters", "place"),
    [
        ("parameters:\n  - {name: size, type: long}\n", "F.yaml:9:3: KS142"),
        ("parameters:\n  - {name: a, type: nothing}\n", "F.yaml:7:3: KS160"),
    ],
)
def test_what_is_wrong_with_the_parameters_is_at_the_parameters(
    parameters: str, place: str, binder: Binder, catalogue: Catalogue
) -> None:
    found = check_function(_function("F", "sise > 1", parameters), catalogue, binder)

    assert place in [_short(each) for each in found]
