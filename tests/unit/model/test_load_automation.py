"""An automation rule that does something else than its file says, or nothing."""

from __future__ import annotations

from pathlib import PurePosixPath
from uuid import UUID

import pytest

from vedette.model.automation import (
    AddTask,
    AutomationRule,
    Condition,
    ConditionOperator,
    IncidentStatus,
    ModifyProperties,
    RunPlaybook,
    TriggersWhen,
)
from vedette.model.detection import Severity
from vedette.model.load_automation import load_automation_rule
from vedette.model.yaml import parse
from vedette.schema.validate import validate

LOGIC_APP = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Logic/workflows/purge"
RULE = f"""\
id: 44444444-4444-4444-8444-444444444444
name: Mail
description: Who does what.
order: 10
enabled: false
triggersWhen: Updated
detections: [a-rule]
conditions:
  - {{property: IncidentSeverity, operator: Equals, values: [High, Medium]}}
actions:
  - addTask: {{title: Look, description: In the explorer.}}
  - modifyProperties: {{status: Active, severity: High, owner: a@b.example, labels: [mail]}}
  - runPlaybook: {{logicApp: {LOGIC_APP}, tenant: 55555555-5555-4555-8555-555555555555}}
"""


def load(text: str) -> tuple[AutomationRule | None, list[str]]:
    document, problems = parse(text, PurePosixPath("x.yaml"))
    assert document is not None, problems
    rule, findings = load_automation_rule(document)
    found = sorted({*findings, *validate(document, "automation")})
    return rule, [f"{one.location.line}:{one.location.column} {one.id}" for one in found]


def test_all_of_a_rule_is_read() -> None:
    rule, findings = load(RULE)

    assert findings == []
    assert rule is not None
    assert (rule.name, rule.order, rule.enabled, rule.when) == (
        "Mail", 10, False, TriggersWhen.UPDATED,
    )  # fmt: skip
    assert rule.detections == ("a-rule",)
    assert rule.conditions == (
        Condition("IncidentSeverity", ConditionOperator.EQUALS, ("High", "Medium")),
    )
    assert rule.actions == (
        AddTask("Look", "In the explorer."),
        ModifyProperties(
            severity=Severity.HIGH,
            status=IncidentStatus.ACTIVE,
            owner="a@b.example",
            labels=("mail",),
        ),
        RunPlaybook(LOGIC_APP, UUID("55555555-5555-4555-8555-555555555555")),
    )


def test_a_rule_is_enabled_and_looks_at_new_incidents_unless_it_says_otherwise() -> None:
    rule, findings = load(RULE.replace("enabled: false\ntriggersWhen: Updated\n", ""))

    assert findings == []
    assert rule is not None
    assert rule.enabled
    assert rule.when is TriggersWhen.CREATED


@pytest.mark.parametrize(
    ("right", "wrong", "found"),
    [
        ("order: 10", "order: 0", ["4:8 out-of-range"]),
        ("Updated", "Closed", ["6:15 unknown-value"]),
        ("[a-rule]", "[a-rule, a-rule]", ["7:22 duplicate-value"]),
        ("IncidentSeverity", "IncidentSevrity", ["9:16 unknown-condition-property"]),
        ("operator: Equals", "operator: is", ["9:44 unknown-operator"]),
        ("[High, Medium]", "[]", ["9:60 too-few"]),
        ("{title: Look, ", "{", ["11:14 missing-key"]),
        ("- addTask: {", "- runTask: {", ["11:5 unknown-key"]),
        ("  - modifyProperties:", "    modifyProperties:", ["11:5 too-many"]),
        ("tenant: 55555555-", "tenant: ", ["13:114 bad-id"]),
        ("Microsoft.Logic/", "Microsoft.Web/", ["13:29 bad-format"]),
    ],
)
def test_what_the_service_would_refuse_is_found(right: str, wrong: str, found: list[str]) -> None:
    assert RULE.count(right) == 1

    assert load(RULE.replace(right, wrong))[1] == found


def test_an_action_that_changes_nothing_is_found() -> None:
    start, end = RULE.index("{status"), RULE.index("\n  - runPlaybook")

    assert load(f"{RULE[:start]}{{}}{RULE[end:]}")[1] == ["12:5 empty-action"]
