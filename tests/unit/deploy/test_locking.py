"""A lock holds whatever a plan is for, and only as long as it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from tests.unit.deploy.conftest import document

from vedette.deploy.live import LiveState
from vedette.deploy.locking import respect_locks
from vedette.deploy.plan import WRITING, Action, Change, Target
from vedette.deploy.planning import make_plan
from vedette.deploy.policy import Policy
from vedette.deploy.resource import Resource
from vedette.model.load_lock import load_locks
from vedette.model.lock import Lock
from vedette.model.yaml import parse
from vedette.project.dates import ended_locks

if TYPE_CHECKING:
    from vedette.finding import Finding

DAY = date(2026, 1, 15)
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def lock(*names: str, until: date = DAY) -> Lock:
    source = document("environments/x.yaml")
    return Lock(names, "Kim", "We look at it.", until, ("locks", 0), source=source)


def test_nothing_is_written_to_what_is_locked(make_rule: Callable[..., Resource]) -> None:
    rule = make_rule("rule")
    for action in Action:
        (held,) = respect_locks([Change(action, rule)], [lock("RULE")], DAY)
        wanted = Action.SKIP if action in WRITING else action
        assert held.action is wanted
    assert held.reason == ""
    (held,) = respect_locks([Change(Action.UPDATE, rule)], [lock(rule.id.upper())], DAY)
    assert held.reason == "locked until 2026-01-15 by Kim: We look at it."


def test_a_lock_that_has_ended_or_is_another_holds_nothing(
    make_rule: Callable[..., Resource],
) -> None:
    change = Change(Action.UPDATE, make_rule("rule"))
    for locks in ([], [lock("rule", until=date(2026, 1, 14))], [lock("other")]):
        assert respect_locks([change], locks, DAY) == (change,)


def test_t04_a_plan_reads_the_locks_of_its_policy(
    make_rule: Callable[..., Resource], target: Target
) -> None:
    policy = Policy(now=NOW, locks=(lock("rule"),))
    (change,) = make_plan([make_rule("rule")], LiveState(), target, "1", policy).changes
    assert (change.action, change.mark) == (Action.SKIP, None)
    (change,) = make_plan(
        [make_rule("rule")], LiveState(), target, "1", replace(policy, locks=())
    ).changes
    assert change.action is Action.CREATE


def loaded(text: str) -> tuple[tuple[Lock, ...], list[Finding]]:
    found, _ = parse(text, document("environments/x.yaml").path)
    assert found is not None
    return load_locks(found)


def test_a_lock_is_read_with_its_place() -> None:
    (one,), findings = loaded(
        "locks:\n- rules: [a, b]\n  owner: Kim\n  reason: R\n  until: 2026-12-31\n"
    )
    assert findings == []
    assert (one.rules, one.owner, one.until) == (("a", "b"), "Kim", date(2026, 12, 31))
    assert str(one.locate()) == "environments/x.yaml:2:3"


def test_a_lock_without_a_real_day_is_a_finding() -> None:
    locks, findings = loaded("locks:\n- {rules: [a], owner: K, reason: R, until: 2026-02-30}\n")
    assert locks == ()
    assert [finding.id for finding in findings] == ["bad-date"]


def test_a_lock_that_has_ended_is_a_warning_at_its_day() -> None:
    locks, _ = loaded("locks:\n- rules: [a]\n  owner: Kim\n  reason: R\n  until: 2026-01-14\n")
    (finding,) = ended_locks(locks, DAY)
    assert (finding.id, str(finding.location)) == ("lock-ended", "environments/x.yaml:5:10")
    assert ended_locks(locks, date(2026, 1, 14)) == []
