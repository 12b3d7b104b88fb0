"""Green over writes that did not happen, and red that hides writes that did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from tests.unit.deploy.no_record import NoRecord

from vedette.deploy.apply import Bounds, apply_tasks
from vedette.deploy.apply_write import MAX_ROUNDS, MAX_TRIES, Patience, Writer
from vedette.deploy.live import LiveState, read_live
from vedette.deploy.outcome import Applied, Outcome, Status
from vedette.deploy.payload import resource_of_detection
from vedette.deploy.plan import Plan, Target
from vedette.deploy.planning import make_plan
from vedette.deploy.policy import Policy
from vedette.deploy.resource import Collection, Resource
from vedette.deploy.task import tasks_of
from vedette.deploy.timing import Timing
from vedette.errors import ServiceError
from vedette.model.detection import Detection, Kind, Severity

if TYPE_CHECKING:
    from tests.unit.deploy.conftest import MemoryWorkspace

Make = Callable[..., Resource]


TAG = "contoso"
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


@dataclass
class Planner:
    """Plans, and remembers what the plan was made from."""

    workspace: MemoryWorkspace
    target: Target
    live: LiveState = field(default_factory=LiveState)

    def __call__(self, *resources: Resource) -> Plan:
        self.live = read_live(self.workspace, resources)
        return make_plan(resources, self.live, self.target, "1.0", Policy(NOW, TAG))


@dataclass
class Apply:
    """Carries out what was planned last, write by write; waits for nothing."""

    planner: Planner
    waits: list[float] = field(default_factory=list)

    def __call__(
        self, plan: Plan, on_outcome: Callable[[Outcome], None] | None = None, percent: int = 20
    ) -> Applied:
        timing = Timing(lambda: NOW, sleep=self.waits.append, jitter=lambda: 0.5)
        workspace, target = self.planner.workspace, self.planner.target
        writer = Writer(workspace, target.workspace_id, NoRecord(), Patience(timing))
        tasks = tasks_of(plan, self.planner.live)
        return apply_tasks(plan, tasks, writer, Bounds(1, percent), on_outcome=on_outcome)


@pytest.fixture(name="plan_of")
def _plan_of(workspace: MemoryWorkspace, target: Target) -> Planner:
    return Planner(workspace, target)


@pytest.fixture(name="apply")
def _apply(plan_of: Planner) -> Apply:
    return Apply(plan_of)


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
    plan_of: Planner,
    apply: Apply,
    workspace: MemoryWorkspace,
    make_rule: Make,
    make_watchlist: Make,
) -> None:
    resources = (make_rule(), make_watchlist("a.example"))
    applied = apply(plan_of(*resources))
    assert applied.ok
    assert statuses(applied) == ["written", "written"]
    assert plan_of(*resources).pending == ()


def test_functions_and_watchlists_go_before_the_rules_that_need_them(
    plan_of: Planner,
    apply: Apply,
    workspace: MemoryWorkspace,
    make_detection: Callable[..., Detection],
    make_watchlist: Make,
) -> None:
    hunt = resource_of_detection(make_detection("a", kind=Kind.HUNTING, id=UUID(int=9)))
    rule = resource_of_detection(make_detection("b"))
    apply(plan_of(hunt, rule, make_watchlist("a.example")))
    written = [call for call in workspace.calls if call.startswith("put")]
    assert written == ["put Senders", f"put {rule.id}", f"put {hunt.id}"]


def test_what_is_unchanged_is_not_written(
    plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, rules: list[Resource]
) -> None:
    put(workspace, rules[0])
    apply(plan_of(*rules[:2]))
    written = [call for call in workspace.calls if call.startswith("put")]
    assert written == [f"put {rules[1].id}"]


def test_a_refused_rule_does_not_stop_the_others(
    plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, rules: list[Resource]
) -> None:
    workspace.refusals[rules[1].id] = [refusal()]
    applied = apply(plan_of(*rules[:3]))
    assert statuses(applied) == ["written", "refused", "written"]
    assert applied.outcomes[1].message == "One of the tables does not exist."
    assert not applied.ok
    assert applied.stopped is None


@pytest.mark.parametrize(
    ("status", "ending"),
    [(401, "refused"), (403, "refused"), (429, "refused"), (None, "failed")],
)
def test_t8_what_concerns_all_ends_the_run_at_once(
    plan_of: Planner,
    apply: Apply,
    workspace: MemoryWorkspace,
    rules: list[Resource],
    status: int | None,
    ending: str,
) -> None:
    error = ServiceError("no", status=status)
    workspace.refusals[rules[1].id] = [error] * MAX_ROUNDS
    applied = apply(plan_of(*rules[:3]))
    assert statuses(applied) == ["written", ending, "not tried"]
    assert applied.stopped is error
    assert not applied.ok
    assert not any(rules[2].id in call for call in workspace.calls)


def test_t8_none_written_of_all_planned_is_no_success(
    plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, rules: list[Resource]
) -> None:
    for rule in rules:
        workspace.refusals[rule.id] = [refusal()]
    applied = apply(plan_of(*rules))
    assert statuses(applied) == ["refused"] * 3 + ["not tried"] * 2
    assert not applied.ok
    assert applied.exit_code == 1


def test_a_watchlist_that_is_not_ready_in_time_does_not_stop_the_rules(
    plan_of: Planner,
    apply: Apply,
    workspace: MemoryWorkspace,
    make_rule: Make,
    make_watchlist: Make,
) -> None:
    error = ServiceError("not ready after 600 seconds", code="NotProvisioned")
    workspace.refusals["Senders"] = [error]
    applied = apply(plan_of(make_rule(), make_watchlist("a.example")))
    assert statuses(applied) == ["failed", "written"]


def broken() -> list[ServiceError]:
    """A service that fails as often as it is asked."""
    return [ServiceError("broken", status=500, outcome_unknown=True) for _ in range(MAX_ROUNDS)]


def test_t24_a_service_that_keeps_failing_is_left_alone(
    plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, rules: list[Resource]
) -> None:
    for rule in rules:
        workspace.refusals[rule.id] = broken()
    applied = apply(plan_of(*rules), percent=100)
    assert statuses(applied) == ["failed"] * 3 + ["not tried"] * 2
    assert applied.stopped is not None
    assert applied.exit_code == 3


def test_t24_failures_that_do_not_follow_each_other_stop_nothing(
    plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, rules: list[Resource]
) -> None:
    for rule in (rules[0], rules[1], rules[3], rules[4]):
        workspace.refusals[rule.id] = broken()
    applied = apply(plan_of(*rules), percent=100)
    assert statuses(applied) == ["failed", "failed", "written", "failed", "failed"]
    assert applied.stopped is None


def test_t24_a_set_share_of_failures_ends_the_run(
    plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    rules = [make_rule(f"r-{n:02}", id=UUID(int=n), name=f"Rule {n}") for n in range(1, 21)]
    for rule in rules[::2]:
        workspace.refusals[rule.id] = [refusal()]
    applied = apply(plan_of(*rules), percent=20)
    assert len(applied.having(Status.REFUSED)) == 5
    assert len(applied.having(Status.NOT_TRIED)) == 11
    assert "5 of 20 writes did not succeed; limits.failed_percent allows 20 %" in applied.halted
    assert applied.exit_code == 1


def test_t24_a_share_of_few_lets_two_fail(
    plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, rules: list[Resource]
) -> None:
    for rule in rules[:2]:
        workspace.refusals[rule.id] = [refusal()]
    applied = apply(plan_of(*rules), percent=1)
    assert statuses(applied) == ["refused"] * 2 + ["written"] * 3


def test_what_needs_a_watchlist_that_was_not_written_is_not_tried(
    plan_of: Planner,
    apply: Apply,
    workspace: MemoryWorkspace,
    make_rule: Make,
    make_watchlist: Make,
) -> None:
    workspace.refusals["Senders"] = [refusal("too big")]
    query = "EmailEvents | where Sender in (_GetWatchlist('Senders') | project Sender)"
    needy, other = make_rule(query=query), make_rule("o", id=UUID(int=7), name="Other")
    applied = apply(plan_of(make_watchlist("a.example"), needy, other))
    found = {outcome.change.resource.name: outcome for outcome in applied.outcomes}
    assert found["Click on a link"].status is Status.NOT_TRIED
    assert "it needs the watchlist Senders" in found["Click on a link"].message
    assert found["Other"].status is Status.WRITTEN


def test_t10_a_portal_edit_since_the_plan_is_not_overwritten(
    plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, make_rule: Make
) -> None:
    put(workspace, make_rule(severity=Severity.LOW))
    plan = plan_of(make_rule())
    workspace.properties(make_rule())["severity"] = "High"
    applied = apply(plan)
    assert statuses(applied) == ["refused"]
    assert "changed in the workspace since the plan" in applied.outcomes[0].message
    assert workspace.properties(make_rule())["severity"] == "High"


class TestLostAnswer:
    """T11: a write whose answer is lost may have arrived, or not; nobody may guess."""

    @pytest.mark.parametrize("how", ["the answer was lost", "refused"])
    def test_t11_a_write_that_arrived_is_not_sent_again(
        self, plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, make_rule: Make, how: str
    ) -> None:
        put(workspace, make_rule(severity=Severity.LOW))
        workspace.lost[make_rule().id] = True
        status = 400 if how == "refused" else None
        workspace.lost_with = ServiceError("no", status=status, outcome_unknown=True)
        applied = apply(plan_of(make_rule()))
        assert statuses(applied) == ["written"]
        assert workspace.calls.count(f"put {make_rule().id}") == 1
        assert how in applied.outcomes[0].message
        assert "had arrived" in applied.outcomes[0].message

    @pytest.mark.parametrize("exists", [True, False])
    def test_t11_a_write_that_did_not_arrive_is_sent_once_more(
        self,
        plan_of: Planner,
        apply: Apply,
        workspace: MemoryWorkspace,
        make_rule: Make,
        exists: bool,
    ) -> None:
        if exists:
            put(workspace, make_rule(severity=Severity.LOW))
        workspace.lost[make_rule().id] = False
        applied = apply(plan_of(make_rule()))
        assert statuses(applied) == ["written"]
        assert workspace.calls.count(f"put {make_rule().id}") == 2

    def test_somebody_elses_write_in_between_is_respected(
        self, plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        put(workspace, make_rule(severity=Severity.LOW))
        plan = plan_of(make_rule())
        workspace.properties(make_rule())["severity"] = "High"
        workspace.lost[make_rule().id] = False
        applied = apply(plan)
        assert statuses(applied) == ["refused"]
        assert workspace.properties(make_rule())["severity"] == "High"
        assert workspace.calls.count(f"put {make_rule().id}") == 1

    def test_rows_that_did_not_arrive_are_not_taken_for_arrived(
        self, plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, make_watchlist: Make
    ) -> None:
        put(workspace, make_watchlist("a.example"))
        workspace.lost["Senders"] = False
        wanted = make_watchlist("a.example", "b.example")
        applied = apply(plan_of(wanted))
        assert statuses(applied) == ["written"]
        assert plan_of(wanted).pending == ()

    def test_a_watchlist_that_arrived_still_loses_its_old_rows(
        self, plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, make_watchlist: Make
    ) -> None:
        put(workspace, make_watchlist("old.example"))
        workspace.lost["Senders"] = True
        wanted = make_watchlist("new.example")
        applied = apply(plan_of(wanted))
        assert statuses(applied) == ["written"]
        assert plan_of(wanted).pending == ()

    def test_losing_every_answer_ends_the_run(
        self, plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        lost = [ServiceError("lost", outcome_unknown=True) for _ in range(MAX_TRIES)]
        workspace.refusals[make_rule().id] = list(lost)
        applied = apply(plan_of(make_rule()))
        assert statuses(applied) == ["failed"]
        assert applied.stopped is lost[-1]


def test_rows_that_left_the_file_leave_the_workspace(
    plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, make_watchlist: Make
) -> None:
    put(workspace, make_watchlist("a.example", "b.example"))
    wanted = make_watchlist("b.example", "c.example")
    applied = apply(plan_of(wanted))
    assert applied.ok
    rows = [row["Sender"] for row in workspace.items["Senders"].values()]
    assert rows == ["b.example", "c.example"]


def test_the_same_row_twice_in_the_workspace_is_left_once(
    plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, make_watchlist: Make
) -> None:
    put(workspace, make_watchlist("a.example"))
    workspace.items["Senders"]["twin"] = {"Sender": "a.example", "Owner": ""}
    assert apply(plan_of(make_watchlist("a.example", "b.example"))).ok
    assert len(workspace.items["Senders"]) == 2


def test_a_saved_search_without_an_etag_is_overwritten_with_a_star(
    plan_of: Planner,
    apply: Apply,
    workspace: MemoryWorkspace,
    make_detection: Callable[..., Detection],
) -> None:
    hunt = resource_of_detection(make_detection(kind=Kind.HUNTING))
    put(workspace, resource_of_detection(make_detection(kind=Kind.HUNTING, name="Old")))
    workspace.bodies[hunt.kind.collection, hunt.id]["etag"] = None
    applied = apply(plan_of(hunt))
    assert applied.ok
    assert workspace.etags == ["*"]


class TestVerification:
    """T20: a write is only good when it has been read back, in full."""

    def test_t20_a_field_that_the_service_dropped_is_named(
        self, plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        workspace.on_get = lambda body: body["properties"].pop("customDetails", None)
        applied = apply(plan_of(make_rule()))
        assert statuses(applied) == ["unverified"]
        assert "customDetails.Sender" in applied.outcomes[0].message
        assert not applied.ok

    def test_what_the_service_adds_by_itself_is_no_failure(
        self, plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        workspace.on_get = lambda body: body["properties"].update(novelty="x")
        assert apply(plan_of(make_rule())).ok

    def test_t20_a_write_that_left_no_trace_is_no_success(
        self,
        plan_of: Planner,
        apply: Apply,
        workspace: MemoryWorkspace,
        make_rule: Make,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(workspace, "get", lambda collection, resource_id: None)
        applied = apply(plan_of(make_rule()))
        assert statuses(applied) == ["unverified"]

    def test_losing_the_permission_to_read_ends_the_run(
        self,
        plan_of: Planner,
        apply: Apply,
        workspace: MemoryWorkspace,
        rules: list[Resource],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def deny(collection: Collection, resource_id: str) -> None:
            raise ServiceError("AuthorizationFailed", status=403)

        monkeypatch.setattr(workspace, "get", deny)
        applied = apply(plan_of(*rules[:2]))
        assert statuses(applied) == ["unverified", "not tried"]
        assert "written, but it could not be read back" in applied.outcomes[0].message


def test_each_outcome_is_told_at_once(
    plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, rules: list[Resource]
) -> None:
    told: list[Outcome] = []
    applied = apply(plan_of(*rules[:2]), on_outcome=told.append)
    assert tuple(told) == applied.outcomes
    assert [outcome.status for outcome in applied.having(Status.WRITTEN)] == [Status.WRITTEN] * 2


class TestRetries:
    """Each kind of failure is met in its own way, out of one budget."""

    def test_t11_somebody_elses_etag_with_the_same_content_is_no_conflict(
        self, plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        put(workspace, make_rule(severity=Severity.LOW))
        plan = plan_of(make_rule())
        workspace.properties(make_rule())
        assert statuses(apply(plan)) == ["written"]

    def test_an_id_that_rests_is_tried_again_and_then_told(
        self, plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        rests = ServiceError("The rule with id 'x' was recently deleted.", status=400)
        workspace.refusals[make_rule().id] = [rests]
        assert statuses(apply(plan_of(make_rule()))) == ["written"]
        workspace.bodies.clear()
        workspace.refusals[make_rule().id] = [rests] * 9
        applied = apply(plan_of(make_rule()))
        assert statuses(applied) == ["refused"]
        assert "was recently deleted" in applied.outcomes[0].message
        assert applied.stopped is None

    def test_what_the_service_asks_to_wait_is_waited_and_more_each_time_otherwise(
        self, plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        lost = ServiceError("broken", status=500, outcome_unknown=True)
        asked = ServiceError("later", status=503, outcome_unknown=True, retry_after=7.0)
        workspace.refusals[make_rule().id] = [lost, lost, asked]
        assert statuses(apply(plan_of(make_rule()))) == ["written"]
        assert apply.waits == [pytest.approx(0.8), pytest.approx(1.6), 7.0]

    def test_a_wait_that_the_run_cannot_afford_is_not_begun(
        self, plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        hour = ServiceError("later", status=503, outcome_unknown=True, retry_after=3600.0)
        workspace.refusals[make_rule().id] = [hour]
        assert statuses(apply(plan_of(make_rule()))) == ["failed"]
        assert apply.waits == []

    def test_t20_what_is_shown_a_moment_later_is_waited_for(
        self, plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        shown = []

        def late(body: dict[str, Any]) -> None:
            shown.append(body)
            if len(shown) == 1:
                body["properties"]["severity"] = "Low"

        workspace.on_get = late
        assert statuses(apply(plan_of(make_rule()))) == ["written"]
        assert len(shown) > 1

    def test_t20_a_field_that_was_to_go_and_stays_is_named(
        self, plan_of: Planner, apply: Apply, workspace: MemoryWorkspace, make_rule: Make
    ) -> None:
        put(workspace, make_rule())
        workspace.on_get = lambda body: body["properties"].update(
            customDetails={"Sender": "SenderFromAddress"}
        )
        applied = apply(plan_of(make_rule(custom_details={})))
        assert statuses(applied) == ["unverified"]
        assert "customDetails.Sender" in applied.outcomes[0].message
