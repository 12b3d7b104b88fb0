"""A plan that misses something never deploys it; one that takes too much takes what is others'."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from vedette.deploy.ownership import Mark
from vedette.deploy.payload import resource_of_detection
from vedette.deploy.plan import Action, Plan, Target
from vedette.deploy.resource import Body, Collection, Resource
from vedette.errors import ServiceError
from vedette.model.detection import Detection, Kind, Severity

if TYPE_CHECKING:
    from tests.unit.deploy.conftest import MemoryWorkspace

Make = Callable[..., Resource]
PlanOf = Callable[..., Plan]
TAG = "contoso"
OTHER_ID = UUID("6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c06")


def put(workspace: MemoryWorkspace, *resources: Resource) -> None:
    for resource in resources:
        workspace.own(resource)


def test_what_is_not_there_is_created(plan_of: PlanOf, make_rule: Make) -> None:
    plan = plan_of(make_rule())
    assert [(change.action, change.fields, change.etag) for change in plan.changes] == [
        (Action.CREATE, (), None)
    ]


def test_what_is_there_as_written_needs_nothing(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make, make_watchlist: Make
) -> None:
    resources = (make_rule(), make_watchlist("a.example"))
    put(workspace, *resources)
    plan = plan_of(*resources)
    assert {change.action for change in plan.changes} == {Action.NO_OP}
    assert plan.pending == ()


def test_a_change_shows_its_fields_and_keeps_the_etag_that_was_read(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    put(workspace, make_rule(severity=Severity.LOW))
    (change,) = plan_of(make_rule()).changes
    assert change.action is Action.UPDATE
    assert [(field.field, field.before, field.after) for field in change.fields] == [
        ("severity", "Low", "Medium")
    ]
    assert change.etag == '"1"'


def test_a_changed_row_of_a_watchlist_is_a_change(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_watchlist: Make
) -> None:
    put(workspace, make_watchlist("a.example", "b.example"))
    (change,) = plan_of(make_watchlist("a.example", "c.example")).changes
    (field,) = change.fields
    assert field.removed == ('{"Sender": "b.example"}',)
    assert field.added == ('{"Sender": "c.example"}',)


def test_t06_what_is_not_ours_is_counted_and_never_planned(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    hub = make_rule(id=OTHER_ID, name="From the content hub")
    workspace.store(Collection.RULES, hub.id, hub.body)
    workspace.store(Collection.SEARCHES, "mine", {"properties": {"displayName": "Saved"}})
    plan = plan_of(make_rule())
    assert [change.resource.id for change in plan.pending] == [str(make_rule().id)]
    assert plan.foreign == {
        Collection.RULES: 1,
        Collection.SEARCHES: 1,
        Collection.WATCHLISTS: 0,
        Collection.AUTOMATION: 0,
        Collection.DETECTIONS: 0,
    }
    assert [change.resource.name for change in plan.having(Action.FOREIGN)] == [
        "From the content hub",
        "Saved",
    ]


def test_t12_a_rename_updates_the_rule_of_that_id(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    put(workspace, make_rule(name="Old name"))
    (change,) = plan_of(make_rule(name="New name")).changes
    assert change.action is Action.UPDATE
    assert [field.field for field in change.fields] == ["displayName"]


@pytest.mark.parametrize("name", ["CLICK on a link", "AUTO DISABLED Click on a link"])
def test_t12_somebody_elses_rule_of_the_same_name_blocks_before_anything_is_written(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make, name: str
) -> None:
    other = make_rule(id=OTHER_ID, name=name)
    workspace.store(Collection.RULES, other.id, other.body)
    plan = plan_of(make_rule())
    (change,) = plan.blocked
    assert change.resource.id == make_rule().id
    assert str(OTHER_ID) in change.reason
    assert plan.pending == ()


def test_t12_a_rename_to_somebody_elses_name_is_blocked_too(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    put(workspace, make_rule(name="Old name"))
    other = make_rule(id=OTHER_ID)
    workspace.store(Collection.RULES, other.id, other.body)
    assert [change.resource.name for change in plan_of(make_rule()).blocked] == ["Click on a link"]


def test_a_search_may_share_its_name_and_that_is_pointed_out(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    other = make_rule(id=OTHER_ID, kind=Kind.HUNTING)
    workspace.store(Collection.SEARCHES, other.id, other.body)
    (change,) = plan_of(make_rule(kind=Kind.HUNTING)).pending
    assert change.action is Action.CREATE
    assert str(OTHER_ID) in change.note


def test_ids_are_compared_without_case_as_azure_does(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    rule = make_rule()
    workspace.store(Collection.RULES, rule.id.upper(), rule.body)
    workspace.mark(Mark(TAG, rule.kind, rule.id.upper()))
    assert [change.action for change in plan_of(rule).changes] == [Action.NO_OP]


def test_a_rule_that_the_service_switched_off_is_pointed_out(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    put(workspace, make_rule(name="AUTO DISABLED Click on a link", enabled=False))
    (change,) = plan_of(make_rule()).changes
    assert change.action is Action.ENABLE
    assert "switched this rule off" in change.note
    assert {field.field for field in change.fields} == {"displayName", "enabled"}


def test_the_plan_is_in_the_order_of_deployment_whatever_the_order_of_files(
    plan_of: PlanOf,
    make_detection: Callable[..., Detection],
    make_watchlist: Make,
) -> None:
    hunt = resource_of_detection(make_detection("a-hunt", kind=Kind.HUNTING, id=OTHER_ID))
    rule = resource_of_detection(make_detection("z-rule"))
    forwards = plan_of(hunt, rule, make_watchlist())
    backwards = plan_of(make_watchlist(), rule, hunt)
    labels = [change.resource.label for change in forwards.changes]
    assert labels == ["Senders", "z-rule", "a-hunt"]
    assert forwards == backwards


def test_t25_the_workspace_is_listed_once_and_unchanged_resources_cost_no_call(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make, make_watchlist: Make
) -> None:
    put(workspace, make_rule(), make_watchlist("a.example"))
    plan_of(make_rule(), make_watchlist("a.example"))
    # The lists are read at the same time.
    assert sorted(workspace.calls[:-1]) == sorted(f"list {each}" for each in Collection)
    assert workspace.calls[-1] == "items Senders"


def test_t21_a_workspace_that_cannot_be_read_gives_no_plan(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(collection: Collection) -> Sequence[Body]:
        raise ServiceError("no answer")

    monkeypatch.setattr(workspace, "list", fail)
    with pytest.raises(ServiceError, match="no answer"):
        plan_of(make_rule())


def test_a_listed_resource_without_a_name_is_refused(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    workspace.bodies[Collection.RULES, "x"] = {"properties": {}}
    with pytest.raises(ServiceError, match="has no name"):
        plan_of(make_rule())


class TestFingerprint:
    """Two plans have one fingerprint if, and only if, they would write the same to one place."""

    def test_it_does_not_depend_on_who_signed_in(
        self, plan_of: PlanOf, target: Target, make_rule: Make
    ) -> None:
        plan = plan_of(make_rule())
        other = replace(plan, target=replace(target, account="bob", method="workload-identity"))
        assert other.fingerprint == plan.fingerprint

    def test_it_changes_with_a_body(self, plan_of: PlanOf, make_rule: Make) -> None:
        one, other = plan_of(make_rule()), plan_of(make_rule(severity=Severity.LOW))
        assert one.fingerprint != other.fingerprint

    def test_it_changes_with_the_place(
        self, plan_of: PlanOf, target: Target, make_rule: Make
    ) -> None:
        plan = plan_of(make_rule())
        other = replace(plan, target=replace(target, workspace="law-production"))
        assert other.fingerprint != plan.fingerprint

    def test_t10_it_changes_when_the_live_resource_was_written_since(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        put(workspace, make_rule(severity=Severity.LOW))
        before = plan_of(make_rule()).fingerprint
        put(workspace, make_rule(severity=Severity.LOW))
        assert plan_of(make_rule()).fingerprint != before

    def test_it_changes_when_somebody_else_has_created_the_rule(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        before = plan_of(make_rule()).fingerprint
        put(workspace, make_rule(severity=Severity.LOW))
        assert plan_of(make_rule()).fingerprint != before

    def test_it_does_not_change_with_what_is_not_written(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make, make_watchlist: Make
    ) -> None:
        put(workspace, make_watchlist("a.example"))
        before = plan_of(make_rule(), make_watchlist("a.example")).fingerprint
        put(workspace, make_watchlist("a.example"))
        assert plan_of(make_rule(), make_watchlist("a.example")).fingerprint == before
