"""From a stored custom detection to the rule that the simulation runs.

The trap: an entity's identifiers are named otherwise than Sentinel's, and what Sentinel has no name
for (a device's id) is kept under Graph's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from vedette.model.defender import ENTITY_COLLECTIONS
from vedette.model.detection import (
    AggregationKind,
    AlertDetails,
    EntityMapping,
    FieldMapping,
    IncidentSettings,
    Kind,
    Schedule,
    Severity,
    TriggerOperator,
)
from vedette.simulate.custom_detection import look_back_of
from vedette.simulate.types import AnalyticsRule
from vedette.workspace.assumptions import CUSTOM_DETECTION_INCIDENTS
from vedette.workspace.iso8601 import parse_duration
from vedette.workspace.store import Resource

#: What a mapping calls entities that Sentinel's collections have no counterpart for.
_OTHER_TYPES: Mapping[str, str] = {
    "processes": "Process",
    "oAuthApplications": "CloudApplication",
    "amazonResources": "AmazonResource",
    "googleCloudResources": "GoogleCloudResource",
}
_COLUMN = "Column"


def detection_rule(resource: Resource) -> AnalyticsRule:
    """The rule to run; ``resource`` is a stored rule in the form of 2026."""
    given: Mapping[str, Any] = resource.body
    template = given["detectionAction"]["alertTemplate"]
    frequency = parse_duration(given["schedule"]["frequency"])
    tactics = template.get("tactics", ())
    return AnalyticsRule(
        id=resource.name,
        kind=Kind.SCHEDULED if frequency else Kind.NRT,
        name=given["displayName"],
        description=template.get("description", ""),
        query=given["queryCondition"]["queryText"],
        enabled=given["status"] == "enabled",
        severity=Severity(template["severity"].capitalize()),
        schedule=_schedule(given["schedule"], frequency) if frequency else None,
        tactics=tuple(one["tactic"] for one in tactics),
        techniques=tuple(
            technique["technique"] for one in tactics for technique in one.get("techniques", ())
        ),
        entity_mappings=tuple(_entities(template.get("entityMappings", {}))),
        custom_details=template.get("customDetails", {}),
        alert_details=AlertDetails(template["title"], template.get("description")),
        aggregation=AggregationKind.SINGLE_ALERT
        if template.get("eventGroupingKind") == "singleAlert"
        else AggregationKind.ALERT_PER_RESULT,
        incident=IncidentSettings(create=CUSTOM_DETECTION_INCIDENTS),
    )


def _schedule(given: Mapping[str, Any], frequency: timedelta) -> Schedule:
    """``period`` is the look-back: what the rule says itself, or what its frequency has."""
    own = given.get("lookback")
    period = parse_duration(own) if own else look_back_of(frequency)
    return Schedule(frequency, period, TriggerOperator.GREATER_THAN, 0)


def _entities(collections: Mapping[str, Any]) -> Iterator[EntityMapping]:
    for collection, items in collections.items():
        for item in items:
            by_type: dict[str, list[FieldMapping]] = {}
            for name, column in item.items():
                kind, identifier = _identifier(collection, name)
                by_type.setdefault(kind, []).append(FieldMapping(identifier, column))
            for kind, fields in by_type.items():
                yield EntityMapping(kind, tuple(fields))


def _identifier(collection: str, name: str) -> tuple[str, str]:
    """The type and identifier that Sentinel has for a property of a collection's item."""
    own = name.removesuffix(_COLUMN)
    kind = _OTHER_TYPES.get(collection, "")
    for type_name, entity in ENTITY_COLLECTIONS.items():
        if entity.name == collection:
            kind = kind or type_name
            for identifier, known in entity.properties.items():
                if known == name:
                    return type_name, identifier
    return kind, f"{own[0].upper()}{own[1:]}"
