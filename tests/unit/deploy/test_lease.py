"""Two who write one workspace at once, and a lock that nobody can open again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from vedette.deploy.assumptions import LEASE_NAME
from vedette.deploy.journal import GENESIS, Head
from vedette.deploy.lease import DURATION, Lease, LeaseError, LeaseKeeper, parse_lease, read_lease
from vedette.deploy.ownership import read_marks
from vedette.deploy.resource import Collection
from vedette.deploy.timing import Timing
from vedette.errors import ServiceError

if TYPE_CHECKING:
    from tests.unit.deploy.conftest import MemoryWorkspace

START = datetime(2026, 11, 2, 12, tzinfo=UTC)
HEAD = Head(3, "ab" * 32, "cd" * 32)


@dataclass
class Clock:
    """Stands until it is moved."""

    passed: timedelta = field(default_factory=timedelta)

    @property
    def timing(self) -> Timing:
        return Timing(
            lambda: START + self.passed, lambda: self.passed.total_seconds(), lambda seconds: None
        )


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


Keep = Callable[[str], LeaseKeeper]


@pytest.fixture(name="keep")
def _keep(workspace: MemoryWorkspace, clock: Clock) -> Keep:
    """A keeper for the apply of this id, held by somebody of the same name."""
    return lambda name: LeaseKeeper(workspace, "/ws", name, f"who-{name}", clock.timing)


def test_the_lease_is_held_with_the_end_of_the_journal(
    keep: Keep, workspace: MemoryWorkspace
) -> None:
    keep("a").acquire(HEAD)
    found = read_lease(workspace)
    assert found == Lease("a", "who-a", START + DURATION, HEAD, held=True)


def test_t19_two_do_not_hold_it_at_once(keep: Keep) -> None:
    keep("a").acquire(HEAD)
    with pytest.raises(LeaseError, match=r"who-a is writing this workspace \(apply a, until 12:03"):
        keep("b").acquire(HEAD)


def test_t19_a_stale_one_expires(keep: Keep, clock: Clock) -> None:
    keep("a").acquire(HEAD)
    clock.passed = DURATION
    keep("b").acquire(HEAD)


def test_t19_whoever_lost_it_stops(keep: Keep, clock: Clock) -> None:
    first = keep("a")
    first.acquire(HEAD)
    clock.passed = DURATION
    keep("b").acquire(HEAD)
    with pytest.raises(LeaseError, match="who-b has taken the lease"):
        first.renew_if_due(HEAD)


def test_t19_of_two_who_read_the_same_one_gets_it(keep: Keep, workspace: MemoryWorkspace) -> None:
    keep("z").acquire(HEAD)
    early = workspace.get(Collection.METADATA, LEASE_NAME)
    assert early is not None
    second = keep("b")
    second._etag = str(early["etag"])
    keep("z").acquire(HEAD)
    with pytest.raises(LeaseError, match="who-z has taken the lease"):
        second._write(HEAD, held=True)


def test_a_killed_apply_takes_its_own_lease_again(keep: Keep) -> None:
    keep("a").acquire(HEAD)
    keep("a").acquire(HEAD)


def test_it_is_renewed_when_it_is_due_and_not_before(
    keep: Keep, clock: Clock, workspace: MemoryWorkspace
) -> None:
    keeper = keep("a")
    keeper.acquire(HEAD)
    calls = len(workspace.calls)
    keeper.renew_if_due(HEAD)
    assert len(workspace.calls) == calls
    clock.passed = DURATION / 2
    later = Head(9, "ef" * 32, "cd" * 32)
    keeper.renew_if_due(later)
    found = read_lease(workspace)
    assert found is not None
    assert (found.until, found.head) == (START + DURATION / 2 + DURATION, later)


def test_given_back_it_is_free_and_still_knows_the_end(
    keep: Keep, workspace: MemoryWorkspace
) -> None:
    keeper = keep("a")
    keeper.acquire(Head(0, GENESIS, ""))
    keeper.release(HEAD)
    found = read_lease(workspace)
    assert found is not None
    assert (found.held, found.head) == (False, HEAD)
    keep("b").acquire(HEAD)


@pytest.mark.parametrize("arrives", [True, False])
def test_t11_a_lost_answer_is_looked_into(
    keep: Keep, workspace: MemoryWorkspace, arrives: bool
) -> None:
    workspace.lost[LEASE_NAME] = arrives
    keep("a").acquire(HEAD)
    found = read_lease(workspace)
    assert found is not None
    assert found.apply_id == "a"


def test_a_service_that_does_not_answer_is_not_asked_for_ever(
    keep: Keep, workspace: MemoryWorkspace
) -> None:
    workspace.refusals[LEASE_NAME] = [
        ServiceError("broken", status=500, outcome_unknown=True) for _ in range(20)
    ]
    with pytest.raises(ServiceError):
        keep("a").acquire(HEAD)
    assert len(workspace.refusals[LEASE_NAME]) >= 15


def test_a_permission_that_is_missing_is_said_at_once(
    keep: Keep, workspace: MemoryWorkspace
) -> None:
    workspace.refusals[LEASE_NAME] = [ServiceError("AuthorizationFailed", status=403)]
    with pytest.raises(ServiceError, match="AuthorizationFailed"):
        keep("a").acquire(HEAD)


@pytest.mark.parametrize("text", ["", "held", "held a tomorrow 1 00 -", f"held a x 1 {'0' * 64} -"])
def test_t15_what_cannot_be_read_holds_nobody_off_and_is_not_overwritten_blindly(
    keep: Keep, workspace: MemoryWorkspace, text: str
) -> None:
    body = {"properties": {"parentId": "/x", "kind": "AnalyticsRule", "customVersion": text}}
    workspace.store(Collection.METADATA, LEASE_NAME, body)
    assert parse_lease(workspace.get(Collection.METADATA, LEASE_NAME)) is None
    keep("a").acquire(HEAD)
    assert workspace.bodies[Collection.METADATA, LEASE_NAME]["etag"] == '"2"'


def test_a_lease_is_nobodys_mark(keep: Keep, workspace: MemoryWorkspace) -> None:
    keep("a").acquire(HEAD)
    assert read_marks(workspace.list(Collection.METADATA)) == {}
