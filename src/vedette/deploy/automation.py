"""Turns an automation rule into the body that Azure Resource Manager accepts.

The trap: the rule names analytics rules by their full resource ids, which hold subscription, group
and workspace; and a condition without any id would hold for every incident. So a rule whose
detections the environment does not get is not deployed at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from vedette.deploy.payload import without_empty
from vedette.deploy.resource import Collection, Resource, ResourceKind, key_of
from vedette.model.automation import (
    AddTask,
    AutomationAction,
    AutomationRule,
    Condition,
    ModifyProperties,
)
from vedette.model.detection import Detection

_RULES = "/providers/Microsoft.SecurityInsights/alertRules"


def automation_resources(
    rules: Iterable[AutomationRule], detections: Iterable[Detection], workspace_id: str
) -> list[Resource]:
    """The automation rules of a workspace that gets ``detections``; ``workspace_id`` is its ARM id.

    Left out is a rule for none of them, and hunting queries, which make no incidents.
    """
    ids = {each.source.path.stem: each.id for each in detections if each.is_rule}
    found = []
    for rule in rules:
        named = [ids[name] for name in rule.detections if name in ids]
        if named or not rule.detections:
            found.append(automation_resource(rule, named, workspace_id))
    return found


def automation_resource(
    rule: AutomationRule, detections: Sequence[UUID], workspace_id: str
) -> Resource:
    """One automation rule; ``detections`` are the ids of those that it names, in its order."""
    conditions = [_property(each) for each in rule.conditions]
    if detections:
        ids = [f"{workspace_id}{_RULES}/{each}" for each in detections]
        conditions.insert(0, _condition("IncidentRelatedAnalyticRuleIds", "Contains", ids))
    properties = {
        "displayName": rule.name,
        "order": rule.order,
        "triggeringLogic": {
            "isEnabled": rule.enabled,
            "triggersOn": "Incidents",
            "triggersWhen": rule.when.value,
            "conditions": conditions,
        },
        "actions": [
            {"order": place, **_action(action)} for place, action in enumerate(rule.actions, 1)
        ],
    }
    return Resource(
        kind=ResourceKind.AUTOMATION,
        id=str(rule.id),
        name=rule.name,
        label=rule.source.path.stem,
        path=rule.source.path,
        body={"properties": properties},
        needs=tuple(key_of(Collection.RULES, str(each)) for each in detections),
    )


def _property(condition: Condition) -> dict[str, object]:
    return _condition(condition.property, condition.operator.value, list(condition.values))


def _condition(name: str, operator: str, values: list[str]) -> dict[str, object]:
    return {
        "conditionType": "Property",
        "conditionProperties": {
            "propertyName": name,
            "operator": operator,
            "propertyValues": values,
        },
    }


def _action(action: AutomationAction) -> Mapping[str, object]:
    if isinstance(action, AddTask):
        settings = {"title": action.title, "description": action.description}
        return _configured("AddIncidentTask", settings)
    if isinstance(action, ModifyProperties):
        return _configured(
            "ModifyProperties",
            {
                "severity": action.severity.value if action.severity else None,
                "status": action.status.value if action.status else None,
                "classification": action.classification,
                "classificationReason": action.classification_reason,
                "classificationComment": action.classification_comment,
                "owner": {"userPrincipalName": action.owner} if action.owner else None,
                "labels": [{"labelName": label} for label in action.labels],
            },
        )
    settings = {"logicAppResourceId": action.logic_app, "tenantId": str(action.tenant)}
    return _configured("RunPlaybook", settings)


def _configured(kind: str, settings: Mapping[str, object]) -> dict[str, object]:
    return {"actionType": kind, "actionConfiguration": without_empty(settings)}
