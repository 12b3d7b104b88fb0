"""What breaks when the rule that runs is not the one that was written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from vedette.model.detection import (
    AggregationKind,
    DynamicProperty,
    EntityMapping,
    FieldMapping,
    Kind,
    MatchingMethod,
    Severity,
    TriggerOperator,
)
from vedette.workspace.rule_mapping import analytics_rule
from vedette.workspace.store import Resource
from vedette.workspace.validation import read_rule

Rule = Callable[..., dict[str, Any]]


def _stored(body: dict[str, Any]) -> Resource:
    read = read_rule(body)
    return Resource("a", "", {"kind": read.kind, "properties": read.properties})


def test_a_setting_is_lost(rule: Rule) -> None:
    grouping = {
        "enabled": True,
        "reopenClosedIncident": True,
        "lookbackDuration": "P1D",
        "matchingMethod": "Selected",
        "groupByEntities": ["Account"],
        "groupByAlertDetails": ["Severity"],
        "groupByCustomDetails": ["From"],
    }
    override = {
        "alertDisplayNameFormat": "{{Subject}}",
        "alertDescriptionFormat": "From {{SenderFromAddress}}",
        "alertTacticsColumnName": "Tactics",
        "alertSeverityColumnName": "Severity",
        "alertDynamicProperties": [{"alertProperty": "AlertLink", "value": "Link"}],
    }
    mapped = analytics_rule(
        _stored(
            rule(
                queryFrequency="PT02H00M00S",
                queryPeriod="P1D",
                triggerOperator="NotEqual",
                triggerThreshold=7,
                suppressionEnabled=True,
                severity="Low",
                customDetails={"From": "SenderFromAddress"},
                alertDetailsOverride=override,
                incidentConfiguration={"createIncident": False, "groupingConfiguration": grouping},
            )
        )
    )
    assert (mapped.id, mapped.kind, mapped.severity) == ("a", Kind.SCHEDULED, Severity.LOW)
    assert mapped.suppression == timedelta(hours=5)
    assert mapped.schedule is not None
    assert mapped.schedule.frequency == timedelta(hours=2)
    assert mapped.schedule.period == timedelta(days=1)
    assert mapped.schedule.operator is TriggerOperator.NOT_EQUAL
    assert mapped.schedule.threshold == 7
    assert mapped.aggregation is AggregationKind.ALERT_PER_RESULT
    assert mapped.custom_details == {"From": "SenderFromAddress"}
    assert mapped.entity_mappings == (
        EntityMapping("Account", (FieldMapping("FullName", "RecipientEmailAddress"),)),
    )
    details = mapped.alert_details
    assert details.name_format == "{{Subject}}"
    assert details.description_format == "From {{SenderFromAddress}}"
    assert (details.tactics_column, details.severity_column) == ("Tactics", "Severity")
    assert details.dynamic_properties == (DynamicProperty("AlertLink", "Link"),)
    incident = mapped.incident
    assert incident.create is False
    assert (incident.grouping.enabled, incident.grouping.reopen_closed) == (True, True)
    assert incident.grouping.look_back == timedelta(days=1)
    assert incident.grouping.matching is MatchingMethod.SELECTED
    assert incident.grouping.by_entities == ("Account",)
    assert incident.grouping.by_alert_details == ("Severity",)
    assert incident.grouping.by_custom_details == ("From",)


def test_a_default_is_missing(rule: Rule) -> None:
    body = rule(
        "NRT", entityMappings=None, incidentConfiguration=None, description=None, customDetails=None
    )
    mapped = analytics_rule(_stored(body))
    assert mapped.kind is Kind.NRT
    assert mapped.schedule is None
    assert mapped.suppression is None
    assert mapped.description == ""
    assert mapped.entity_mappings == ()
    assert mapped.incident.create is True


def test_a_parent_stands_beside_its_sub_technique(rule: Rule) -> None:
    body = rule(
        tactics=["InitialAccess", "Persistence"],
        techniques=["T1566", "T1078"],
        subTechniques=["T1566.002"],
    )
    assert analytics_rule(_stored(body)).techniques == ("T1078", "T1566.002")
