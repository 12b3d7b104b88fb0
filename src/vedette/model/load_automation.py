"""Turns a document into an automation rule.

The trap: what an action leaves out stays as it is in the incident, so an action that says nothing
does nothing, and nobody would notice.
"""

from __future__ import annotations

from vedette.finding import Finding
from vedette.model.assumptions import named
from vedette.model.automation import (
    AddTask,
    AutomationAction,
    AutomationRule,
    Condition,
    ConditionOperator,
    IncidentStatus,
    ModifyProperties,
    RunPlaybook,
    TriggersWhen,
)
from vedette.model.detection import Severity
from vedette.model.document import Document
from vedette.model.reading import repeated, texts_at, value_at
from vedette.model.shape import count, guid, items, mapping, optional_text, text


def load_automation_rule(document: Document) -> tuple[AutomationRule | None, list[Finding]]:
    """The rule in ``document``; None if a value that it needs is missing or unusable."""
    data = mapping(document.data)
    actions, findings = _load_actions(document)
    findings += repeated(document, ("detections",))
    identity, name, order = guid(data.get("id")), text(data.get("name")), count(data.get("order"))
    when = named(text(data.get("triggersWhen")) or TriggersWhen.CREATED, TriggersWhen)
    if identity is None or not name or order is None or when is None or not actions:
        return None, findings
    rule = AutomationRule(
        id=identity,
        name=name,
        order=order,
        actions=actions,
        detections=tuple(each for _, each in texts_at(document, ("detections",))),
        conditions=_load_conditions(document),
        when=when,
        enabled=data.get("enabled") is not False,
        description=text(data.get("description")).strip(),
        source=document,
    )
    return rule, findings


def _load_conditions(document: Document) -> tuple[Condition, ...]:
    conditions = []
    for index, value in enumerate(items(value_at(document, ("conditions",)))):
        data = mapping(value)
        operator = named(text(data.get("operator")), ConditionOperator)
        values = tuple(each for _, each in texts_at(document, ("conditions", index, "values")))
        if operator is not None and values:
            conditions.append(Condition(text(data.get("property")), operator, values))
    return tuple(conditions)


def _load_actions(document: Document) -> tuple[tuple[AutomationAction, ...], list[Finding]]:
    actions: list[AutomationAction] = []
    findings: list[Finding] = []
    for index, value in enumerate(items(value_at(document, ("actions",)))):
        data = mapping(value)
        action = _action(data)
        if isinstance(action, ModifyProperties) and action == ModifyProperties():
            at = document.locate(("actions", index))
            message = "the action changes nothing of the incident"
            findings.append(Finding(at, "empty-action", message, "name what it sets, or drop it"))
        if action is not None:
            actions.append(action)
    return tuple(actions), findings


def _action(data: object) -> AutomationAction | None:
    action = mapping(data)
    if "addTask" in action:
        task = mapping(action["addTask"])
        title = text(task.get("title"))
        return AddTask(title, text(task.get("description")).strip()) if title else None
    if "runPlaybook" in action:
        playbook = mapping(action["runPlaybook"])
        logic_app, tenant = text(playbook.get("logicApp")), guid(playbook.get("tenant"))
        return RunPlaybook(logic_app, tenant) if logic_app and tenant is not None else None
    if "modifyProperties" in action:
        changes = mapping(action["modifyProperties"])
        return ModifyProperties(
            severity=named(text(changes.get("severity")), Severity),
            status=named(text(changes.get("status")), IncidentStatus),
            classification=optional_text(changes.get("classification")),
            classification_reason=optional_text(changes.get("classificationReason")),
            classification_comment=optional_text(changes.get("classificationComment")),
            owner=optional_text(changes.get("owner")),
            labels=tuple(each for each in items(changes.get("labels")) if isinstance(each, str)),
        )
    return None
