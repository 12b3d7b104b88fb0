"""Custom detections among the other resources of a plan: their names, their switch, their order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import pytest
from tests.unit.deploy.conftest import MemoryWorkspace

from vedette.deploy.plan import Action, Plan
from vedette.deploy.resource import Resource, ResourceKind

Make = Callable[..., Resource]
PlanOf = Callable[..., Plan]


def custom(name: str, *, title: str = "", rule_id: str = "", **changes: object) -> Resource:
    """A custom detection as it is planned."""
    body: dict[str, Any] = {
        "id": rule_id or name,
        "displayName": name,
        "status": "enabled",
        "queryCondition": {"queryText": "EmailEvents"},
        "schedule": {"frequency": "PT1H"},
        "detectionAction": {"alertTemplate": {"title": title or name, "severity": "low"}},
        **changes,
    }
    path = PurePosixPath(f"detections/{name}.yaml")
    kind = ResourceKind.CUSTOM_DETECTION
    return Resource(kind, rule_id or name, name, name, path, {"properties": body})


def test_two_of_ours_with_one_alert_title_are_found_before_graph_refuses_one(
    plan_of: PlanOf,
) -> None:
    plan = plan_of(custom("a", title="Mail"), custom("b", title="mail"), custom("c"))
    assert [change.reason for change in plan.blocked] == [
        "'b' has the same alert title, which Defender XDR takes once",
        "'a' has the same alert title, which Defender XDR takes once",
    ]


def test_it_goes_after_the_rules_and_before_what_they_wake(
    plan_of: PlanOf, make_rule: Make
) -> None:
    kinds = [change.resource.kind for change in plan_of(custom("a"), make_rule()).changes]
    assert kinds == [ResourceKind.RULE, ResourceKind.CUSTOM_DETECTION]


@pytest.mark.parametrize(
    ("live", "action", "note"),
    [
        ("disabled", Action.ENABLE, ""),
        ("autoDisabled", Action.ENABLE, "the service had switched this rule off after failures"),
        ("enabled", Action.NO_OP, ""),
    ],
)
def test_its_switch_is_its_status(
    plan_of: PlanOf, workspace: MemoryWorkspace, live: str, action: Action, note: str
) -> None:
    workspace.own(custom("a", status=live))
    (change,) = plan_of(custom("a")).changes
    assert (change.action, change.note) == (action, note)


def test_a_name_that_goes_away_is_taken_as_long_as_it_is_there(
    plan_of: PlanOf, workspace: MemoryWorkspace
) -> None:
    workspace.own(custom("a", rule_id="old"))
    plan = plan_of(custom("a", rule_id="new"))
    (blocked,) = plan.blocked
    assert blocked.reason == "'old', which goes away and is still there, has its name"


@pytest.mark.parametrize(
    ("live", "what"),
    [
        (custom("MAIL", title="Other", rule_id="portal"), "name"),
        (custom("other", title="Mail", rule_id="portal"), "alert title"),
    ],
)
def test_t12_a_foreign_name_or_title_that_graph_would_refuse_blocks_the_plan(
    plan_of: PlanOf, workspace: MemoryWorkspace, live: Resource, what: str
) -> None:
    workspace.store(live.kind.collection, live.id, live.body)
    (blocked,) = plan_of(custom("mail")).blocked
    assert blocked.reason == f"'portal' in the workspace, not ours, has the same {what}"
