"""From a stored automation rule to the rule that the simulation runs.

The trap: the API names an analytics rule by its full resource id, and conditions nest: an array's
items have conditions of their own, which ask for properties of the item.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from vedette.model.automation import (
    AddTask,
    AutomationAction,
    Condition,
    ConditionOperator,
    IncidentStatus,
    ModifyProperties,
    RunPlaybook,
    TriggersWhen,
)
from vedette.model.detection import Severity
from vedette.simulate.automation import Automation
from vedette.simulate.conditions import (
    RELATED_RULES,
    Added,
    Changed,
    Combined,
    ItemsHold,
    Test,
)
from vedette.workspace.iso8601 import parse_time
from vedette.workspace.store import Resource

#: What the store calls them.
AUTOMATION = "automationRules"
_RULE_IDS = (RELATED_RULES, "AlertAnalyticRuleIds")


def automation_rule(resource: Resource) -> Automation:
    """The rule to run; ``resource`` is a stored automation rule."""
    given: Mapping[str, Any] = resource.body["properties"]
    logic = given["triggeringLogic"]
    expires = logic["expirationTimeUtc"]
    return Automation(
        id=resource.name,
        name=given["displayName"],
        order=given["order"],
        when=TriggersWhen(logic["triggersWhen"]),
        actions=tuple(
            _action(action) for action in sorted(given["actions"], key=lambda one: one["order"])
        ),
        tests=_tests(logic["conditions"]),
        enabled=logic["isEnabled"],
        expires=parse_time(expires) if expires else None,
    )


def is_for_alerts(resource: Resource) -> bool:
    """Whether the rule looks at alerts, and not at incidents."""
    return bool(resource.body["properties"]["triggeringLogic"]["triggersOn"] == "Alerts")


def owner_name(owner: Mapping[str, Any] | None) -> str | None:
    """What an incident calls its owner: the first of the names that the API has for one."""
    names = ("userPrincipalName", "email", "assignedTo", "objectId")
    return next((str(owner[name]) for name in names if owner.get(name)), None) if owner else None


def owners_of(resource: Resource) -> dict[str, Mapping[str, Any]]:
    """The owners that the rule gives an incident, as they are written, by their names."""
    found = {}
    for action in resource.body["properties"]["actions"]:
        owner = action["actionConfiguration"].get("owner")
        name = owner_name(owner)
        if owner is not None and name is not None:
            found[name] = owner
    return found


def _action(given: Mapping[str, Any]) -> AutomationAction:
    what = given["actionConfiguration"]
    match given["actionType"]:
        case "AddIncidentTask":
            return AddTask(what["title"], what["description"] or "")
        case "RunPlaybook":
            # No playbook runs here, so nobody asks in which tenant it would.
            return RunPlaybook(what["logicAppResourceId"], UUID(int=0))
        case _:
            return ModifyProperties(
                severity=Severity(what["severity"]) if what["severity"] else None,
                status=IncidentStatus(what["status"]) if what["status"] else None,
                classification=what["classification"],
                classification_reason=what["classificationReason"],
                classification_comment=what["classificationComment"],
                owner=owner_name(what["owner"]),
                labels=tuple(label["labelName"] for label in what["labels"] or ()),
            )


def _tests(conditions: Sequence[Mapping[str, Any]] | None) -> tuple[Test, ...]:
    return tuple(_test(condition) for condition in conditions or ())


def _test(condition: Mapping[str, Any]) -> Test:
    what = condition["conditionProperties"]
    match condition["conditionType"]:
        case "PropertyArray":
            every = what["arrayConditionType"] == "AllItems"
            return ItemsHold(what["arrayType"] or "", _tests(what["itemConditions"]), every)
        case "PropertyChanged":
            return Changed(what["propertyName"], what["changeType"], _condition(what))
        case "PropertyArrayChanged":
            return Added(what["arrayType"])
        case "Boolean":
            return Combined(_tests(what["innerConditions"]), what["operator"] == "And")
        case _:
            return _condition(what)


def _condition(what: Mapping[str, Any]) -> Condition:
    values = tuple(what["propertyValues"] or ())
    if what["propertyName"] in _RULE_IDS:
        values = tuple(value.rpartition("/")[2] for value in values)
    operator = ConditionOperator(what["operator"] or "Equals")
    return Condition(what["propertyName"], operator, values)
