"""The JSON Schema of overrides: in an environment's file, and in a file that several share."""

from __future__ import annotations

from vedette.model.detection import Severity
from vedette.model.override import Match
from vedette.schema.shapes import Schema, annotate, choice, items, mapping, switch, text
from vedette.schema.values import column, day, duration

GROUP_PATTERN = r"^[a-z0-9][-a-z0-9]*$"

_ENTITY = r"^[A-Za-z]+\.[A-Za-z0-9]+$"


def groups(description: str) -> Schema:
    """Names of groups of environments."""
    name = text("A group.", pattern=GROUP_PATTERN, expects="a name such as eu or pilot")
    return items(description, name, fewest=1)


def overrides() -> Schema:
    """The list ``overrides``."""
    return items(
        "What detections have otherwise here; a narrower override counts before a wider one.",
        _override(),
    )


def build() -> Schema:
    """The schema of ``environments/overrides/*.yaml``."""
    schema = mapping(
        "What detections have otherwise in all environments, or in those of some groups.",
        {
            "description": text("What the overrides are for."),
            "groups": groups("The groups whose environments have them; without it all have."),
            "overrides": overrides(),
        },
        required=["overrides"],
    )
    return {"title": "Overrides"} | schema


def _override() -> Schema:
    value: Schema = {
        "description": "A KQL literal of the parameter's type, such as 24h, or a plain number.",
        "type": ["string", "number", "boolean"],
    }
    parameters: Schema = {
        "description": "Values of parameters that the detections declare (vedette.parameters).",
        "type": "object",
        "additionalProperties": value,
        "minProperties": 1,
    }
    entry = mapping(
        "What some detections have otherwise, by whom and why.",
        {
            "rules": items(
                "The detections, by file name without .yaml or by id; without it all of them.",
                text("A detection."),
                fewest=1,
            ),
            "enabled": switch("Whether the rules are deployed enabled."),
            "severity": choice(
                "The severity of their alerts.",
                [each.value for each in Severity],
                expects="a severity",
                finding="unknown-severity",
                any_case=True,
            ),
            "frequency": duration("How often they run: 5 minutes to 14 days."),
            "parameters": parameters,
            "exclude": items("The rows that are left out.", _exclusion(), fewest=1),
            "owner": text("Who answers for it."),
            "reason": text("Why it is right."),
        },
        required=["owner", "reason"],
    )
    settings = ["enabled", "severity", "frequency", "parameters", "exclude"]
    entry["anyOf"] = [{"required": [each]} for each in settings]
    return annotate(
        entry,
        {"anyOf": "empty-override"},
        {"anyOf": f"set one of {', '.join(settings)}"},
        {"anyOf": "the override sets nothing"},
    )


def _exclusion() -> Schema:
    schema = mapping(
        "Rows of the result, by one of their values.",
        {
            "column": column("A column of the result."),
            "entity": text(
                "What an entity mapping fills, whatever its column is called.",
                pattern=_ENTITY,
                expects="an entity type and an identifier, such as Account.UPNSuffix",
            ),
            "match": choice(
                "How values are compared, without case; inRange: of an address with a range.",
                [each.value for each in Match],
                expects="a way to compare",
            ),
            "values": items(
                "The values; a row goes if one matches.",
                text("A value."),
                fewest=1,
                findings={"minItems": "empty-exclusion"},
            ),
            "expires": day("The last day on which it counts."),
        },
        required=["values"],
    )
    schema["oneOf"] = [{"required": ["column"]}, {"required": ["entity"]}]
    return annotate(
        schema,
        {"oneOf": "aimless-exclusion"},
        {"oneOf": "name one of column and entity"},
        {"oneOf": "the exclusion names no column and no entity, or both"},
    )
