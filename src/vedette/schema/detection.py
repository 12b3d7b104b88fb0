"""The JSON Schema of a detection file: structure, names, counts and lengths.

The trap: what is said here is not said again by the loader. A schema cannot compare two values
(a period with a frequency) or look into a query; everything else belongs here, where editors see
it too.
"""

from __future__ import annotations

from vedette.model import limits
from vedette.model.attack import TECHNIQUE_PATTERN
from vedette.model.detection import AggregationKind, Kind, Severity
from vedette.model.lifecycle import Stage
from vedette.model.product import Product
from vedette.schema.alert import (
    alert_details,
    alert_texts,
    custom_details,
    entities,
    incident,
)
from vedette.schema.kinds import branches
from vedette.schema.shapes import (
    Schema,
    annotate,
    choice,
    items,
    mapping,
    number,
    optional,
    switch,
    text,
)
from vedette.schema.values import day, duration


def _about() -> dict[str, Schema]:
    """What the detection is: identity, texts and classification."""
    severities = [each.value for each in Severity]
    return {
        "id": text(
            "The identity of the detection, a GUID that no other detection has. It never changes; "
            "the name may.",
            pattern=limits.GUID_PATTERN,
            expects="a GUID such as 1d5ea5f8-2c0b-4c43-9d9d-0f1f6a6f0d5c",
            findings={"pattern": "bad-id", "type": "bad-id"},
        ),
        "name": text(
            "The display name, unique in the workspace.",
            longest=limits.NAME_LENGTH,
            findings={"maxLength": "name-too-long"},
        ),
        "description": text(
            "What the detection finds and why it matters.",
            longest=limits.DESCRIPTION_LENGTH,
            findings={"maxLength": "description-too-long"},
        ),
        "description-detailed": optional(text("A longer description, kept in the file only.")),
        "kind": choice(
            "Scheduled runs on a schedule, NRT every minute, Hunting when somebody runs it.",
            [each.value for each in Kind],
            expects="a kind of detection",
            finding="unknown-kind",
            any_case=True,
        ),
        "severity": choice(
            "The severity of the alerts.",
            severities,
            expects="a severity",
            finding="unknown-severity",
            any_case=True,
        ),
        "status": optional(text("The state of the content, such as Available.")),
        "version": text(
            "The version of this file: three numbers, in quotes where YAML would see a number.",
            longest=limits.VERSION_LENGTH,
            pattern=limits.VERSION_PATTERN,
            expects="a version of three numbers such as 1.0.0",
            findings={"pattern": "bad-version", "maxLength": "version-too-long"},
        ),
        "enabled": optional(switch("Whether the rule is deployed enabled (default true).")),
        "tags": optional(items("Free labels.", {})),
        "metadata": optional(
            mapping("Author, source, support and categories.", {}, open_keys=True)
        ),
        "alertRuleTemplateName": optional(text("The id of the template that the rule comes from.")),
        "templateVersion": optional(
            text(
                "The version of that template; only together with alertRuleTemplateName.",
                pattern=limits.VERSION_PATTERN,
                expects="a version of three numbers such as 1.0.0",
                findings={"pattern": "bad-template-version"},
            )
        ),
    }


def _attack() -> dict[str, Schema]:
    technique = text(
        "A technique or sub-technique of ATT&CK.",
        pattern=TECHNIQUE_PATTERN,
        expects="a technique such as T1566 or T1566.002",
        findings={"pattern": "bad-technique", "type": "bad-technique"},
    )
    return {
        "tactics": optional(
            items("The tactics of ATT&CK that the detection covers.", text("A tactic."))
        ),
        "relevantTechniques": optional(
            items(
                "The techniques of ATT&CK; each needs one of its tactics in 'tactics'.", technique
            )
        ),
        "techniques": optional(items("Older spelling of relevantTechniques.", technique)),
    }


def _connectors() -> Schema:
    data_types = items("The tables or data types.", text("A table or data type."))
    connector = mapping(
        "A connector and what the detection reads of it.",
        {
            "connectorId": text("The connector's id, such as MicrosoftThreatProtection."),
            "dataTypes": optional(data_types),
            "datatypes": optional(data_types | {"description": "Tolerated for dataTypes."}),
        },
        required=["connectorId"],
    )
    return items("The data connectors that bring the tables of the query.", connector)


def _running() -> dict[str, Schema]:
    """The query, its schedule and its threshold."""
    query = text(
        "The KQL query; a rule's has at most 10,000 characters.",
        findings={"minLength": "empty-query"},
    )
    operators = [*limits.SHORT_OPERATORS, *limits.SHORT_OPERATORS.values()]
    return {
        "query": query,
        "queryFrequency": duration("How often the rule runs: 5 minutes to 14 days."),
        "queryPeriod": duration(
            "How far each run looks back: 5 minutes to 14 days, at least queryFrequency."
        ),
        "triggerOperator": choice(
            "How the number of rows is compared with triggerThreshold.",
            operators,
            expects="a trigger operator",
            finding="unknown-operator",
            any_case=True,
        ),
        "triggerThreshold": number(
            "The number of rows that triggerOperator compares with.",
            0,
            limits.THRESHOLD,
            findings={"minimum": "threshold-out-of-range", "maximum": "threshold-out-of-range"},
        ),
        "suppressionEnabled": optional(switch("Whether the rule pauses after an alert.")),
        "suppressionDuration": optional(
            duration("How long it pauses: 5 minutes to 24 hours (default 5h).")
        ),
        "eventGroupingSettings": optional(
            mapping(
                "Whether the rows of a run make one alert or one each.",
                {
                    "aggregationKind": choice(
                        "SingleAlert: all rows in one alert; AlertPerResult: an alert for each.",
                        [each.value for each in AggregationKind],
                        expects="an aggregation kind",
                        finding="unknown-aggregation",
                    )
                },
                required=["aggregationKind"],
            )
        ),
    }


def _products() -> Schema:
    product = choice(
        "A product.",
        [each.value for each in Product],
        expects="a product",
        finding="unknown-product",
    )
    schema = items(
        "The products that the detection is for (default: sentinel alone). The query is written "
        "for Sentinel; for defender it is rendered, and its cases run there too.",
        product,
        findings={"contains": "not-for-sentinel"},
        contains={"const": Product.SENTINEL.value},
    )
    message = "a detection is written for Sentinel, which is not among its products"
    return annotate(schema, hints={"contains": "add sentinel"}, messages={"contains": message})


def _defender() -> Schema:
    parameters: Schema = {
        "description": "Another value for let statements of the query: its name, a KQL literal.",
        "type": "object",
        "additionalProperties": text("A KQL literal of the same type, such as 24h."),
    }
    return mapping(
        "What the rule has otherwise in Defender XDR.",
        {
            "queryFrequency": optional(
                duration("How often it runs there: 1h, 3h, 12h or 24h, each with its look-back.")
            ),
            "parameters": optional(parameters),
            **alert_texts(),
        },
    )


def _lifecycle() -> dict[str, Schema]:
    stage = choice(
        "How far it has come (default production); an environment chooses by it.",
        [each.value for each in Stage],
        expects="a stage of a detection's life",
        finding="unknown-stage",
    )
    name = text("The name of a let statement.", pattern=limits.COLUMN_PATTERN)
    return {
        "lifecycle": optional(stage),
        "lastValidated": optional(day("When somebody last saw that it finds what it is for.")),
        "reviewBy": optional(day("When somebody has to look at it again.")),
        "parameters": optional(
            items("The let statements of the query that an environment may set.", name)
        ),
    }


def _ours() -> Schema:
    lines = items("", text("A sentence."))
    accepted = mapping(
        "A check that does not count here.",
        {
            "check": text("The id of the check, such as unused-let."),
            "reason": text("Why the finding is right and the file stays as it is."),
        },
        required=["check", "reason"],
    )
    return mapping(
        "What Vedette adds to the community's format.",
        {
            "enabled": optional(switch("Whether the rule is deployed enabled (default true).")),
            "products": optional(_products()),
            "defender": optional(_defender()),
            "owner": optional(text("Who answers for the detection.")),
            **_lifecycle(),
            "falsePositives": optional(lines | {"description": "Known benign causes, one each."}),
            "response": optional(lines | {"description": "What an analyst does, step by step."}),
            "suppress": optional(items("The checks whose findings are accepted here.", accepted)),
        },
    )


def build() -> Schema:
    """The schema of ``detections/**/*.yaml``."""
    properties = {
        **_about(),
        **_attack(),
        "requiredDataConnectors": optional(_connectors()),
        **_running(),
        **entities(),
        "customDetails": optional(custom_details()),
        "alertDetailsOverride": optional(alert_details()),
        "incidentConfiguration": optional(incident()),
        "vedette": optional(_ours()),
    }
    schema = mapping(
        "A detection for Microsoft Sentinel: an analytics rule or a hunting query.",
        properties,
        required=["id", "name", "description", "query"],
    )
    return {"title": "Detection"} | schema | {"allOf": branches()}
