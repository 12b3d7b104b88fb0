"""What a detection makes of its rows: entities, custom details, the alert's texts, incidents.

The trap: the identifiers of an entity depend on its type. Each type has its own branch here, so
that an editor completes ``UPNSuffix`` below an Account and nothing that the type lacks.
"""

from __future__ import annotations

from vedette.model import limits
from vedette.model.detection import MatchingMethod
from vedette.model.entities import ENTITY_TYPES
from vedette.schema.shapes import (
    Schema,
    annotate,
    choice,
    items,
    mapping,
    optional,
    switch,
    text,
)
from vedette.schema.values import column, duration


def _entity_mapping() -> Schema:
    field = mapping(
        "An identifier of the entity and the column that fills it.",
        {
            "identifier": text("The identifier, such as Name or UPNSuffix."),
            "columnName": column("The column of the query's result."),
        },
        required=["identifier", "columnName"],
    )
    schema = mapping(
        "An entity of the alert.",
        {
            "entityType": choice(
                "The type of the entity.",
                ENTITY_TYPES,
                expects="an entity type",
                finding="unknown-entity-type",
            ),
            "fieldMappings": items(
                "One to three identifiers.",
                field,
                fewest=1,
                most=limits.FIELD_MAPPINGS,
                findings={"maxItems": "too-many-field-mappings", "minItems": "no-field-mappings"},
            ),
        },
        required=["entityType", "fieldMappings"],
    )
    # One branch a type: an editor completes the identifiers of the type that stands above.
    schema["allOf"] = [_identifiers_of(name) for name in ENTITY_TYPES]
    return schema


def _identifiers_of(name: str) -> Schema:
    article = "an" if name[0] in "AI" else "a"
    identifier = choice(
        f"An identifier of {article} {name}.",
        ENTITY_TYPES[name].identifiers,
        expects=f"an identifier of {article} {name}",
        finding="unknown-identifier",
    )
    del identifier["type"]  # said by the general part of the schema
    fields: Schema = {"items": {"properties": {"identifier": identifier}}}
    return {
        "if": {"properties": {"entityType": {"const": name}}, "required": ["entityType"]},
        "then": {"properties": {"fieldMappings": fields}},
    }


def entities() -> dict[str, Schema]:
    """``entityMappings`` and ``sentinelEntitiesMappings``."""
    holder = mapping(
        "A column that holds entities.",
        {"columnName": column("The column of the query's result.")},
        required=["columnName"],
    )
    return {
        "entityMappings": optional(
            items(
                "Which columns become the entities of the alert: at most ten mappings.",
                _entity_mapping(),
                most=limits.ENTITY_MAPPINGS,
                findings={"maxItems": "too-many-entity-mappings"},
            )
        ),
        "sentinelEntitiesMappings": optional(
            items("Columns that already hold entities as Sentinel writes them.", holder)
        ),
    }


def custom_details() -> Schema:
    """``customDetails``."""
    key = text(
        "",
        longest=limits.CUSTOM_DETAIL_KEY_LENGTH,
        pattern=limits.CUSTOM_DETAIL_KEY_PATTERN,
        expects="a name for a custom detail (a letter, then letters, digits and '_')",
        findings={"pattern": "bad-custom-detail-key", "maxLength": "custom-detail-key-too-long"},
    )
    schema: Schema = {
        "description": "Names of custom details and the columns that fill them: at most 20.",
        "type": "object",
        "propertyNames": key,
        "additionalProperties": column("The column that fills the custom detail."),
        "maxProperties": limits.CUSTOM_DETAILS,
    }
    return annotate(schema, {"maxProperties": "too-many-custom-details"})


def _optional_column(description: str) -> Schema:
    """A column, or the empty text that the portal's export writes for none."""
    schema = optional(column(description))
    del schema["minLength"]
    return schema


def alert_texts() -> dict[str, Schema]:
    """The alert's name and description."""
    return {
        "alertDisplayNameFormat": optional(
            text(
                "The alert's name, with at most three {{Column}}.",
                longest=limits.ALERT_NAME_LENGTH,
                findings={"maxLength": "alert-name-too-long"},
            )
        ),
        "alertDescriptionFormat": optional(
            text(
                "The alert's description, with at most three {{Column}}.",
                longest=limits.ALERT_DESCRIPTION_LENGTH,
                findings={"maxLength": "alert-description-too-long"},
            )
        ),
    }


def alert_details() -> Schema:
    """``alertDetailsOverride``."""
    dynamic = mapping(
        "A property of the alert and the column that fills it.",
        {
            "alertProperty": choice(
                "The property of the alert.",
                limits.ALERT_PROPERTIES,
                expects="an alert property",
                finding="unknown-alert-property",
            ),
            "value": column("The column that fills it."),
        },
        required=["alertProperty", "value"],
    )
    return mapping(
        "What of the alert is taken from its rows: {{Column}} stands for the column's value.",
        {
            **alert_texts(),
            "alertTacticsColumnName": _optional_column("The column that holds the tactics."),
            "alertSeverityColumnName": _optional_column("The column that holds the severity."),
            "alertDynamicProperties": optional(
                items("Further properties of the alert and their columns.", dynamic)
            ),
        },
    )


def incident() -> Schema:
    """``incidentConfiguration``."""
    names = items("", text("A name."))
    grouping = mapping(
        "How alerts of the rule are grouped into incidents.",
        {
            "enabled": switch("Whether alerts are grouped at all."),
            "reopenClosedIncident": switch("Whether an alert reopens a closed incident."),
            "lookbackDuration": duration("How far back an incident is looked for: 5m to 7d."),
            "matchingMethod": choice(
                "When an alert joins an incident.",
                [each.value for each in MatchingMethod],
                expects="a matching method",
                finding="unknown-matching-method",
            ),
            "groupByEntities": optional(
                items(
                    "With Selected: mapped entity types that have to match.",
                    choice(
                        "An entity type.",
                        ENTITY_TYPES,
                        expects="an entity type",
                        finding="unknown-entity-type",
                    ),
                )
            ),
            "groupByAlertDetails": optional(
                items(
                    "With Selected: alert details that have to match.",
                    choice(
                        "An alert detail.",
                        limits.GROUP_BY_ALERT_DETAILS,
                        expects="an alert detail to group by",
                        finding="unknown-alert-detail",
                    ),
                )
            ),
            "groupByCustomDetails": optional(
                names | {"description": "With Selected: custom details that have to match."}
            ),
        },
        required=["enabled", "reopenClosedIncident", "lookbackDuration", "matchingMethod"],
    )
    return mapping(
        "Whether alerts make incidents, and how they are grouped.",
        {
            "createIncident": switch("Whether alerts make incidents."),
            "groupingConfiguration": optional(grouping),
        },
        required=["createIncident"],
    )
