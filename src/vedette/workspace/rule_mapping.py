"""From a stored alert rule to the rule that the simulation runs.

The trap: the API splits techniques from sub-techniques and writes durations as text; the names of
an alert's details differ from those of the authoring format. This is deliberately not the reverse
of the client's code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vedette.model.detection import (
    AggregationKind,
    AlertDetails,
    DynamicProperty,
    EntityMapping,
    FieldMapping,
    Grouping,
    IncidentSettings,
    Kind,
    MatchingMethod,
    Schedule,
    Severity,
    TriggerOperator,
)
from vedette.simulate.types import AnalyticsRule
from vedette.workspace.iso8601 import parse_duration
from vedette.workspace.store import Resource


def analytics_rule(resource: Resource) -> AnalyticsRule:
    """The rule to run; ``resource`` is a stored rule of kind Scheduled or NRT."""
    given: Mapping[str, Any] = resource.body["properties"]
    kind = Kind(resource.body["kind"])
    suppression = parse_duration(given["suppressionDuration"])
    return AnalyticsRule(
        id=resource.name,
        kind=kind,
        name=given["displayName"],
        description=given["description"] or "",
        query=given["query"],
        enabled=given["enabled"],
        severity=Severity(given["severity"]),
        schedule=_schedule(given) if kind is Kind.SCHEDULED else None,
        tactics=tuple(given["tactics"]),
        techniques=_techniques(given["techniques"], given["subTechniques"]),
        entity_mappings=tuple(_entity(mapping) for mapping in given["entityMappings"] or ()),
        custom_details=given["customDetails"] or {},
        alert_details=_details(given["alertDetailsOverride"] or {}),
        aggregation=AggregationKind(given["eventGroupingSettings"]["aggregationKind"]),
        suppression=suppression if given["suppressionEnabled"] else None,
        incident=_incident(given["incidentConfiguration"]),
    )


def _techniques(techniques: Sequence[str], subs: Sequence[str]) -> tuple[str, ...]:
    """All of them, without those that are only there as the parents of others."""
    parents = {sub.partition(".")[0] for sub in subs}
    return (*(technique for technique in techniques if technique not in parents), *subs)


def _schedule(given: Mapping[str, Any]) -> Schedule:
    return Schedule(
        frequency=parse_duration(given["queryFrequency"]),
        period=parse_duration(given["queryPeriod"]),
        operator=TriggerOperator(given["triggerOperator"]),
        threshold=given["triggerThreshold"],
    )


def _entity(mapping: Mapping[str, Any]) -> EntityMapping:
    return EntityMapping(
        entity_type=mapping["entityType"],
        fields=tuple(
            FieldMapping(field["identifier"], field["columnName"])
            for field in mapping["fieldMappings"]
        ),
    )


def _details(override: Mapping[str, Any]) -> AlertDetails:
    return AlertDetails(
        name_format=override.get("alertDisplayNameFormat"),
        description_format=override.get("alertDescriptionFormat"),
        tactics_column=override.get("alertTacticsColumnName"),
        severity_column=override.get("alertSeverityColumnName"),
        dynamic_properties=tuple(
            DynamicProperty(item["alertProperty"], item["value"])
            for item in override.get("alertDynamicProperties") or ()
        ),
    )


def _incident(given: Mapping[str, Any]) -> IncidentSettings:
    grouping = given["groupingConfiguration"]
    return IncidentSettings(
        create=given["createIncident"],
        grouping=Grouping(
            enabled=grouping["enabled"],
            reopen_closed=grouping["reopenClosedIncident"],
            look_back=parse_duration(grouping["lookbackDuration"]),
            matching=MatchingMethod(grouping["matchingMethod"]),
            by_entities=tuple(grouping["groupByEntities"]),
            by_alert_details=tuple(grouping["groupByAlertDetails"]),
            by_custom_details=tuple(grouping["groupByCustomDetails"]),
        ),
    )
