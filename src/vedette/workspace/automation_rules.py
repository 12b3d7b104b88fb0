"""``automationRules``: what is to be done with an incident or alert when it comes or changes.

They are kept here with the service's checks; ``automation_run`` does what they say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vedette.workspace.assumptions import CLASSIFICATION_REASONS
from vedette.workspace.automation_mapping import AUTOMATION
from vedette.workspace.collection import Collection, Properties, text_property
from vedette.workspace.members import (
    Member,
    Reader,
    array_of,
    as_object,
    boolean,
    integer,
    moment,
    object_of,
    one_of,
    text,
    variant_of,
)
from vedette.workspace.refusal import bad_request
from vedette.workspace.rule_members import SEVERITIES
from vedette.workspace.workspace import Workspace

#: sentinel-service-limits.
MAX_RULES, MAX_ACTIONS, MAX_CONDITIONS = 512, 20, 50
#: How many conditions And and Or join, as the service's own refusal says.
INNER_CONDITIONS = (2, 10)
_OPERATORS = tuple(
    f"{negated}{operator}"
    for operator in ("Equals", "Contains", "StartsWith", "EndsWith")
    for negated in ("", "Not")
)
_OWNER = object_of(
    tuple(
        Member(name, text)
        for name in ("objectId", "email", "assignedTo", "userPrincipalName", "ownerType")
    )
)
_CLASSIFICATION = one_of("IncidentClassification", CLASSIFICATION_REASONS)
_REASON = one_of(
    "IncidentClassificationReason",
    [reason for reasons in CLASSIFICATION_REASONS.values() for reason in reasons],
)


def _inner(value: object, path: str) -> object:
    """Conditions inside a condition; the reader of one needs itself."""
    return array_of(_CONDITION)(value, path)


def _values(*members: Member) -> tuple[Member, ...]:
    return (Member("conditionProperties", object_of(members), required=True),)


_TEXTS = array_of(text)
_CONDITION: Reader = variant_of(
    "conditionType",
    {
        "Property": _values(
            Member("propertyName", text, required=True),
            Member("operator", one_of("Operator", _OPERATORS), required=True),
            Member("propertyValues", _TEXTS, required=True),
        ),
        "PropertyArray": _values(
            Member(
                "arrayType",
                one_of("ArrayType", ("CustomDetails", "CustomDetailValues", "IncidentLabels")),
            ),
            Member("arrayConditionType", one_of("ArrayConditionType", ("AnyItem", "AllItems"))),
            Member("itemConditions", _inner),
        ),
        "PropertyChanged": _values(
            Member(
                "propertyName",
                one_of("PropertyName", ("IncidentSeverity", "IncidentStatus", "IncidentOwner")),
                required=True,
            ),
            Member("changeType", one_of("ChangeType", ("ChangedFrom", "ChangedTo"))),
            Member("operator", one_of("Operator", _OPERATORS)),
            Member("propertyValues", _TEXTS),
        ),
        "PropertyArrayChanged": _values(
            Member(
                "arrayType",
                one_of("ArrayType", ("Alerts", "Labels", "Tactics", "Comments")),
                required=True,
            ),
            Member("changeType", one_of("ChangeType", ("Added",)), required=True),
        ),
        "Boolean": _values(
            Member("operator", one_of("Operator", ("And", "Or")), required=True),
            Member("innerConditions", _inner, required=True),
        ),
    },
)
_MODIFY = (
    Member("severity", one_of("IncidentSeverity", SEVERITIES)),
    Member("status", one_of("IncidentStatus", ("New", "Active", "Closed"))),
    Member("classification", _CLASSIFICATION),
    Member("classificationReason", _REASON),
    Member("classificationComment", text),
    Member("owner", _OWNER),
    Member("labels", array_of(object_of((Member("labelName", text, required=True),)))),
)
_PLAYBOOK = (Member("logicAppResourceId", text, required=True), Member("tenantId", text))
_TASK = (Member("title", text, required=True), Member("description", text))


def _action(*members: Member) -> tuple[Member, ...]:
    return (
        Member("order", integer, required=True),
        Member("actionConfiguration", object_of(members), required=True),
    )


_MEMBERS = (
    Member("displayName", text, required=True),
    Member("order", integer, required=True),
    Member(
        "triggeringLogic",
        object_of(
            (
                Member("isEnabled", boolean, required=True),
                Member("expirationTimeUtc", moment),
                Member("triggersOn", one_of("TriggersOn", ("Incidents", "Alerts")), required=True),
                Member("triggersWhen", one_of("TriggersWhen", ("Created", "Updated")), True),
                Member("conditions", array_of(_CONDITION), default=list),
            )
        ),
        required=True,
    ),
    Member(
        "actions",
        array_of(
            variant_of(
                "actionType",
                {
                    "ModifyProperties": _action(*_MODIFY),
                    "RunPlaybook": _action(*_PLAYBOOK),
                    "AddIncidentTask": _action(*_TASK),
                },
            )
        ),
        required=True,
    ),
)


def _complete(
    workspace: Workspace, names: tuple[str, ...], given: Properties, current: Properties | None
) -> Properties:
    problem = next(_problems(given), None)
    if problem is not None:
        raise bad_request(problem)
    return given


def _problems(rule: Mapping[str, Any]) -> Iterator[str]:
    if not 1 <= len(rule["displayName"]) <= 500:
        yield "'DisplayName' must be between 1 and 500 characters."
    if not 1 <= rule["order"] <= 1000:
        yield "'Order' must be between 1 and 1000."
    if not 1 <= len(rule["actions"]) <= MAX_ACTIONS:
        yield f"'Actions' must have between 1 and {MAX_ACTIONS} items"
    conditions = rule["triggeringLogic"]["conditions"]
    if len(conditions) > MAX_CONDITIONS:
        yield f"'Conditions' must have between 0 and {MAX_CONDITIONS} items"
    for condition in conditions:
        yield from _condition_problems(condition)
    if rule["triggeringLogic"]["triggersOn"] == "Alerts":
        if rule["triggeringLogic"]["triggersWhen"] != "Created":
            yield "Automation rules triggered on alerts can only be triggered when they are created"
        if any(action["actionType"] != "RunPlaybook" for action in rule["actions"]):
            yield "Automation rules triggered on alerts can only run playbooks"


def _condition_problems(condition: Mapping[str, Any]) -> Iterator[str]:
    inner = condition["conditionProperties"].get("innerConditions")
    if inner is None:
        return
    fewest, most = INNER_CONDITIONS
    if not fewest <= len(inner) <= most:
        yield f"'InnerConditions' must have between {fewest} and {most} items"
    for one in inner:
        yield from _condition_problems(as_object(one, "innerConditions"))


AUTOMATION_RULES = Collection(
    path="automationRules",
    kind=AUTOMATION,
    type="AutomationRules",
    noun="Automation rule",
    members=_MEMBERS,
    complete=_complete,
    most=MAX_RULES,
    sortable={
        "properties/displayName": text_property("displayName"),
        "properties/order": text_property("order"),
    },
)
