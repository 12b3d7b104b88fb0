"""The JSON Schema of an automation rule's file.

The trap: an action is one of three. Each is a key of its own, so that an editor completes what
belongs to it, and two in one action are refused instead of one of them being lost.
"""

from __future__ import annotations

from vedette.model import limits
from vedette.model.automation import (
    ACTIONS,
    CONDITION_PROPERTIES,
    CONDITIONS,
    HIGHEST_ORDER,
    ConditionOperator,
    IncidentStatus,
    TriggersWhen,
)
from vedette.model.detection import Severity
from vedette.schema.shapes import Schema, choice, items, mapping, number, optional, switch, text

#: The classifications of a closed incident, and the reasons that go with one of them each.
CLASSIFICATIONS = ("Undetermined", "TruePositive", "BenignPositive", "FalsePositive")
REASONS = ("SuspiciousActivity", "SuspiciousButExpected", "IncorrectAlertLogic", "InaccurateData")

_GUID = "a GUID such as 1d5ea5f8-2c0b-4c43-9d9d-0f1f6a6f0d5c"
_LOGIC_APP = (
    r"^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Logic/workflows/[^/]+$"
)


def _guid(description: str) -> Schema:
    ids = {"pattern": "bad-id", "type": "bad-id"}
    return text(description, pattern=limits.GUID_PATTERN, expects=_GUID, findings=ids)


def _condition() -> Schema:
    return mapping(
        "A property of the incident and the values of which it has to have one.",
        {
            "property": choice(
                "The property of the incident.",
                CONDITION_PROPERTIES,
                expects="a property of an incident",
                finding="unknown-condition-property",
            ),
            "operator": choice(
                "How it is compared.",
                [each.value for each in ConditionOperator],
                expects="an operator of a condition",
                finding="unknown-operator",
                any_case=True,
            ),
            "values": items("The values; one is enough.", text("A value."), fewest=1),
        },
        required=["property", "operator", "values"],
    )


def _action() -> Schema:
    task = mapping(
        "A task for whoever takes the incident.",
        {
            "title": text("What is to be done, in a line."),
            "description": optional(text("How it is done, and who decides.")),
        },
        required=["title"],
    )
    modify = mapping(
        "What of the incident is changed; the rest stays as it is.",
        {
            "severity": choice("Its severity.", [each.value for each in Severity], any_case=True),
            "status": choice("Its status.", [each.value for each in IncidentStatus], any_case=True),
            "classification": choice("Why it is closed.", CLASSIFICATIONS),
            "classificationReason": choice("The reason that goes with it.", REASONS),
            "classificationComment": text("A sentence on the classification."),
            "owner": text("The user principal name of whom it is assigned to."),
            "labels": items("Tags that it gets.", text("A tag.")),
        },
    )
    playbook = mapping(
        "A playbook that is started; it has to be there, and Sentinel allowed to run it.",
        {
            "logicApp": text(
                "The ARM id of its logic app.",
                pattern=_LOGIC_APP,
                expects="the id of a logic app: /subscriptions/…/Microsoft.Logic/workflows/…",
            ),
            "tenant": _guid("The tenant that it is in, a GUID."),
        },
        required=["logicApp", "tenant"],
    )
    kinds = {"addTask": task, "modifyProperties": modify, "runPlaybook": playbook}
    schema = mapping("One thing that is done.", kinds)
    return schema | {"minProperties": 1, "maxProperties": 1}


def build() -> Schema:
    """The schema of ``detections/shared/automation/*.yaml``."""
    schema = mapping(
        "An automation rule: what is done with an incident of these detections.",
        {
            "id": _guid("The identity of the rule, a GUID that nothing else has."),
            "name": text(
                "The display name.",
                longest=limits.NAME_LENGTH,
                findings={"maxLength": "name-too-long"},
            ),
            "description": optional(text("Why it is there; kept in the file only.")),
            "order": number("Its place among the rules of the workspace.", 1, HIGHEST_ORDER),
            "enabled": optional(switch("Whether it is deployed enabled (default true).")),
            "triggersWhen": optional(
                choice(
                    "Whether it looks at incidents that come or that change (default Created).",
                    [each.value for each in TriggersWhen],
                    any_case=True,
                )
            ),
            "detections": optional(
                items(
                    "The detections whose incidents it is for, by file name; all without this key.",
                    text("The name of a detection's file without its ending."),
                )
            ),
            "conditions": optional(
                items("What has to hold as well, all of it.", _condition(), most=CONDITIONS)
            ),
            "actions": items("What is done, in this order.", _action(), fewest=1, most=ACTIONS),
        },
        required=["id", "name", "order", "actions"],
    )
    return {"title": "Automation rule"} | schema
