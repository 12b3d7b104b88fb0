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
from vedette.simulate.automation import Automated, automate, automation_of
from vedette.simulate.conditions import (
    Added,
    Changed,
    Combined,
    Happening,
    ItemsHold,
    Test,
    UpdatedBy,
    holds,
)
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


def _made(incident: Incident, rules: list[AutomationRule], mine: str = "r1") -> Automated:
    """What rules make of a new incident of the detection ``mine``, whose rule is r1."""
    known = [
        replace(automation_of(rule, {"r1": mine, "r2": "other"}), id=rule.name) for rule in rules
    ]
    return automate(Happening(incident), known, now=NOW)


def _condition(property_: str, operator: ConditionOperator, *values: str) -> Condition:
    return Condition(property_, operator, values)


def test_rules_run_by_order_and_see_what_earlier_ones_did() -> None:
    high = _condition("IncidentSeverity", ConditionOperator.EQUALS, "High")
    rules = [
        _rule("second", 2, AddTask("Call the user"), conditions=(high,)),
        _rule("first", 1, ModifyProperties(severity=Severity.HIGH, owner="soc@contoso.com")),
    ]
    made = _made(INCIDENT, rules)
    assert made.ran == ("first", "second")
    assert made.incident.severity is Severity.HIGH
    assert made.incident.owner == "soc@contoso.com"
    assert made.incident.tasks == ("Call the user",)


def test_a_playbook_is_told_and_not_run() -> None:
    made = _made(INCIDENT, [_rule("p", 1, PLAYBOOK)])
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
    made = _made(replace(INCIDENT, labels=("old",)), rules)
    assert made.incident.status == "Closed"
    assert made.incident.classification == "BenignPositive"
    assert made.incident.severity is Severity.LOW
    assert made.incident.labels == ("old", "test")
    assert made.incident.tasks == ("Look",)


@pytest.mark.parametrize(
    ("rule", "before"),
    [
        (_rule("r", 1, AddTask("t"), enabled=False), None),
        (_rule("r", 1, AddTask("t")), replace(INCIDENT, status="Active")),
        (_rule("r", 1, AddTask("t"), when=TriggersWhen.UPDATED), None),
        (_rule("r", 1, AddTask("t"), detections=("other",)), None),
        (_rule("r", 1, AddTask("t"), detections=("nothing",)), None),
    ],
)
def test_a_rule_that_is_not_meant_does_nothing(
    rule: AutomationRule, before: Incident | None
) -> None:
    known = automation_of(rule, {"r1": "mine", "r2": "other"})
    made = automate(Happening(INCIDENT, before), [known], now=NOW)
    assert made.incident == INCIDENT
    assert made.ran == ()


def test_a_rule_of_one_detection_runs_for_its_incidents() -> None:
    rule = _rule("r", 1, AddTask("t"), detections=("mine",))
    assert _made(INCIDENT, [rule], mine="mine").ran == ("r",)


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
    assert holds(condition, Happening(INCIDENT)) is expected


def _updates(name: str, order: int, *actions: AutomationAction) -> AutomationRule:
    return _rule(name, order, *actions, when=TriggersWhen.UPDATED)


def test_what_a_rule_changes_wakes_those_for_updates_after_all_for_the_creation() -> None:
    made = _made(
        INCIDENT,
        [
            _updates("told", 1, AddTask("Look again")),
            _rule("first", 2, ModifyProperties(severity=Severity.HIGH)),
            _rule("last", 3, AddTask("Look")),
        ],
    )
    assert made.ran == ("first", "last", "told")
    assert [run.when for run in made.runs][-1] is TriggersWhen.UPDATED


def test_rules_wake_each_other_for_ever() -> None:
    up = _updates("up", 1, ModifyProperties(severity=Severity.HIGH))
    down = _updates("down", 2, ModifyProperties(severity=Severity.LOW))
    known = [
        replace(automation_of(rule, {}), id=rule.name)
        for rule in (up, down, _updates("tag", 3, ModifyProperties(labels=("a",))))
    ]
    before = replace(INCIDENT, status="Active")

    made = automate(Happening(INCIDENT, before), known, now=NOW)

    assert made.ran == ("up", "down", "tag")


def test_a_rule_runs_after_its_expiry() -> None:
    rule = replace(automation_of(_rule("r", 1, AddTask("t")), {}), expires=NOW)
    assert automate(Happening(INCIDENT), [rule], now=NOW).ran == ()
    earlier = NOW.replace(year=2025)
    assert automate(Happening(INCIDENT), [rule], now=earlier).ran == ("r",)


def test_a_task_alone_is_an_update() -> None:
    made = _made(INCIDENT, [_rule("r", 1, AddTask("t")), _updates("u", 1, AddTask("x"))])
    assert made.ran == ("r",)


_HIGH = _condition("IncidentSeverity", ConditionOperator.EQUALS, "High")
_PATH = _condition("IncidentCustomDetailsKey", ConditionOperator.EQUALS, "path")
_VALUE = _condition("IncidentCustomDetailsValue", ConditionOperator.CONTAINS, "b")
_OLD = _condition("IncidentLabel", ConditionOperator.EQUALS, "old")
_OTHER = _condition("IncidentCustomDetailsValue", ConditionOperator.CONTAINS, "c")


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (Changed("IncidentSeverity", None, _HIGH), True),
        (Changed("IncidentSeverity", "ChangedTo", _HIGH), False),
        (Changed("IncidentSeverity", "ChangedFrom", _HIGH), True),
        (Changed("IncidentStatus", None, _HIGH), False),
        (Changed("IncidentOwner", None, _HIGH), True),
        (Added("Labels"), True),
        (Added("Alerts"), True),
        (Added("Tactics"), True),
        (Added("Comments"), False),
        (ItemsHold("CustomDetails", (_PATH, ItemsHold("CustomDetailValues", (_VALUE,)))), True),
        (ItemsHold("CustomDetails", (_PATH, ItemsHold("CustomDetailValues", (_OTHER,)))), False),
        (ItemsHold("IncidentLabels", (_OLD,), every=True), False),
        (Combined((_HIGH, _PATH), every=False), True),
        (Combined((_HIGH, _PATH), every=True), False),
        (_condition("IncidentUpdatedBySource", ConditionOperator.EQUALS, "Application"), True),
        (_condition("IncidentUpdatedBySource", ConditionOperator.EQUALS, "AutomationRule"), False),
    ],
)
def test_conditions_compare_what_the_change_made(test: Test, expected: bool) -> None:
    before = replace(INCIDENT, severity=Severity.HIGH, alerts=())
    after = replace(INCIDENT, labels=("new",), owner="ann@contoso.com")
    assert holds(test, Happening(after, before, UpdatedBy.APPLICATION)) is expected
