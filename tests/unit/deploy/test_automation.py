"""An automation rule that would be for other incidents than its file says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from uuid import UUID

from vedette.deploy.automation import automation_resources
from vedette.deploy.resource import Collection, ResourceKind, is_switched_on, key_of, switched
from vedette.model.automation import (
    AddTask,
    AutomationAction,
    AutomationRule,
    Condition,
    ConditionOperator,
    ModifyProperties,
    RunPlaybook,
)
from vedette.model.detection import Detection, Kind, Severity
from vedette.model.yaml import parse

Make = Callable[..., Detection]

WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w"
LOGIC_APP = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Logic/workflows/purge"
TENANT = UUID("55555555-5555-4555-8555-555555555555")


def automation(
    detections: tuple[str, ...] = (),
    conditions: tuple[Condition, ...] = (),
    actions: tuple[AutomationAction, ...] = (AddTask("Look"),),
) -> AutomationRule:
    document, _ = parse("{}", PurePosixPath("detections/shared/automation/tasks.yaml"))
    assert document is not None
    return AutomationRule(
        id=UUID("44444444-4444-4444-8444-444444444444"),
        name="Tasks",
        order=10,
        actions=actions,
        detections=detections,
        conditions=conditions,
        source=document,
    )


def test_a_rule_is_written_as_the_service_takes_it(make_detection: Make) -> None:
    detection = make_detection()
    rule = automation(
        detections=(detection.source.path.stem,),
        conditions=(Condition("IncidentSeverity", ConditionOperator.EQUALS, ("High",)),),
        actions=(
            AddTask("Look", "In the explorer."),
            ModifyProperties(severity=Severity.HIGH, owner="a@b.example", labels=("mail",)),
            RunPlaybook(LOGIC_APP, TENANT),
        ),
    )

    (resource,) = automation_resources([rule], [detection], WORKSPACE)

    assert (resource.kind, resource.id, resource.label) == (
        ResourceKind.AUTOMATION,
        str(rule.id),
        "tasks",
    )
    assert resource.needs == (key_of(Collection.RULES, str(detection.id)),)
    rules = f"{WORKSPACE}/providers/Microsoft.SecurityInsights/alertRules"
    assert resource.body == {
        "properties": {
            "displayName": "Tasks",
            "order": 10,
            "triggeringLogic": {
                "isEnabled": True,
                "triggersOn": "Incidents",
                "triggersWhen": "Created",
                "conditions": [
                    {
                        "conditionType": "Property",
                        "conditionProperties": {
                            "propertyName": "IncidentRelatedAnalyticRuleIds",
                            "operator": "Contains",
                            "propertyValues": [f"{rules}/{detection.id}"],
                        },
                    },
                    {
                        "conditionType": "Property",
                        "conditionProperties": {
                            "propertyName": "IncidentSeverity",
                            "operator": "Equals",
                            "propertyValues": ["High"],
                        },
                    },
                ],
            },
            "actions": [
                {
                    "order": 1,
                    "actionType": "AddIncidentTask",
                    "actionConfiguration": {"title": "Look", "description": "In the explorer."},
                },
                {
                    "order": 2,
                    "actionType": "ModifyProperties",
                    "actionConfiguration": {
                        "severity": "High",
                        "owner": {"userPrincipalName": "a@b.example"},
                        "labels": [{"labelName": "mail"}],
                    },
                },
                {
                    "order": 3,
                    "actionType": "RunPlaybook",
                    "actionConfiguration": {
                        "logicAppResourceId": LOGIC_APP,
                        "tenantId": str(TENANT),
                    },
                },
            ],
        }
    }


def test_a_rule_whose_detections_are_not_deployed_is_not_for_all_incidents(
    make_detection: Make,
) -> None:
    hunt = make_detection(kind=Kind.HUNTING, schedule=None)
    named = automation(detections=(hunt.source.path.stem, "left-out"))

    assert automation_resources([named], [hunt], WORKSPACE) == []
    assert len(automation_resources([automation()], [], WORKSPACE)) == 1


def test_a_rule_is_switched_where_its_switch_is() -> None:
    (resource,) = automation_resources([automation()], [], WORKSPACE)

    off = switched(resource.kind, resource.body, on=False)

    assert is_switched_on(resource.kind, resource.body)
    assert not is_switched_on(resource.kind, off)
    assert switched(resource.kind, off, on=True) == resource.body
    assert switched(ResourceKind.WATCHLIST, off, on=True) == off
    assert not is_switched_on(ResourceKind.WATCHLIST, {"properties": {"enabled": True}})
