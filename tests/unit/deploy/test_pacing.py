"""A run that exceeds the service's rate, or waits without an end."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from vedette.deploy.pacing import Bucket, Pacer, RetryBudget
from vedette.model.environment import WriteBudget


@dataclass
class Clock:
    """Time passes only while somebody sleeps."""

    now: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def read(self) -> float:
        return self.now


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


def bucket(clock: Clock, burst: int = 200, per_second: float = 10.0) -> Bucket:
    return Bucket(burst, per_second, monotonic=clock.read, sleep=clock.sleep)


def test_the_burst_goes_at_once_and_the_rest_at_the_rate(clock: Clock) -> None:
    writes = bucket(clock)
    for _ in range(200):
        writes.take()
    assert clock.now == 0.0
    for _ in range(312):
        writes.take()
    assert clock.now == pytest.approx(31.2)
    assert writes.taken == 512


def test_the_bucket_is_never_fuller_than_the_burst(clock: Clock) -> None:
    writes = bucket(clock, burst=2)
    clock.now = 1000.0
    for _ in range(3):
        writes.take()
    assert clock.now == pytest.approx(1000.1)


def test_after_a_refusal_all_wait_and_there_is_no_burst(clock: Clock) -> None:
    writes = bucket(clock)
    writes.hold(7.0)
    writes.take()
    assert clock.now == pytest.approx(7.0)
    writes.take()
    assert clock.now == pytest.approx(7.1)


def test_the_services_own_count_is_believed(clock: Clock) -> None:
    writes = bucket(clock)
    writes.allow_at_most(1)
    writes.take()
    assert clock.now == 0.0
    writes.take()
    assert clock.now == pytest.approx(0.1)


def test_a_count_above_ours_gives_nothing_away(clock: Clock) -> None:
    writes = bucket(clock, burst=1)
    writes.allow_at_most(11999)
    writes.take()
    writes.take()
    assert clock.now == pytest.approx(0.1)


def test_reads_and_deletes_do_not_use_up_the_writes(clock: Clock) -> None:
    pacer = Pacer(WriteBudget(per_second=1.0, burst=1), monotonic=clock.read, sleep=clock.sleep)
    for method in ("GET", "DELETE", "put"):
        pacer.bucket(method).take()
    assert clock.now == 0.0
    assert pacer.writes == 1
    pacer.bucket("POST").take()
    assert clock.now == pytest.approx(1.0)


def test_a_budget_gives_what_it_has_and_no_more() -> None:
    budget = RetryBudget(10.0)
    assert budget.take(6.0)
    assert not budget.take(5.0)
    assert budget.take(4.0)
    assert not budget.take(0.1)
