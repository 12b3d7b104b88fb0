"""A suppression that hides more than it says, hides nothing, or names no check."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from vedette.kql.accepted import check_accepting
from vedette.kql.binder import Binder
from vedette.kql.lint import Linter
from vedette.model.load import load_detection
from vedette.model.yaml import parse
from vedette.project import Project
from vedette.schema.catalogue import Catalogue, catalogue_for
from vedette.schema.validate import validate

RULE = """\
id: 2f4e1c1a-7a39-4d51-9d41-1f4b8c7d0a01
name: Large mail
description: A large mail.
query: |
  let least = 5;
  Mails | sort by Size | summarize count() by Sender
vedette:
  suppress:
"""


def _check(suppress: str, binder: Binder, catalogue: Catalogue) -> list[str]:
    document, _ = parse(RULE + suppress, PurePosixPath("rule.yaml"))
    assert document is not None
    detection, problems = load_detection(document)
    assert detection is not None, problems
    bound = binder.bind(detection.query, catalogue)
    return [str(each) for each in check_accepting(detection, bound, catalogue)]


def test_a_suppression_takes_out_its_own_check_alone(binder: Binder, catalogue: Catalogue) -> None:
    found = _check("    - {check: unused-let, reason: Read by name.}\n", binder, catalogue)

    assert [each.split()[1] for each in found] == ["sort-without-effect"]


@pytest.mark.parametrize(
    ("suppress", "finding"),
    [
        (
            "    - {check: unused-lets, reason: Read by name.}\n",
            (
                "rule.yaml:9:15: unknown-check there is no check 'unused-lets' to suppress "
                "(did you mean 'unused-let'?)"
            ),
        ),
        (
            "    - {check: take-without-sort, reason: Any will do.}\n",
            (
                "rule.yaml:9:15: unused-suppression the suppression of 'take-without-sort' "
                "suppresses nothing (remove it)"
            ),
        ),
        (
            "    - {check: unused-let, reason: Once.}\n    - {check: unused-let, reason: Again.}\n",
            (
                "rule.yaml:10:15: unused-suppression the suppression of 'unused-let' "
                "suppresses nothing (remove it)"
            ),
        ),
    ],
)
def test_a_suppression_that_suppresses_nothing_is_a_finding(
    suppress: str, finding: str, binder: Binder, catalogue: Catalogue
) -> None:
    assert finding in _check(suppress, binder, catalogue)


def test_a_suppression_without_a_reason_is_a_finding_and_suppresses_nothing(
    binder: Binder, catalogue: Catalogue
) -> None:
    document, _ = parse(f"{RULE}    - check: unused-let\n", PurePosixPath("rule.yaml"))
    assert document is not None

    assert [str(each) for each in validate(document, "detection")] == [
        "rule.yaml:9:7: missing-key the key 'reason' is missing"
    ]
    found = _check("    - check: unused-let\n", binder, catalogue)
    assert [each.split()[1] for each in found] == ["unused-let", "sort-without-effect"]


def test_a_query_with_errors_has_no_unused_suppressions(
    binder: Binder, catalogue: Catalogue
) -> None:
    text = RULE.replace("Mails", "Mail") + "    - {check: unused-let, reason: Read by name.}\n"
    document, _ = parse(text, PurePosixPath("rule.yaml"))
    assert document is not None
    detection, _ = load_detection(document)
    assert detection is not None

    bound = binder.bind(detection.query, catalogue)

    assert not bound.ok
    assert check_accepting(detection, bound, catalogue) == []


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("OfficeActivity | project TimeGenerated, UserId", False),
        ("EmailEvents | project TimeGenerated, Subject", True),
    ],
    ids=["no such table there", "it could be looked at"],
)
def test_what_could_not_be_looked_at_there_is_not_called_unused(
    query: str, told: bool, binder: Binder
) -> None:
    text = RULE.replace(
        "  let least = 5;\n  Mails | sort by Size | summarize count() by Sender", f"  {query}"
    )
    text += "    - {check: defender-incident, reason: Known.}\n"
    document, _ = parse(
        text.replace("vedette:", "vedette:\n  products: [sentinel, defender]"),
        PurePosixPath("rule.yaml"),
    )
    assert document is not None
    detection, problems = load_detection(document)
    assert detection is not None, problems
    project = Project(Path(), (detection,), selected=(detection,))

    said = Linter(project, catalogue_for(), binder).check(detection)

    assert ("unused-suppression" in {each.id for each in said.own}) is told
    assert ("not-in-defender" in {each.id for each in said.own}) is not told
