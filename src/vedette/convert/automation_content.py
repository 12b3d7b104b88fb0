"""Turns an automation rule into the values of a file, and the file back into what it deploys.

The trap: the service names analytics rules by their ids in one workspace, the file by the stems of
their files. A rule that no file has cannot be named, and a condition that is left out would make
the automation hold for every incident; so the whole rule is refused then.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from vedette.deploy.payload import without_empty
from vedette.deploy.resource import Body
from vedette.model.automation import CONDITION_PROPERTIES, ConditionOperator
from vedette.model.shape import guid, items, mapping, text

_BY_RULE = "IncidentRelatedAnalyticRuleIds"


class NoFileError(Exception):
    """The rule says something that a file cannot say; the message names it."""


def automation_values(rule_id: str, body: Body, stems: Mapping[UUID, str]) -> Mapping[str, object]:
    """The values of the file; ``stems`` are the detections' files by their rules' ids.

    Raises:
        NoFileError: a file cannot say all of it.
    """
    properties = mapping(body.get("properties"))
    logic = mapping(properties.get("triggeringLogic"))
    if logic.get("triggersOn") != "Incidents":
        raise NoFileError(
            f"it is triggered by {logic.get('triggersOn')}, a file by incidents alone"
        )
    if logic.get("expirationTimeUtc"):
        raise NoFileError(f"it ends at {logic['expirationTimeUtc']}, which no file can say")
    detections: list[str] = []
    conditions: list[dict[str, object]] = []
    for each in map(mapping, items(logic.get("conditions"))):
        asked = mapping(each.get("conditionProperties"))
        if asked.get("propertyName") == _BY_RULE:
            detections += _stems(asked, stems)
        else:
            conditions.append(_condition(each, asked))
    when = text(logic.get("triggersWhen"))
    actions = sorted(map(mapping, items(properties.get("actions"))), key=_place)
    return without_empty(
        {
            "id": rule_id,
            "name": text(properties.get("displayName")),
            "order": properties.get("order"),
            "enabled": None if logic.get("isEnabled") is not False else False,
            "triggersWhen": when if when != "Created" else None,
            "detections": detections,
            "conditions": conditions,
            "actions": [_action(each) for each in actions],
        }
    )


def _place(action: Mapping[str, object]) -> int:
    order = action.get("order")
    return order if isinstance(order, int) else 0


def _stems(asked: Mapping[str, object], stems: Mapping[UUID, str]) -> list[str]:
    if asked.get("operator") != ConditionOperator.CONTAINS.value:
        raise NoFileError(f"it asks for rules with '{asked.get('operator')}', a file by name alone")
    found = []
    for each in items(asked.get("propertyValues")):
        identity = guid(text(each).rpartition("/")[2])
        if identity is None or identity not in stems:
            raise NoFileError(f"it names a rule that has no file: {each}")
        found.append(stems[identity])
    return found


def _condition(each: Mapping[str, object], asked: Mapping[str, object]) -> dict[str, object]:
    kind, name = text(each.get("conditionType")), text(asked.get("propertyName"))
    if kind != "Property" or name not in CONDITION_PROPERTIES:
        raise NoFileError(f"no file can say its condition {kind} {name}".rstrip())
    values = list(items(asked.get("propertyValues")))
    return {"property": name, "operator": text(asked.get("operator")), "values": values}


def _action(action: Mapping[str, object]) -> dict[str, object]:
    kind, settings = text(action.get("actionType")), mapping(action.get("actionConfiguration"))
    if kind == "AddIncidentTask":
        said = {"title": settings.get("title"), "description": settings.get("description")}
        return {"addTask": without_empty(said)}
    if kind == "RunPlaybook":
        return {
            "runPlaybook": {
                "logicApp": settings.get("logicAppResourceId"),
                "tenant": settings.get("tenantId"),
            }
        }
    if kind != "ModifyProperties":
        raise NoFileError(f"no file can say its action {kind}")
    names = ("severity", "status", "classification", "classificationReason")
    changes = {name: settings.get(name) for name in (*names, "classificationComment")}
    changes["owner"] = mapping(settings.get("owner")).get("userPrincipalName")
    changes["labels"] = [mapping(each).get("labelName") for each in items(settings.get("labels"))]
    return {"modifyProperties": without_empty(changes)}
