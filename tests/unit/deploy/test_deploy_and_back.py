"""The one way in, and the way back: what they refuse, keep, and leave alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from vedette.deploy.apply import Bounds
from vedette.deploy.apply_write import Patience
from vedette.deploy.deploy import Circumstances, deploy, resume
from vedette.deploy.journal import Journal, LineKind
from vedette.deploy.lease import LeaseError, read_lease
from vedette.deploy.live import LiveState, read_live
from vedette.deploy.outcome import Applied
from vedette.deploy.ownership import Mark, MarkState
from vedette.deploy.plan import Action, Change, Plan, Target
from vedette.deploy.planning import make_plan
from vedette.deploy.policy import Policy
from vedette.deploy.resource import Body, Collection, Resource
from vedette.deploy.rollback import rollback_plan
from vedette.deploy.snapshot import (
    Snapshot,
    SnapshotError,
    parse_snapshot,
    read_snapshot,
    render_snapshot,
)
from vedette.deploy.task import tasks_of
from vedette.deploy.timing import Timing
from vedette.errors import ServiceError, UsageError
from vedette.model.detection import Severity

if TYPE_CHECKING:
    from tests.unit.deploy.conftest import MemoryWorkspace

Make = Callable[..., Resource]
TAG = "contoso"
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


@dataclass
class Shop:
    """Plans, deploys and goes back in one workspace in memory."""

    workspace: MemoryWorkspace
    target: Target
    folder: Path
    now: datetime = NOW

    def given(self) -> Circumstances:
        timing = Timing(lambda: self.now, lambda: 0.0, lambda seconds: None, lambda: 0.0)
        return Circumstances(self.folder, Patience(timing), "c0ffee", bounds=Bounds(1))

    def plan(self, *resources: Resource) -> tuple[Plan, LiveState]:
        live = read_live(self.workspace, resources)
        policy = Policy(self.now, TAG, removes=True)
        return make_plan(resources, live, self.target, "1.0", policy), live

    def deploy(self, *resources: Resource) -> Applied:
        self.now += timedelta(minutes=1)
        plan, live = self.plan(*resources)
        return deploy(plan, live, self.workspace, self.given())

    def back(self, applied: Applied) -> tuple[Plan, LiveState]:
        begin = next(
            line
            for line in Journal.open(self.folder).lines
            if line.kind is LineKind.BEGIN and line.apply_id == applied.apply_id
        )
        snapshot = read_snapshot(self.folder, begin.apply_id, begin.text("snapshot"))
        live = read_live(self.workspace, [task.change.resource for task in snapshot.tasks])
        return rollback_plan(snapshot, live, self.target, tag=TAG, now=self.now), live

    def kinds(self) -> list[str]:
        return [line.kind.value for line in Journal.open(self.folder).lines]


@pytest.fixture(name="shop")
def _shop(workspace: MemoryWorkspace, target: Target, tmp_path: Path) -> Shop:
    return Shop(workspace, target, tmp_path)


class TestDeploy:
    """What holds for whatever writes."""

    def test_a_blocked_plan_is_not_begun(self, shop: Shop, make_rule: Make) -> None:
        plan, live = shop.plan(make_rule())
        blocked = Change(Action.BLOCKED, make_rule(), reason="no table")
        refused = replace(plan, changes=(*plan.changes, blocked))
        with pytest.raises(UsageError, match="blocked: no table"):
            deploy(refused, live, shop.workspace, shop.given())
        assert not any("put" in call for call in shop.workspace.calls)

    def test_nothing_to_write_leaves_no_trace(self, shop: Shop, make_rule: Make) -> None:
        shop.deploy(make_rule())
        lines, calls = shop.kinds(), list(shop.workspace.calls)
        assert shop.deploy(make_rule()).outcomes == ()
        assert shop.kinds() == lines
        assert not any("put" in call for call in shop.workspace.calls[len(calls) :])

    def test_t18_the_intent_is_written_before_the_request_goes_out(
        self, shop: Shop, make_rule: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[list[str]] = []
        store = shop.workspace.store

        def watching(collection: Collection, resource_id: str, body: Body) -> None:
            seen.append(shop.kinds())
            store(collection, resource_id, body)

        monkeypatch.setattr(shop.workspace, "store", watching)
        shop.deploy(make_rule())
        lease, mark, rule, free = seen
        assert lease == ["begin"]
        assert mark == ["begin", "intent"]
        assert rule == ["begin", "intent", "outcome", "intent"]
        assert free == ["begin", "intent", "outcome", "intent", "outcome", "end"]

    def test_a_line_says_who_from_what_and_from_what_to_what(
        self, shop: Shop, make_rule: Make
    ) -> None:
        shop.deploy(make_rule(severity=Severity.LOW))
        plan, _ = shop.plan(make_rule())
        shop.deploy(make_rule())
        *_, outcome, _ = Journal.open(shop.folder).lines
        assert outcome.kind is LineKind.OUTCOME
        told = {name: outcome.text(name) for name in ("who", "commit", "plan", "action", "id")}
        assert told == {
            "who": "alice@contoso.example",
            "commit": "c0ffee",
            "plan": plan.fingerprint,
            "action": "update",
            "id": make_rule().id,
        }
        assert len({outcome.text("before"), outcome.text("after"), "absent"}) == 3

    def test_t19_while_somebody_else_writes_nothing_is_written(
        self, shop: Shop, make_rule: Make, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        shop.deploy(make_rule())
        lease = read_lease(shop.workspace)
        assert lease is not None
        body = shop.workspace.bodies[Collection.METADATA, "vedette-lease"]
        held = replace(lease, apply_id="b", held=True, until=shop.now + timedelta(minutes=3))
        body["properties"]["customVersion"] = held.text()
        other = Shop(shop.workspace, shop.target, tmp_path_factory.mktemp("b"), shop.now)
        with pytest.raises(LeaseError):
            other.deploy(make_rule(severity=Severity.LOW))
        assert other.kinds() == ["begin", "end"]
        assert resume(other.target, other.workspace, other.given()) is None
        rule = shop.workspace.bodies[Collection.RULES, make_rule().id]
        assert rule["properties"]["severity"] == "Medium"

    def test_a_run_that_was_stopped_goes_on_where_it_ended(
        self, shop: Shop, make_rule: Make
    ) -> None:
        rules = [make_rule(f"r{n}", id=UUID(int=n), name=f"Rule {n}") for n in (1, 2, 3)]
        shop.workspace.refusals[rules[1].id] = [ServiceError("no", status=403)]
        first = shop.deploy(*rules)
        assert [each.status.value for each in first.outcomes] == ["written", "refused", "not tried"]
        again = resume(shop.target, shop.workspace, shop.given())
        assert again is not None
        assert again.ok
        assert again.apply_id == first.apply_id
        puts = [call for call in shop.workspace.calls if call == f"put {rules[0].id}"]
        assert len(puts) == 1
        assert shop.plan(*rules)[0].pending == ()
        assert resume(shop.target, shop.workspace, shop.given()) is None

    def test_going_on_leaves_alone_what_somebody_changed_meanwhile(
        self, shop: Shop, make_rule: Make
    ) -> None:
        rules = [make_rule(f"r{n}", id=UUID(int=n), name=f"Rule {n}") for n in (1, 2)]
        for rule in rules:
            shop.workspace.own(rule)
        wanted = [make_rule(f"r{n}", id=UUID(int=n), name=f"New {n}") for n in (1, 2)]
        shop.workspace.refusals[rules[0].id] = [ServiceError("no", status=403)]
        shop.deploy(*wanted)
        shop.workspace.properties(rules[1])["severity"] = "High"
        again = resume(shop.target, shop.workspace, shop.given())
        assert again is not None
        first, second = again.outcomes
        assert first.status.value == "written"
        assert second.status.value == "refused"
        assert "severity" in second.message
        assert shop.workspace.properties(rules[1])["severity"] == "High"

    def test_a_snapshot_that_was_changed_is_not_gone_on_with(
        self, shop: Shop, make_rule: Make
    ) -> None:
        shop.workspace.refusals[make_rule().id] = [ServiceError("no", status=403)]
        shop.deploy(make_rule())
        (file,) = (shop.folder / "snapshots").iterdir()
        file.write_text(file.read_text("utf-8").replace("Medium", "High"), encoding="utf-8")
        with pytest.raises(SnapshotError, match="not the snapshot that the journal names"):
            resume(shop.target, shop.workspace, shop.given())


class TestRollback:
    """T4 and T24: undone is what the apply did, through the same way in, and nothing else."""

    def test_what_was_changed_is_as_before(self, shop: Shop, make_rule: Make) -> None:
        shop.deploy(make_rule(severity=Severity.LOW))
        applied = shop.deploy(make_rule(severity=Severity.HIGH))
        plan, live = shop.back(applied)
        assert deploy(plan, live, shop.workspace, shop.given()).ok
        assert shop.plan(make_rule(severity=Severity.LOW))[0].pending == ()

    def test_t24_what_was_created_is_switched_off_and_retired(
        self, shop: Shop, make_rule: Make
    ) -> None:
        applied = shop.deploy(make_rule())
        plan, live = shop.back(applied)
        (change,) = plan.pending
        assert change.action is Action.DISABLE
        assert deploy(plan, live, shop.workspace, shop.given()).ok
        assert shop.workspace.properties(make_rule())["enabled"] is False
        marks = read_live(shop.workspace, ()).marks
        assert marks[make_rule().key].mark.state is MarkState.RETIRED

    def test_t24_of_a_created_watchlist_only_the_mark_changes(
        self, shop: Shop, make_watchlist: Make
    ) -> None:
        applied = shop.deploy(make_watchlist("a.example"))
        plan, live = shop.back(applied)
        assert deploy(plan, live, shop.workspace, shop.given()).ok
        assert len(shop.workspace.items["Senders"]) == 1
        marks = read_live(shop.workspace, ()).marks
        assert marks[make_watchlist().key].mark.state is MarkState.RETIRED

    def test_rows_go_back_too(self, shop: Shop, make_watchlist: Make) -> None:
        before = make_watchlist("a.example", "b.example")
        shop.deploy(before)
        applied = shop.deploy(make_watchlist("b.example", "c.example"))
        plan, live = shop.back(applied)
        assert deploy(plan, live, shop.workspace, shop.given()).ok
        assert shop.plan(before)[0].pending == ()

    def test_what_somebody_changed_afterwards_is_left_and_told(
        self, shop: Shop, make_rule: Make
    ) -> None:
        shop.deploy(make_rule(severity=Severity.LOW))
        applied = shop.deploy(make_rule(severity=Severity.HIGH))
        shop.workspace.properties(make_rule())["severity"] = "Informational"
        plan, _ = shop.back(applied)
        (change,) = plan.changes
        assert change.action is Action.SKIP
        assert "changed after that apply, and left as it is: severity" in change.reason

    def test_what_is_no_longer_ours_is_left(self, shop: Shop, make_rule: Make) -> None:
        applied = shop.deploy(make_rule())
        shop.workspace.mark(Mark("fabrikam", make_rule().kind, make_rule().id))
        plan, _ = shop.back(applied)
        assert plan.pending == ()
        assert plan.changes[0].reason == "it carries the mark of 'fabrikam'"

    def test_undone_twice_is_nothing_to_do(self, shop: Shop, make_rule: Make) -> None:
        shop.deploy(make_rule(severity=Severity.LOW))
        applied = shop.deploy(make_rule(severity=Severity.HIGH))
        plan, live = shop.back(applied)
        deploy(plan, live, shop.workspace, shop.given())
        assert shop.back(applied)[0].pending == ()

    def test_a_retirement_is_taken_back_with_its_mark(self, shop: Shop, make_rule: Make) -> None:
        kept = make_rule("kept", id=UUID(int=9), name="Kept")
        shop.deploy(make_rule(), kept)
        applied = shop.deploy(kept)
        assert shop.workspace.properties(make_rule())["enabled"] is False
        plan, live = shop.back(applied)
        assert deploy(plan, live, shop.workspace, shop.given()).ok
        assert shop.workspace.properties(make_rule())["enabled"] is True
        assert shop.plan(make_rule(), kept)[0].pending == ()

    def test_a_deleted_rule_waits_for_its_id(self, shop: Shop, make_rule: Make) -> None:
        kept = make_rule("kept", id=UUID(int=9), name="Kept")
        shop.deploy(make_rule(), kept)
        shop.deploy(kept)
        shop.now += timedelta(days=30)
        applied = shop.deploy(kept)
        assert (Collection.RULES, make_rule().id) not in shop.workspace.bodies
        (change,) = shop.back(applied)[0].changes
        assert change.action is Action.SKIP
        assert "its id rests until" in change.reason
        shop.now += timedelta(days=2)
        plan, live = shop.back(applied)
        assert plan.pending[0].action is Action.CREATE
        assert deploy(plan, live, shop.workspace, shop.given()).ok
        assert shop.workspace.properties(make_rule())["displayName"] == "Click on a link"


def test_a_snapshot_comes_back_as_it_was(shop: Shop, make_rule: Make, make_watchlist: Make) -> None:
    shop.workspace.own(make_rule(severity=Severity.LOW))
    shop.workspace.own(make_watchlist("old.example"))
    plan, live = shop.plan(make_rule(), make_watchlist("a.example"))
    snapshot = Snapshot("a", "deploy", shop.target, "1.0", tasks_of(plan, live))
    again = parse_snapshot(render_snapshot(snapshot))
    assert again == snapshot
    assert again.plan.fingerprint == plan.fingerprint


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "apply": "a"}'])
def test_what_is_no_snapshot_is_refused(text: str) -> None:
    with pytest.raises(SnapshotError):
        parse_snapshot(text)
