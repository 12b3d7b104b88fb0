"""The properties of Scheduled and NRT rules: names, types, and what the service fills in.

The trap: ``suppressionDuration`` is required even where suppression is off.
"""

from __future__ import annotations

from typing import Any

from vedette.workspace.members import (
    Member,
    array_of,
    boolean,
    duration,
    integer,
    object_of,
    one_of,
    text,
    text_map,
)

TACTICS = (
    "Reconnaissance",
    "ResourceDevelopment",
    "InitialAccess",
    "Execution",
    "Persistence",
    "PrivilegeEscalation",
    "DefenseEvasion",
    "CredentialAccess",
    "Discovery",
    "LateralMovement",
    "Collection",
    "Exfiltration",
    "CommandAndControl",
    "Impact",
    "PreAttack",
    "ImpairProcessControl",
    "InhibitResponseFunction",
)
SEVERITIES = ("High", "Medium", "Low", "Informational")
ALERT_PROPERTIES = (
    "AlertLink",
    "ConfidenceLevel",
    "ConfidenceScore",
    "ExtendedLinks",
    "ProductName",
    "ProviderName",
    "ProductComponentName",
    "RemediationSteps",
    "Techniques",
    "SubTechniques",
)


def _grouping() -> dict[str, Any]:
    return {
        "enabled": False,
        "reopenClosedIncident": False,
        "lookbackDuration": "PT5H",
        "matchingMethod": "AllEntities",
        "groupByEntities": [],
        "groupByAlertDetails": [],
        "groupByCustomDetails": [],
    }


GROUPING = (
    Member("enabled", boolean, required=True),
    Member("reopenClosedIncident", boolean, required=True),
    Member("lookbackDuration", duration, required=True),
    Member(
        "matchingMethod",
        one_of("MatchingMethod", ("AllEntities", "AnyAlert", "Selected")),
        required=True,
    ),
    Member("groupByEntities", array_of(text), default=list),
    Member(
        "groupByAlertDetails",
        array_of(one_of("AlertDetail", ("DisplayName", "Severity"))),
        default=list,
    ),
    Member("groupByCustomDetails", array_of(text), default=list),
)
INCIDENT = (
    Member("createIncident", boolean, required=True),
    Member("groupingConfiguration", object_of(GROUPING), default=_grouping),
)
OVERRIDE = (
    Member("alertDisplayNameFormat", text),
    Member("alertDescriptionFormat", text),
    Member("alertTacticsColumnName", text),
    Member("alertSeverityColumnName", text),
    Member(
        "alertDynamicProperties",
        array_of(
            object_of(
                (
                    Member(
                        "alertProperty", one_of("AlertProperty", ALERT_PROPERTIES), required=True
                    ),
                    Member("value", text, required=True),
                )
            )
        ),
    ),
)
ENTITY_MAPPING = (
    Member("entityType", text, required=True),
    Member(
        "fieldMappings",
        array_of(
            object_of(
                (
                    Member("identifier", text, required=True),
                    Member("columnName", text, required=True),
                )
            )
        ),
        required=True,
    ),
)
_SCHEDULE = (
    Member("queryFrequency", duration, required=True),
    Member("queryPeriod", duration, required=True),
    Member(
        "triggerOperator",
        one_of("TriggerOperator", ("GreaterThan", "LessThan", "Equal", "NotEqual")),
        required=True,
    ),
    Member("triggerThreshold", integer, required=True),
)
_COMMON = (
    Member("displayName", text, required=True),
    Member("description", text),
    Member("severity", one_of("AlertSeverity", SEVERITIES), required=True),
    Member("enabled", boolean, required=True),
    Member("tactics", array_of(one_of("AttackTactic", TACTICS)), default=list),
    Member("techniques", array_of(text), default=list),
    Member("subTechniques", array_of(text), default=list),
    Member("query", text, required=True),
    Member("suppressionDuration", duration, required=True),
    Member("suppressionEnabled", boolean, required=True),
    Member("alertRuleTemplateName", text),
    Member("templateVersion", text),
    Member(
        "eventGroupingSettings",
        object_of(
            (
                Member(
                    "aggregationKind",
                    one_of("EventGroupingAggregationKind", ("SingleAlert", "AlertPerResult")),
                    default=lambda: "SingleAlert",
                ),
            )
        ),
        default=lambda: {"aggregationKind": "SingleAlert"},
    ),
    Member("customDetails", text_map),
    Member("entityMappings", array_of(object_of(ENTITY_MAPPING))),
    Member("sentinelEntitiesMappings", array_of(object_of((Member("columnName", text, True),)))),
    Member("alertDetailsOverride", object_of(OVERRIDE)),
    Member(
        "incidentConfiguration",
        object_of(INCIDENT),
        default=lambda: {"createIncident": True, "groupingConfiguration": _grouping()},
    ),
)

#: The members of each kind that runs a query, in the order in which the service answers.
RULE_MEMBERS: dict[str, tuple[Member, ...]] = {
    "Scheduled": (*_COMMON, *_SCHEDULE),
    "NRT": _COMMON,
}

#: What only a Scheduled rule has; an NRT rule that sends it asks for what it will not get.
SCHEDULE_ONLY = tuple(member.name for member in _SCHEDULE)
