"""A case that proves something else in the other product than what it says."""

from __future__ import annotations

import textwrap
from pathlib import Path, PurePosixPath

import pytest

from vedette.evidence.outcome import CaseResult
from vedette.evidence.run import run_cases
from vedette.kql.binder import Binder
from vedette.kql.lint import catalogue_of
from vedette.model.case import CaseFile
from vedette.model.content import Watchlist
from vedette.model.detection import Detection
from vedette.model.load import load_detection
from vedette.model.load_case import load_cases
from vedette.model.product import Product
from vedette.model.yaml import parse
from vedette.project import Project

RULE = """\
id: 2f4e1c1a-7a39-4d51-9d41-1f4b8c7d0a01
name: Mail
kind: Scheduled
description: A mail.
severity: Low
queryFrequency: 1h
queryPeriod: 1d
triggerOperator: gt
triggerThreshold: 0
tactics: [InitialAccess]
query: |
  EmailEvents
  | where SenderFromDomain !in (_GetWatchlist('Senders') | project Domain)
  | project TimeGenerated, RecipientEmailAddress, Subject, Grade = 'High'
  | sort by TimeGenerated asc
eventGroupingSettings:
  aggregationKind: AlertPerResult
customDetails: {When: TimeGenerated}
alertDetailsOverride:
  alertDisplayNameFormat: '{{Subject}}'
  alertSeverityColumnName: Grade
version: 1.0.0
vedette: {products: [sentinel, defender]}
"""


def _shared() -> Watchlist:
    source, _ = parse("{}", PurePosixPath("detections/shared/watchlists/Senders.yaml"))
    assert source is not None
    rows = ({"Domain": "ours.example"},)
    return Watchlist("Senders", "Senders", "", "x", "Domain", ("Domain",), rows, "", source=source)


def _load(rule: str, cases: str) -> tuple[Detection, CaseFile]:
    document, _ = parse(rule, PurePosixPath("detections/rule.yaml"))
    assert document is not None
    detection, findings = load_detection(document)
    assert detection is not None, findings
    text = "cases:\n" + textwrap.indent(textwrap.dedent(cases), "  ")
    document, _ = parse(text, PurePosixPath("detections/rule.cases.yaml"))
    assert document is not None
    file, findings = load_cases(document, Path())
    assert file is not None, findings
    return detection, file


def _run(cases: str, rule: str = RULE) -> list[CaseResult]:
    detection, file = _load(rule, cases)
    project = Project(
        Path(),
        detections=(detection,),
        selected=(detection,),
        cases={detection.source.path: file},
        watchlists={"Senders": _shared()},
    )
    with Binder() as binder:
        return list(run_cases(project, catalogue_of(project), binder, [detection]))


def _outcomes(results: list[CaseResult]) -> list[tuple[str, str]]:
    return [(result.product.value, result.outcome.value) for result in results]


MAIL = "{TimeGenerated: -2h, Subject: Hi, RecipientEmailAddress: a@b.example"


def test_a_case_runs_in_both_products_with_one_set_of_expectations() -> None:
    results = _run(
        f"""
        - name: both
          why: One.
          now: 2026-10-06T09:00:00Z
          events:
            EmailEvents: [{MAIL}, TenantId: t}}]
          expect:
            rows: [{{TimeGenerated: -2h, Subject: Hi}}]
            alerts: [{{title: Hi, severity: High, customDetails: {{When: -2h}}}}]
        """
    )

    assert _outcomes(results) == [("sentinel", "pass"), ("defender", "pass")]


def test_a_wrong_expectation_fails_in_both() -> None:
    results = _run(
        f"""
        - name: both
          why: One.
          now: 2026-10-06T09:00:00Z
          events:
            EmailEvents: [{MAIL}}}]
          expect:
            rows: [{{TimeGenerated: -3h}}]
        """
    )

    assert _outcomes(results) == [("sentinel", "fail"), ("defender", "fail")]
    assert any("TimeGenerated" in line for line in results[1].details)


@pytest.mark.parametrize(("defender", "outcome"), [("", "fail"), ("defender: {alerts: 0}", "pass")])
def test_what_lies_behind_the_look_back_has_to_be_said(defender: str, outcome: str) -> None:
    results = _run(
        f"""
        - name: old
          why: Older than four hours.
          now: 2026-10-06T09:00:00Z
          events:
            EmailEvents: [{MAIL.replace("-2h", "-5h")}}}]
          expect:
            alerts: 1
            {defender}
        """
    )

    assert _outcomes(results) == [("sentinel", "pass"), ("defender", outcome)]


def test_a_rule_that_runs_daily_there_sees_what_its_hourly_self_would_not() -> None:
    settings = "{products: [sentinel, defender], defender: {queryFrequency: 24h}}"
    results = _run(
        f"""
        - name: old
          why: Twenty hours old, and the title is the one for Defender XDR.
          now: 2026-10-06T09:00:00Z
          events:
            EmailEvents: [{MAIL.replace("-2h", "-20h")}}}]
          expect:
            alerts: [{{title: Hi}}]
            defender: {{alerts: [{{title: Hi there}}]}}
        """,
        RULE.replace("{products: [sentinel, defender]}", settings).replace(
            "queryFrequency: 24h}",
            "queryFrequency: 24h, alertDisplayNameFormat: '{{Subject}} there'}",
        ),
    )

    assert _outcomes(results) == [("sentinel", "pass"), ("defender", "pass")], results


def test_a_case_writes_its_own_rows_of_a_watchlist_into_the_query() -> None:
    results = _run(
        f"""
        - name: listed
          why: The repository's row does not count here.
          now: 2026-10-06T09:00:00Z
          watchlists: {{Senders: [{{Domain: other.example}}]}}
          events:
            EmailEvents:
              - {MAIL}, SenderFromDomain: ours.example}}
              - {MAIL}, SenderFromDomain: other.example}}
          expect: {{alerts: 1}}
        - name: shared
          why: Here it does.
          now: 2026-10-06T09:00:00Z
          events:
            EmailEvents: [{MAIL}, SenderFromDomain: ours.example}}]
          expect: {{alerts: 0}}
        """
    )

    assert _outcomes(results) == [("sentinel", "pass")] * 2 + [("defender", "pass")] * 2


def test_events_are_stored_in_the_types_of_the_other_product() -> None:
    rule = RULE[: RULE.index("query: |")] + (
        "query: |\n  DeviceEvents\n  | where AdditionalFields.Command == 'x'\n"
        "  | project TimeGenerated, ReportId, DeviceId, AdditionalFields\n"
        "eventGroupingSettings: {aggregationKind: AlertPerResult}\nversion: 1.0.0\n"
        "vedette: {products: [sentinel, defender]}\n"
    )
    results = _run(
        """
        - name: command
          why: One.
          now: 2026-10-06T09:00:00Z
          events:
            DeviceEvents:
              - {TimeGenerated: -2h, MachineGroup: m, AdditionalFields: {Command: x, Size: 1}}
              - {TimeGenerated: -2h, AdditionalFields: null}
          expect:
            rows: [{AdditionalFields: {Command: x, Size: 1}}]
        """,
        rule,
    )

    assert _outcomes(results) == [("sentinel", "pass"), ("defender", "pass")], results


def test_a_query_that_is_not_there_is_an_error_and_not_left_out() -> None:
    results = _run(
        """
        - name: none
          why: One.
          now: 2026-10-06T09:00:00Z
          events:
            EmailEvents: [{TimeGenerated: -2h, TenantId: t}]
          expect: {rows: 1}
        """,
        RULE.replace("Grade = 'High'", "Grade = TenantId"),
    )

    assert _outcomes(results) == [("sentinel", "pass"), ("defender", "error")]
    assert [finding.id for finding in results[1].findings] == ["not-in-defender"]
    assert str(results[1].findings[0].location) == "detections/rule.yaml:14:68"


def test_what_is_only_for_sentinel_runs_there_alone() -> None:
    results = _run(
        f"""
        - name: one
          why: One.
          now: 2026-10-06T09:00:00Z
          events:
            EmailEvents: [{MAIL}}}]
          expect: {{alerts: 1}}
        """,
        RULE.replace("[sentinel, defender]", "[sentinel]"),
    )

    assert [result.product for result in results] == [Product.SENTINEL]
