"""A file that cannot be found looks like one that was deleted on purpose: nothing goes at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from tests.unit.deploy.conftest import NOW, TAG, document

from vedette.deploy.ownership import Mark, MarkState
from vedette.deploy.payload import resource_of_function
from vedette.deploy.plan import Action, Change, Plan
from vedette.deploy.resource import NO_FILE, Collection, Resource, ResourceKind
from vedette.model.content import WorkspaceFunction
from vedette.model.environment import Limits

if TYPE_CHECKING:
    from tests.unit.deploy.conftest import MemoryWorkspace

Make = Callable[..., Resource]
PlanOf = Callable[..., Plan]

DAY = timedelta(days=1)


def rules(make_rule: Make, number: int) -> list[Resource]:
    return [make_rule(f"r-{n}", id=UUID(int=n), name=f"Rule {n}") for n in range(1, number + 1)]


def kept(make_rule: Make) -> Resource:
    """A rule that stays, since a plan of nothing is an error."""
    return make_rule("kept", id=UUID(int=99), name="Kept")


def leaving(plan: Plan) -> list[Change]:
    return [change for change in plan.changes if change.resource.path == NO_FILE]


def test_a_rule_without_a_file_is_switched_off_and_nothing_else(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    gone = make_rule()
    workspace.own(gone)
    (change,) = leaving(plan_of(kept(make_rule)))
    assert change.action is Action.DISABLE
    assert [(field.field, field.before, field.after) for field in change.fields] == [
        ("enabled", True, False)
    ]
    assert change.etag == '"1"'
    assert change.mark == Mark(TAG, ResourceKind.RULE, gone.id, MarkState.RETIRED, NOW)
    sent, live = change.resource.body["properties"], gone.body["properties"]
    assert isinstance(sent, dict)
    assert isinstance(live, dict)
    assert sent == {**live, "enabled": False}


@pytest.mark.parametrize(
    ("age", "action"),
    [(0 * DAY, Action.SKIP), (6.9 * DAY, Action.SKIP), (7 * DAY, Action.DELETE)],
)
def test_it_is_deleted_when_its_grace_period_is_over(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make, age: timedelta, action: Action
) -> None:
    gone = make_rule(enabled=False)
    workspace.own(gone, state=MarkState.RETIRED, since=NOW - age)
    (change,) = leaving(plan_of(kept(make_rule)))
    assert change.action is action
    assert change.etag == '"1"'
    if action is Action.DELETE:
        assert change.mark is not None
        assert (change.mark.state, change.mark.since) == (MarkState.DELETED, NOW)


def test_somebody_who_enables_it_in_the_portal_gets_it_switched_off_again(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    workspace.own(make_rule(enabled=True), state=MarkState.RETIRED, since=NOW - DAY)
    (change,) = leaving(plan_of(kept(make_rule)))
    assert (change.action, change.mark) == (Action.DISABLE, None)
    assert [field.field for field in change.fields] == ["enabled"]


def test_a_file_that_is_back_brings_its_rule_back(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    rule = make_rule()
    workspace.own(make_rule(enabled=False), state=MarkState.RETIRED, since=NOW - DAY)
    (change,) = plan_of(rule).changes
    assert (change.action, change.reason) == (Action.ENABLE, "its file is back")
    assert change.mark == Mark(TAG, ResourceKind.RULE, rule.id)
    assert change.mark_etag is not None


class TestTombstones:
    """What we have deleted stays deleted, and its id rests."""

    @pytest.mark.parametrize(
        ("hours", "action"), [(1, Action.SKIP), (23.9, Action.SKIP), (24, Action.CREATE)]
    )
    def test_a_file_that_is_back_waits_until_the_id_can_be_used(
        self,
        plan_of: PlanOf,
        workspace: MemoryWorkspace,
        make_rule: Make,
        hours: float,
        action: Action,
    ) -> None:
        rule = make_rule()
        since = NOW - timedelta(hours=hours)
        workspace.mark(Mark(TAG, rule.kind, rule.id, MarkState.DELETED, since))
        (change,) = plan_of(rule).changes
        assert change.action is action
        if action is Action.SKIP:
            assert "its id rests until" in change.reason
        else:
            assert change.mark == Mark(TAG, rule.kind, rule.id)
            assert change.mark_etag == '"1"'

    def test_a_tombstone_alone_plans_nothing(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        rule = make_rule()
        workspace.mark(Mark(TAG, rule.kind, rule.id, MarkState.DELETED, NOW - DAY))
        assert leaving(plan_of(kept(make_rule))) == []

    def test_what_somebody_makes_again_is_theirs(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        rule = make_rule()
        workspace.own(rule, state=MarkState.DELETED, since=NOW - DAY)
        (change,) = leaving(plan_of(kept(make_rule)))
        assert change.action is Action.FOREIGN
        assert change.reason == "made again by somebody after we deleted it"

    def test_a_mark_whose_rule_is_gone_becomes_one(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        rule = make_rule()
        workspace.mark(Mark(TAG, rule.kind, rule.id, MarkState.RETIRED, NOW - DAY))
        (change,) = leaving(plan_of(kept(make_rule)))
        assert change.action is Action.DELETE
        assert change.mark is not None
        assert change.mark.state is MarkState.DELETED


class TestLimit:
    """A moved folder must not take a whole set of rules out of service."""

    def test_as_many_as_the_limit_may_go(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        for rule in rules(make_rule, 5):
            workspace.own(rule)
        plan = plan_of(kept(make_rule))
        assert [change.action for change in leaving(plan)] == [Action.DISABLE] * 5

    def test_one_more_and_none_of_them_goes(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        for rule in rules(make_rule, 6):
            workspace.own(rule)
        plan = plan_of(kept(make_rule))
        assert len(plan.blocked) == 6
        assert "6 resources would be taken out of service" in plan.blocked[0].reason

    def test_retired_ones_that_wait_do_not_count(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        for rule in rules(make_rule, 6):
            off = replace(rule, body=make_rule(enabled=False).body)
            workspace.own(off, state=MarkState.RETIRED, since=NOW - DAY)
        assert plan_of(kept(make_rule)).blocked == ()

    def test_a_limit_of_none_lets_none_go(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        workspace.own(make_rule())
        plan = plan_of(kept(make_rule), limits=Limits(removals=0))
        assert len(plan.blocked) == 1


def test_t15_without_an_ownership_tag_nothing_is_removed_and_it_is_said(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    workspace.own(make_rule())
    workspace.own(
        make_rule("old", id=UUID(int=7), name="Old"), state=MarkState.RETIRED, since=NOW - 90 * DAY
    )
    changes = leaving(plan_of(kept(make_rule), removes=False))
    assert [change.action for change in changes] == [Action.SKIP, Action.SKIP]
    assert "names no ownership tag" in changes[0].reason


def test_t15_a_mark_that_cannot_be_read_removes_nothing(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    rule = make_rule()
    workspace.own(rule)
    (name,) = [name for place, name in workspace.bodies if place is Collection.METADATA]
    workspace.bodies[Collection.METADATA, name]["properties"]["customVersion"] = "retired"
    (change,) = leaving(plan_of(kept(make_rule)))
    assert change.action is Action.FOREIGN
    (change,) = plan_of(rule).blocked
    assert "without a mark" in change.reason


def test_t23_what_has_no_switch_says_so_and_only_its_mark_changes(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    function = WorkspaceFunction(
        id=UUID(int=5), alias="IsIt", name="Is it", description="", version="1.0.0",
        query="print 1", source=document("detections/shared/functions/IsIt.yaml"),
    )  # fmt: skip
    workspace.own(resource_of_function(function))
    (change,) = leaving(plan_of(kept(make_rule)))
    assert change.action is Action.DISABLE
    assert change.fields == ()
    assert not change.writes_resource
    assert "a function cannot be switched off" in change.reason


def test_rules_go_before_the_functions_and_watchlists_that_they_read(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make, make_watchlist: Make
) -> None:
    workspace.own(make_watchlist("a.example"), state=MarkState.RETIRED, since=NOW - 30 * DAY)
    workspace.own(make_rule(enabled=False), state=MarkState.RETIRED, since=NOW - 30 * DAY)
    changes = leaving(plan_of(kept(make_rule)))
    assert [change.resource.kind for change in changes] == [
        ResourceKind.RULE,
        ResourceKind.WATCHLIST,
    ]
    assert {change.action for change in changes} == {Action.DELETE}
