"""Columns that a detection names and its query does not return; hints that send people astray."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
import yaml

from vedette.finding import Finding
from vedette.kql.binder import Binder
from vedette.kql.check import check_query
from vedette.kql.lint import check_function
from vedette.model.load import load_detection
from vedette.model.load_content import load_function
from vedette.model.yaml import parse
from vedette.schema.catalogue import Catalogue

SLIPS = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "kql" / "check.yaml").read_text(encoding="utf-8")
)

RULE = """\
id: 2f4e1c1a-7a39-4d51-9d41-1f4b8c7d0a01
name: Large mail
kind: Scheduled
description: A large mail.
severity: Low
queryFrequency: 1h
queryPeriod: 1h
triggerOperator: gt
triggerThreshold: 0
tactics: [InitialAccess]
query: |
  Mails
  | where Size > 5
  | project TimeGenerated, Subject, Sender, Size
entityMappings:
  - entityType: Account
    fieldMappings:
      - {identifier: FullName, columnName: Sender}
customDetails:
  Subject: Subject
alertDetailsOverride:
  alertDisplayNameFormat: 'Large: {{Subject}}'
  alertSeverityColumnName: Subject
version: 1.0.0
"""


def _check(text: str, binder: Binder, catalogue: Catalogue) -> list[Finding]:
    document, problems = parse(text, PurePosixPath("rule.yaml"))
    assert document is not None
    assert problems == []
    detection, findings = load_detection(document)
    assert detection is not None, findings
    return check_query(detection, binder.bind(detection.query, catalogue), catalogue)


def test_a_rule_whose_columns_are_all_there_has_no_findings(
    binder: Binder, catalogue: Catalogue
) -> None:
    assert _check(RULE, binder, catalogue) == []


@pytest.mark.parametrize("slip", SLIPS, ids=[slip["wrong"].strip() for slip in SLIPS])
def test_a_slip_is_one_finding_at_its_place(
    slip: dict[str, str], binder: Binder, catalogue: Catalogue
) -> None:
    assert RULE.count(slip["right"]) == 1

    text = RULE.replace(slip["right"], slip["wrong"])

    assert [str(each) for each in _check(text, binder, catalogue)] == [slip["finding"]]


def test_a_query_that_ends_in_no_table_says_so(binder: Binder, catalogue: Catalogue) -> None:
    start, end = RULE.index("  Mails"), RULE.index("entityMappings")
    text = RULE[:start] + "  let a = 1;\n" + RULE[end:]

    assert [each.id for each in _check(text, binder, catalogue)] == ["no-result"]


def test_a_function_is_checked_at_its_own_file(binder: Binder, catalogue: Catalogue) -> None:
    text = """\
id: 2f4e1c1a-7a39-4d51-9d41-1f4b8c7d0a02
alias: IsHuge
name: Is huge
description: Whether a mail is huge.
version: 1.0.0
parameters:
  - {name: size, type: long}
query: |
  // the limit of the gateway
  sise > 25000000
"""
    document, _ = parse(text, PurePosixPath("IsHuge.yaml"))
    assert document is not None
    function, problems = load_function(document)
    assert function is not None, problems

    (finding,) = check_function(function, catalogue, binder)

    assert (str(finding.location), finding.id) == ("IsHuge.yaml:10:3", "KS142")
    assert finding.hint == "did you mean 'size'?"


def test_what_a_query_needs_and_nobody_has_is_said_once(
    binder: Binder, catalogue: Catalogue
) -> None:
    text = RULE.replace("  Mails\n", "  union Gone, Mails, Gone, (Away | join Gone on Subject)\n")
    found = [each for each in _check(text, binder, catalogue) if each.id == "KS204"]

    assert [each.message.split("'")[1] for each in found] == ["Gone", "Away"]
    assert found[0].location.column == 9
