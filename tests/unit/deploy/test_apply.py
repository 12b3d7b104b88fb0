"""Green over writes that did not happen, and red that hides writes that did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from vedette.deploy.apply import Applied, Outcome, Status, apply_plan
from vedette.deploy.payload import resource_of_detection
from vedette.deploy.plan import Plan
from vedette.deploy.resource import Collection, Resource
from vedette.errors import ServiceError
from vedette.model.detection import Detection, Kind, Severity

if TYPE_CHECKING:
    from tests.unit.deploy.conftest import MemoryWorkspace

Make = Callable[..., Resource]
PlanOf = Callable[..., Plan]


@pytest.fixture(name="rules")
def _rules(make_rule: Make) -> list[Resource]:
    """Five rules, in the order of deployment."""
    return [
        make_rule(f"rule-{number}", id=UUID(int=number), name=f"Rule {number}")
        for number in range(1, 6)
    ]


def put(workspace: MemoryWorkspace, resource: Resource) -> None:
    workspace.own(resource)


def statuses(applied: Applied) -> list[str]:
    return [outcome.status.value for outcome in applied.outcomes]


def refusal(message: str = "One of the tables does not exist.", status: int = 400) -> ServiceError:
    return ServiceError(message, status=status, code="BadRequest")


def test_everything_planned_is_written_and_a_second_plan_is_empty(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make, make_watchlist: Make
) -> None:
    resources = (make_rule(), make_watchlist("a.example"))
    applied = apply_plan(plan_of(*resources), workspace)
    assert applied.ok
    assert statuses(applied) == ["written", "written"]
    assert plan_of(*resources).pending == ()


def test_functions_and_watchlists_go_before_the_rules_that_need_them(
    plan_of: PlanOf,
    workspace: MemoryWorkspace,
    make_detection: Callable[..., Detection],
    make_watchlist: Make,
) -> None:
    hunt = resource_of_detection(make_detection("a", kind=Kind.HUNTING, id=UUID(int=9)))
    rule = resource_of_detection(make_detection("b"))
    apply_plan(plan_of(hunt, rule, make_watchlist("a.example")), workspace)
    written = [call for call in workspace.calls if call.startswith("put")]
    assert written == ["put Senders", f"put {rule.id}", f"put {hunt.id}"]


def test_what_is_unchanged_is_not_written(
    plan_of: PlanOf, workspace: MemoryWorkspace, rules: list[Resource]
) -> None:
    put(workspace, rules[0])
    apply_plan(plan_of(*rules[:2]), workspace)
    written = [call for call in workspace.calls if call.startswith("put")]
    assert written == [f"put {rules[1].id}"]


def test_a_refused_rule_does_not_stop_the_others(
    plan_of: PlanOf, workspace: MemoryWorkspace, rules: list[Resource]
) -> None:
    workspace.refusals[rules[1].id] = [refusal()]
    applied = apply_plan(plan_of(*rules[:3]), workspace)
    assert statuses(applied) == ["written", "refused", "written"]
    assert applied.outcomes[1].message == "One of the tables does not exist."
    assert not applied.ok
    assert applied.stopped is None


@pytest.mark.parametrize(
    ("status", "ending"),
    [(401, "refused"), (403, "refused"), (429, "refused"), (None, "failed")],
)
def test_t8_what_concerns_all_ends_the_run_at_once(
    plan_of: PlanOf,
    workspace: MemoryWorkspace,
    rules: list[Resource],
    status: int | None,
    ending: str,
) -> None:
    error = ServiceError("no", status=status)
    workspace.refusals[rules[1].id] = [error]
    applied = apply_plan(plan_of(*rules[:3]), workspace)
    assert statuses(applied) == ["written", ending, "not tried"]
    assert applied.stopped is error
    assert not applied.ok
    assert not any(rules[2].id in call for call in workspace.calls)


def test_t8_none_written_of_all_planned_is_no_success(
    plan_of: PlanOf, workspace: MemoryWorkspace, rules: list[Resource]
) -> None:
    for rule in rules:
        workspace.refusals[rule.id] = [refusal()]
    applied = apply_plan(plan_of(*rules), workspace)
    assert statuses(applied) == ["refused"] * 5
    assert not applied.ok


def test_a_watchlist_that_is_not_ready_in_time_does_not_stop_the_rules(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make, make_watchlist: Make
) -> None:
    error = ServiceError("not ready after 600 seconds", code="NotProvisioned")
    workspace.refusals["Senders"] = [error]
    applied = apply_plan(plan_of(make_rule(), make_watchlist("a.example")), workspace)
    assert statuses(applied) == ["failed", "written"]


def test_t24_a_service_that_keeps_failing_is_left_alone(
    plan_of: PlanOf, workspace: MemoryWorkspace, rules: list[Resource]
) -> None:
    for rule in rules:
        workspace.refusals[rule.id] = [ServiceError("broken", status=500)]
    applied = apply_plan(plan_of(*rules), workspace)
    assert statuses(applied) == ["failed"] * 3 + ["not tried"] * 2
    assert applied.stopped is not None


def test_t24_failures_that_do_not_follow_each_other_stop_nothing(
    plan_of: PlanOf, workspace: MemoryWorkspace, rules: list[Resource]
) -> None:
    for rule in (rules[0], rules[1], rules[3], rules[4]):
        workspace.refusals[rule.id] = [ServiceError("broken", status=500)]
    applied = apply_plan(plan_of(*rules), workspace)
    assert statuses(applied) == ["failed", "failed", "written", "failed", "failed"]
    assert applied.stopped is None


def test_t10_a_portal_edit_since_the_plan_is_not_overwritten(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    put(workspace, make_rule(severity=Severity.LOW))
    plan = plan_of(make_rule())
    workspace.properties(make_rule())["severity"] = "High"
    applied = apply_plan(plan, workspace)
    assert statuses(applied) == ["refused"]
    assert "changed in the workspace since the plan" in applied.outcomes[0].message
    assert workspace.properties(make_rule())["severity"] == "High"


class TestLostAnswer:
    """T11: a write whose answer is lost may have arrived, or not; nobody may guess."""

    def test_a_write_that_arrived_is_not_sent_again(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        put(workspace, make_rule(severity=Severity.LOW))
        workspace.lost[make_rule().id] = True
        applied = apply_plan(plan_of(make_rule()), workspace)
        assert statuses(applied) == ["written"]
        assert workspace.calls.count(f"put {make_rule().id}") == 1
        assert "had arrived" in applied.outcomes[0].message

    @pytest.mark.parametrize("exists", [True, False])
    def test_a_write_that_did_not_arrive_is_sent_once_more(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make, exists: bool
    ) -> None:
        if exists:
            put(workspace, make_rule(severity=Severity.LOW))
        workspace.lost[make_rule().id] = False
        applied = apply_plan(plan_of(make_rule()), workspace)
        assert statuses(applied) == ["written"]
        assert workspace.calls.count(f"put {make_rule().id}") == 2

    def test_somebody_elses_write_in_between_is_respected(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        put(workspace, make_rule(severity=Severity.LOW))
        plan = plan_of(make_rule())
        workspace.properties(make_rule())["severity"] = "High"
        workspace.lost[make_rule().id] = False
        applied = apply_plan(plan, workspace)
        assert statuses(applied) == ["refused"]
        assert workspace.properties(make_rule())["severity"] == "High"
        assert workspace.calls.count(f"put {make_rule().id}") == 1

    def test_rows_that_did_not_arrive_are_not_taken_for_arrived(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_watchlist: Make
    ) -> None:
        put(workspace, make_watchlist("a.example"))
        workspace.lost["Senders"] = False
        wanted = make_watchlist("a.example", "b.example")
        applied = apply_plan(plan_of(wanted), workspace)
        assert statuses(applied) == ["written"]
        assert plan_of(wanted).pending == ()

    def test_a_watchlist_that_arrived_still_loses_its_old_rows(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_watchlist: Make
    ) -> None:
        put(workspace, make_watchlist("old.example"))
        workspace.lost["Senders"] = True
        wanted = make_watchlist("new.example")
        applied = apply_plan(plan_of(wanted), workspace)
        assert statuses(applied) == ["written"]
        assert plan_of(wanted).pending == ()

    def test_a_second_loss_ends_the_run(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        first, second = (ServiceError("lost", outcome_unknown=True) for _ in range(2))
        workspace.refusals[make_rule().id] = [first, second]
        applied = apply_plan(plan_of(make_rule()), workspace)
        assert statuses(applied) == ["failed"]
        assert applied.stopped is second


def test_rows_that_left_the_file_leave_the_workspace(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_watchlist: Make
) -> None:
    put(workspace, make_watchlist("a.example", "b.example"))
    wanted = make_watchlist("b.example", "c.example")
    applied = apply_plan(plan_of(wanted), workspace)
    assert applied.ok
    rows = [row["Sender"] for row in workspace.items["Senders"].values()]
    assert rows == ["b.example", "c.example"]


def test_the_same_row_twice_in_the_workspace_is_left_once(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_watchlist: Make
) -> None:
    put(workspace, make_watchlist("a.example"))
    workspace.items["Senders"]["twin"] = {"Sender": "a.example", "Owner": ""}
    assert apply_plan(plan_of(make_watchlist("a.example", "b.example")), workspace).ok
    assert len(workspace.items["Senders"]) == 2


def test_a_saved_search_without_an_etag_is_overwritten_with_a_star(
    plan_of: PlanOf, workspace: MemoryWorkspace, make_detection: Callable[..., Detection]
) -> None:
    hunt = resource_of_detection(make_detection(kind=Kind.HUNTING))
    put(workspace, resource_of_detection(make_detection(kind=Kind.HUNTING, name="Old")))
    plan = plan_of(hunt)
    (change,) = plan.changes
    applied = apply_plan(replace(plan, changes=(replace(change, etag=None),)), workspace)
    assert applied.ok
    assert workspace.etags == ["*"]


class TestVerification:
    """T20: a write is only good when it has been read back, in full."""

    def test_a_field_that_the_service_dropped_is_named(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        workspace.on_get = lambda body: body["properties"].pop("customDetails", None)
        applied = apply_plan(plan_of(make_rule()), workspace)
        assert statuses(applied) == ["unverified"]
        assert "customDetails.Sender" in applied.outcomes[0].message
        assert not applied.ok

    def test_what_the_service_adds_by_itself_is_no_failure(
        self, plan_of: PlanOf, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        workspace.on_get = lambda body: body["properties"].update(novelty="x")
        assert apply_plan(plan_of(make_rule()), workspace).ok

    def test_a_write_that_left_no_trace_is_no_success(
        self,
        plan_of: PlanOf,
        workspace: MemoryWorkspace,
        make_rule: Make,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(workspace, "get", lambda collection, resource_id: None)
        applied = apply_plan(plan_of(make_rule()), workspace)
        assert statuses(applied) == ["unverified"]

    def test_losing_the_permission_to_read_ends_the_run(
        self,
        plan_of: PlanOf,
        workspace: MemoryWorkspace,
        rules: list[Resource],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def deny(collection: Collection, resource_id: str) -> None:
            raise ServiceError("AuthorizationFailed", status=403)

        monkeypatch.setattr(workspace, "get", deny)
        applied = apply_plan(plan_of(*rules[:2]), workspace)
        assert statuses(applied) == ["unverified", "not tried"]
        assert "written, but it could not be read back" in applied.outcomes[0].message


def test_each_outcome_is_told_at_once(
    plan_of: PlanOf, workspace: MemoryWorkspace, rules: list[Resource]
) -> None:
    told: list[Outcome] = []
    applied = apply_plan(plan_of(*rules[:2]), workspace, on_outcome=told.append)
    assert tuple(told) == applied.outcomes
    assert [outcome.status for outcome in applied.having(Status.WRITTEN)] == [Status.WRITTEN] * 2
