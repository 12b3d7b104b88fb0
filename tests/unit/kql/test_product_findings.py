"""A rule that the other product would refuse, or run as another rule, without a word here."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
import yaml

from vedette.finding import Finding
from vedette.kql.binder import Binder
from vedette.kql.products.detection import DefenderQuery, defender_query, rule_findings
from vedette.model.load import load_detection
from vedette.model.product import Product
from vedette.model.yaml import parse
from vedette.schema.catalogue import Catalogue, stock_tables

SENTINEL = Catalogue(stock_tables(Product.SENTINEL))
DEFENDER = Catalogue(stock_tables(Product.DEFENDER))

RULE = """\
id: 2f4e1c1a-7a39-4d51-9d41-1f4b8c7d0a01
name: Mail
kind: Scheduled
description: A mail.
severity: Low
queryFrequency: 1h
queryPeriod: 4h
triggerOperator: gt
triggerThreshold: 0
tactics: [InitialAccess]
query: |
  EmailEvents
  | project TimeGenerated, RecipientEmailAddress, Subject, SenderIPv4, SenderFromAddress
  | sort by TimeGenerated asc
eventGroupingSettings:
  aggregationKind: AlertPerResult
entityMappings:
  - entityType: Mailbox
    fieldMappings:
      - {identifier: MailboxPrimaryAddress, columnName: RecipientEmailAddress}
alertDetailsOverride:
  alertDisplayNameFormat: '{{Subject}} at {{TimeGenerated}}'
  alertDescriptionFormat: '{{Subject}} for {{RecipientEmailAddress}}'
version: 1.0.0
"""


def _render(text: str, binder: Binder) -> tuple[DefenderQuery | None, list[Finding]]:
    document, problems = parse(text, PurePosixPath("rule.yaml"))
    assert document is not None
    detection, _ = load_detection(document)
    assert detection is not None, problems
    bound = binder.bind(detection.query, SENTINEL)
    assert bound.ok, bound.diagnostics
    query, findings = defender_query(detection, bound, binder, DEFENDER, {})
    return query, findings if query is None else [*findings, *rule_findings(detection, query)]


def _changed(old: str, new: str) -> str:
    assert RULE.count(old) == 1, old
    return RULE.replace(old, new)


def _with_query(query: str) -> str:
    start, end = RULE.index("  EmailEvents"), RULE.index("eventGrouping")
    return f"{RULE[:start]}  {query}\n{RULE[end:]}"


def test_a_rule_that_can_be_both_has_no_findings_and_gets_its_report_id(binder: Binder) -> None:
    query, findings = _render(RULE, binder)

    assert findings == []
    assert query is not None
    assert query.rendered.text == (
        "EmailEvents\n"
        "| project Timestamp, ReportId, RecipientEmailAddress, Subject, SenderIPv4, "
        "SenderFromAddress\n"
        "| sort by Timestamp asc\n"
    )
    assert query.bound.ok


TABLE = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "kql" / "defender.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("slip", TABLE["changes"], ids=lambda slip: slip["name"])
def test_what_a_custom_detection_cannot_say_is_found(slip: dict[str, str], binder: Binder) -> None:
    query, findings = _render(_changed(slip["right"], slip["wrong"]), binder)

    assert query is not None
    assert [str(each) for each in findings] == [slip["finding"]]


@pytest.mark.parametrize("row", TABLE["queries"], ids=lambda row: row["name"])
def test_a_column_that_the_service_needs_is_missed(row: dict[str, str], binder: Binder) -> None:
    _, findings = _render(_with_query(row["query"]), binder)

    required = [each for each in findings if each.id == "defender-required-column"]
    assert len(required) == 1, findings
    assert row["says"] in required[0].message


@pytest.mark.parametrize(
    "query",
    [
        (
            "EmailEvents | summarize arg_max(TimeGenerated, ReportId, Subject) "
            "by RecipientEmailAddress"
        ),
        "EmailEvents | summarize arg_max(TimeGenerated, *) by RecipientEmailAddress",
        (
            "EmailEvents | summarize (TimeGenerated, ReportId) = arg_max(TimeGenerated, ReportId), "
            "Subject = take_any(Subject) by RecipientEmailAddress"
        ),
        "EmailEvents | where Subject has 'x'",
        (
            "union EmailEvents, EmailPostDeliveryEvents "
            "| project TimeGenerated, RecipientEmailAddress, Subject"
        ),
    ],
)
def test_the_events_own_columns_are_recognised(query: str, binder: Binder) -> None:
    _, findings = _render(_with_query(query), binder)

    assert findings == []


WITH_PARAMETER = _with_query("let recent = 1h;\n  EmailEvents | where TimeGenerated > ago(recent)")


def _settings(text: str, settings: str) -> str:
    return f"{text}vedette:\n  products: [sentinel, defender]\n  defender: {settings}\n"


def test_what_a_rule_has_otherwise_in_defender_replaces_its_own(binder: Binder) -> None:
    text = WITH_PARAMETER.replace("queryPeriod: 4h", "queryPeriod: 14d").replace(
        "for {{RecipientEmailAddress}}", "for {{RecipientEmailAddress}} from {{SenderIPv4}}"
    )
    settings = (
        "{queryFrequency: 24h, parameters: {recent: 1d}, "
        "alertDescriptionFormat: 'at {{TimeGenerated}}'}"
    )

    query, findings = _render(_settings(text, settings), binder)

    assert findings == []
    assert query is not None
    assert query.rendered.text.startswith("let recent = 1d;\nEmailEvents")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("{recent: '5'}", "'5' is no timespan literal, which 'recent' is"),
        ("{recent: now()}", "'now()' is no timespan literal"),
        ("{recent: '1d; EmailEvents'}", "'1d; EmailEvents' is no timespan literal"),
        ("{recent: '1d // '}", "'1d // ' is no timespan literal"),
        ("{recnt: 1d}", "the query has no 'let recnt =' with a literal"),
        ("{mails: 1d}", "the query has no 'let mails =' with a literal"),
    ],
)
def test_a_parameter_takes_one_literal_of_its_type_and_no_other_text(
    value: str, says: str, binder: Binder
) -> None:
    text = WITH_PARAMETER.replace("let recent", "let mails = EmailEvents; let recent")
    text = text.replace("  EmailEvents |", "  mails |")

    query, findings = _render(_settings(text, f"{{parameters: {value}}}"), binder)

    assert query is None
    assert [finding.id for finding in findings] == ["defender-parameter"]
    assert findings[0].message.startswith(says)


def test_a_continuous_rule_must_not_join_let_or_comment(binder: Binder) -> None:
    text = _with_query(
        "let mails = EmailEvents; // all\n  mails | join kind=inner UrlClickEvents on "
        "NetworkMessageId | project TimeGenerated, ReportId, Subject = 'a//b', "
        "RecipientEmailAddress"
    ).replace("kind: Scheduled", "kind: NRT")
    for line in RULE.splitlines():
        if line.startswith(("query", "trigger")) and not line.startswith("query:"):
            text = text.replace(f"{line}\n", "")

    _, findings = _render(text, binder)

    assert [each.message.rpartition(" have ")[2] for each in findings] == [
        "let (what it calls is written out with let)",
        "join",
        "a comment",
        "a second table",
    ]


def test_a_column_of_the_workspace_alone_is_not_given_to_an_alert(binder: Binder) -> None:
    text = (
        _with_query("EmailEvents")
        .replace(" at {{TimeGenerated}}", "")
        .replace("{{Subject}} for", "{{TenantId}} for")
    )

    _, findings = _render(text, binder)

    assert [str(each) for each in findings] == [
        (
            "rule.yaml:21:30: not-in-defender 'TenantId', which the alert's description names, "
            "is not in Defender XDR"
        )
    ]
