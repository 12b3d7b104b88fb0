"""Document → Detection: every value arrives typed, the community's habits are understood."""

from __future__ import annotations

from datetime import timedelta
from pathlib import PurePosixPath
from uuid import UUID

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from vedette.finding import Level
from vedette.model.detection import (
    AggregationKind,
    AlertDetails,
    DataConnector,
    Detection,
    DynamicProperty,
    EntityMapping,
    FieldMapping,
    Grouping,
    IncidentSettings,
    Kind,
    MatchingMethod,
    Schedule,
    Severity,
    Suppression,
    TriggerOperator,
)
from vedette.model.load import load_detection
from vedette.model.product import Product
from vedette.model.yaml import parse
from vedette.schema.validate import validate

PATH = PurePosixPath("detections/x.yaml")

FULL = """\
# yaml-language-server: $schema=../schemas/detection.schema.json
id: 6A2F4D0E-1C7B-4C39-9E46-8D5B0F3A2C05
name: A name
description: |
  'What it finds.'
severity: high
status: Available
requiredDataConnectors:
- connectorId: MicrosoftThreatProtection
  dataTypes: [EmailEvents, UrlClickEvents]
- connectorId: Other
  datatypes: [Some]
queryFrequency: PT1H
queryPeriod: 1.00:00:00
triggerOperator: lt
triggerThreshold: 3
tactics: [InitialAccess, Execution]
relevantTechniques: [T1566.002, T1204]
query: |
  T
  | where a == 1
entityMappings:
- entityType: Account
  fieldMappings:
  - {identifier: Name, columnName: AccountName}
  - {identifier: UPNSuffix, columnName: Suffix}
sentinelEntitiesMappings: [{columnName: Entities}]
customDetails: {Second: B, First: A}
alertDetailsOverride:
  alertDisplayNameFormat: Mail to {{AccountName}}
  alertSeverityColumnName: Grade
  alertDynamicProperties: [{alertProperty: AlertLink, value: Link}]
eventGroupingSettings: {aggregationKind: AlertPerResult}
incidentConfiguration:
  createIncident: true
  groupingConfiguration:
    enabled: true
    reopenClosedIncident: true
    lookbackDuration: 1d
    matchingMethod: Selected
    groupByEntities: [Account]
    groupByAlertDetails: [Severity]
    groupByCustomDetails: [First]
suppressionEnabled: true
suppressionDuration: 2h
alertRuleTemplateName: 11111111-1111-1111-1111-111111111111
templateVersion: 2.0.0
version: 1.2.3
kind: scheduled
vedette:
  enabled: false
  owner: team
  falsePositives: [One]
  response: [Look, Act]
"""


def load(text: str) -> Detection:
    document, findings = parse(text, PATH)
    assert document is not None
    detection, more = load_detection(document)
    errors = findings + validate(document, "detection") + more
    assert [each for each in errors if each.level is Level.ERROR] == []
    assert detection is not None
    return detection


def test_every_value_arrives() -> None:
    detection = load(FULL)
    assert detection == Detection(
        id=UUID("6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05"),
        kind=Kind.SCHEDULED,
        name="A name",
        description="What it finds.",
        query="T\n| where a == 1\n",
        version="1.2.3",
        severity=Severity.HIGH,
        enabled=False,
        schedule=Schedule(timedelta(hours=1), timedelta(days=1), TriggerOperator.LESS_THAN, 3),
        tactics=("InitialAccess", "Execution"),
        techniques=("T1566.002", "T1204"),
        connectors=(
            DataConnector("MicrosoftThreatProtection", ("EmailEvents", "UrlClickEvents")),
            DataConnector("Other", ("Some",)),
        ),
        entity_mappings=(
            EntityMapping(
                "Account",
                (FieldMapping("Name", "AccountName"), FieldMapping("UPNSuffix", "Suffix")),
            ),
        ),
        sentinel_entities=("Entities",),
        custom_details={"Second": "B", "First": "A"},
        alert_details=AlertDetails(
            name_format="Mail to {{AccountName}}",
            severity_column="Grade",
            dynamic_properties=(DynamicProperty("AlertLink", "Link"),),
        ),
        aggregation=AggregationKind.ALERT_PER_RESULT,
        suppression=Suppression(enabled=True, duration=timedelta(hours=2)),
        incident=IncidentSettings(
            create=True,
            grouping=Grouping(
                enabled=True,
                reopen_closed=True,
                look_back=timedelta(days=1),
                matching=MatchingMethod.SELECTED,
                by_entities=("Account",),
                by_alert_details=("Severity",),
                by_custom_details=("First",),
            ),
        ),
        template_name="11111111-1111-1111-1111-111111111111",
        template_version="2.0.0",
        owner="team",
        false_positives=("One",),
        response=("Look", "Act"),
        source=detection.source,
    )
    assert list(detection.custom_details) == ["Second", "First"]
    assert str(detection.source.locate(("entityMappings", 0, "entityType"))) == f"{PATH}:23:15"
    assert str(detection.source.locate_in(("query",), detection.query.index("where"))) == (
        f"{PATH}:21:5"
    )


HUNT = "id: 6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05\nname: n\ndescription: d\nquery: T\n"


def test_a_file_without_kind_and_schedule_is_a_hunting_query() -> None:
    detection = load(HUNT + "severity: Medium\n")
    assert detection.kind is Kind.HUNTING
    assert not detection.is_rule
    assert detection.schedule is None
    assert detection.version == "1.0.0"
    assert detection.enabled


def test_a_file_without_kind_but_with_a_schedule_is_a_scheduled_rule() -> None:
    assert load(FULL.replace("kind: scheduled\n", "")).kind is Kind.SCHEDULED


def test_a_near_real_time_rule_has_no_schedule() -> None:
    detection = load(HUNT + "kind: NRT\nseverity: Low\nversion: 1.0.0\n")
    assert detection.kind is Kind.NRT
    assert detection.is_rule
    assert detection.schedule is None


@pytest.mark.parametrize(
    ("written", "description"),
    [
        ("d", "d"),
        ("|\n  'One\n  two.'\n", "One\ntwo."),
        ("|\n  'tis fine\n", "'tis fine"),
        ('"\'"', "'"),
        ("\"' a '\"", "a"),
    ],
)
def test_quotes_inside_the_block_are_not_part_of_the_description(
    written: str, description: str
) -> None:
    text = HUNT.replace("description: d", f"description: {written}")
    assert load(text).description == description


@pytest.mark.parametrize(
    ("keys", "is_enabled"),
    [
        ("", True),
        ("enabled: false\n", False),
        ("vedette: {enabled: false}\n", False),
        ("vedette: {owner: me}\n", True),
    ],
)
def test_a_detection_is_enabled_unless_it_says_otherwise(keys: str, is_enabled: bool) -> None:
    assert load(HUNT + keys).enabled is is_enabled


@pytest.mark.parametrize(
    ("keys", "products"),
    [
        ("", (Product.SENTINEL,)),
        ("vedette: {products: [sentinel]}", (Product.SENTINEL,)),
        ("vedette: {products: [defender, sentinel]}", (Product.SENTINEL, Product.DEFENDER)),
    ],
)
def test_a_detection_is_for_sentinel_unless_it_says_more(
    keys: str, products: tuple[Product, ...]
) -> None:
    assert load(f"{HUNT}{keys}\n").products == products


def test_older_spellings_are_read() -> None:
    assert load(HUNT + "tactics: [InitialAccess]\ntechniques: [T1566]\n").techniques == ("T1566",)


@pytest.mark.parametrize(
    "line", ["id: x", "name: ' '", "query: ' '", "kind: Fusion", "kind: NRT", "queryPeriod: 1d"]
)
def test_without_what_it_is_there_is_no_detection(line: str) -> None:
    key = line.partition(":")[0]
    kept = [each for each in HUNT.splitlines() if not each.startswith(f"{key}:")]
    document, _ = parse("\n".join([*kept, line]), PATH)
    assert document is not None
    assert load_detection(document)[0] is None
    assert validate(document, "detection")


def test_a_detection_with_findings_is_still_there() -> None:
    document, _ = parse(FULL.replace("T1204", "T1003"), PATH)
    assert document is not None
    detection, findings = load_detection(document)
    assert [each.id for each in findings] == ["technique-without-tactic"]
    assert detection is not None


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1), inner),
    max_leaves=5,
)


@example(("severity",), "")
@given(st.sampled_from(sorted(load(FULL).source.values, key=str)), anything)
def test_whatever_stands_anywhere_nothing_raises(
    path: tuple[str | int, ...], value: object
) -> None:
    data = yaml.safe_load(FULL)
    if not path:
        data = value
    else:
        place = data
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    text = yaml.safe_dump(data, default_style='"')
    document, findings = parse(text, PATH)
    if document is None:
        assert findings
        return
    detection, meaning = load_detection(document)
    findings = [*validate(document, "detection"), *meaning]
    assert detection is not None or any(each.level is Level.ERROR for each in findings)
    for finding in findings:
        assert len(str(finding)) < 500
        assert "\n" not in str(finding)
