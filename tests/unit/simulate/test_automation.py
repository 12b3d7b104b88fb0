"""Automation rules: which run, in which order, and what they leave of an incident."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from uuid import UUID

import pytest

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
from vedette.model.yaml import parse
from vedette.simulate.automation import automate, holds
from vedette.simulate.types import Alert, Entity, Incident

NOW = datetime(2026, 11, 2, tzinfo=UTC)
ALERT = Alert(
    UUID(int=1),
    "r1",
    "Rule",
    "A title",
    "",
    Severity.LOW,
    NOW,
    NOW,
    NOW,
    tactics=("InitialAccess",),
    entities=(Entity("Account", (("Name", "ann"), ("UPNSuffix", "contoso.com"))),),
    custom_details={"Path": ("a b",)},
)
INCIDENT = Incident(UUID(int=2), 1, "A title", "", Severity.LOW, NOW, NOW, "r1", (ALERT,))
PLAYBOOK = RunPlaybook("/subscriptions/s/workflows/notify", UUID(int=9))


def _rule(
    name: str,
    order: int,
    *actions: AutomationAction,
    conditions: tuple[Condition, ...] = (),
    detections: tuple[str, ...] = (),
    when: TriggersWhen = TriggersWhen.CREATED,
    enabled: bool = True,
) -> AutomationRule:
    document, _ = parse("a: 1", PurePosixPath("x.yaml"))
    assert document is not None
    return AutomationRule(
        UUID(int=3),
        name,
        order,
        actions,
        detections,
        conditions,
        when,
        enabled,
        source=document,
    )


def _condition(property_: str, operator: ConditionOperator, *values: str) -> Condition:
    return Condition(property_, operator, values)


def test_rules_run_by_order_and_see_what_earlier_ones_did() -> None:
    high = _condition("IncidentSeverity", ConditionOperator.EQUALS, "High")
    rules = [
        _rule("second", 2, AddTask("Call the user"), conditions=(high,)),
        _rule("first", 1, ModifyProperties(severity=Severity.HIGH, owner="soc@contoso.com")),
    ]
    made = automate(INCIDENT, rules, when=TriggersWhen.CREATED)
    assert made.ran == ("first", "second")
    assert made.incident.severity is Severity.HIGH
    assert made.incident.owner == "soc@contoso.com"
    assert made.incident.tasks == ("Call the user",)


def test_a_playbook_is_told_and_not_run() -> None:
    made = automate(INCIDENT, [_rule("p", 1, PLAYBOOK)], when=TriggersWhen.CREATED)
    assert made.playbooks == (PLAYBOOK,)
    assert made.incident == INCIDENT


def test_closing_keeps_what_is_not_changed_and_stops_no_later_rule() -> None:
    close = ModifyProperties(
        status=IncidentStatus.CLOSED,
        classification="BenignPositive",
        classification_reason="SuspiciousButExpected",
        labels=("test", "test"),
    )
    rules = [_rule("close", 1, close), _rule("task", 2, AddTask("Look"))]
    made = automate(replace(INCIDENT, labels=("old",)), rules, when=TriggersWhen.CREATED)
    assert made.incident.status == "Closed"
    assert made.incident.classification == "BenignPositive"
    assert made.incident.severity is Severity.LOW
    assert made.incident.labels == ("old", "test")
    assert made.incident.tasks == ("Look",)


@pytest.mark.parametrize(
    ("rule", "when", "detection"),
    [
        (_rule("r", 1, AddTask("t"), enabled=False), TriggersWhen.CREATED, None),
        (_rule("r", 1, AddTask("t")), TriggersWhen.UPDATED, None),
        (_rule("r", 1, AddTask("t"), when=TriggersWhen.UPDATED), TriggersWhen.CREATED, None),
        (_rule("r", 1, AddTask("t"), detections=("other",)), TriggersWhen.CREATED, "mine"),
        (_rule("r", 1, AddTask("t"), detections=("mine",)), TriggersWhen.CREATED, None),
    ],
)
def test_a_rule_that_is_not_meant_does_nothing(
    rule: AutomationRule, when: TriggersWhen, detection: str | None
) -> None:
    made = automate(INCIDENT, [rule], when=when, detection=detection)
    assert made.incident == INCIDENT
    assert made.ran == ()


def test_a_rule_of_one_detection_runs_for_its_incidents() -> None:
    rule = _rule("r", 1, AddTask("t"), detections=("mine",))
    assert automate(INCIDENT, [rule], when=TriggersWhen.CREATED, detection="mine").ran == ("r",)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (_condition("IncidentTitle", ConditionOperator.CONTAINS, "TITLE"), True),
        (_condition("IncidentTitle", ConditionOperator.STARTS_WITH, "title"), False),
        (_condition("IncidentTitle", ConditionOperator.ENDS_WITH, "x", "title"), True),
        (_condition("IncidentTactics", ConditionOperator.EQUALS, "InitialAccess"), True),
        (_condition("AccountName", ConditionOperator.EQUALS, "ann"), True),
        (_condition("AccountName", ConditionOperator.NOT_EQUALS, "ann", "bob"), False),
        (_condition("HostName", ConditionOperator.EQUALS, "ann"), False),
        (_condition("HostName", ConditionOperator.NOT_CONTAINS, "ann"), True),
        (_condition("IncidentCustomDetailsKey", ConditionOperator.EQUALS, "Path"), True),
        (_condition("IncidentCustomDetailsValue", ConditionOperator.EQUALS, "a b"), True),
        (_condition("IncidentAlertTitle", ConditionOperator.EQUALS, "A title"), True),
        (_condition("IncidentStatus", ConditionOperator.EQUALS, "Closed"), False),
        (_condition("IncidentProviderName", ConditionOperator.EQUALS, "Azure Sentinel"), True),
        (_condition("IncidentLabel", ConditionOperator.NOT_STARTS_WITH, "a"), True),
        (_condition("IncidentDescription", ConditionOperator.EQUALS, ""), True),
    ],
)
def test_conditions_compare_what_the_incident_has(condition: Condition, expected: bool) -> None:
    assert holds(condition, INCIDENT) is expected
