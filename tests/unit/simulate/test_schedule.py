"""What breaks when a rule runs at the wrong time or sees the wrong events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.detection import Kind, Schedule, TriggerOperator
from vedette.simulate.schedule import (
    executes_at,
    fires,
    frequency_of,
    is_suppressed,
    next_run,
    run_times,
    window_of,
)
from vedette.simulate.types import AnalyticsRule

CREATED = datetime(2026, 10, 6, 9, 17, 23, tzinfo=UTC)
FREQUENCIES = st.timedeltas(timedelta(minutes=5), timedelta(days=14))
PERIODS = st.timedeltas(timedelta(0), timedelta(days=14))


def _every(rule: AnalyticsRule, frequency: timedelta, period: timedelta) -> AnalyticsRule:
    return replace(rule, schedule=Schedule(frequency, period, TriggerOperator.GREATER_THAN, 0))


def test_the_first_run_waits_for_the_first_interval(rule: AnalyticsRule) -> None:
    times = list(run_times(rule, CREATED, CREATED + timedelta(hours=2)))
    assert times == [CREATED, CREATED + timedelta(hours=1)]


@given(frequency=FREQUENCIES, length=st.timedeltas(timedelta(0), timedelta(days=60)))
def test_windows_as_long_as_the_interval_leave_a_gap_or_overlap(
    rule: AnalyticsRule, frequency: timedelta, length: timedelta
) -> None:
    rule = _every(rule, frequency, frequency)
    windows = [window_of(rule, time) for time in run_times(rule, CREATED, CREATED + length)]
    assert all(first.end == second.start for first, second in pairwise(windows))
    if windows:
        assert windows[0].start == CREATED - frequency
        assert windows[-1].end < CREATED + length <= windows[-1].end + frequency


@given(frequency=FREQUENCIES, longer=PERIODS, second=st.integers(0, 86_400))
def test_an_event_is_in_no_window(
    rule: AnalyticsRule, frequency: timedelta, longer: timedelta, second: int
) -> None:
    rule = _every(rule, frequency, frequency + longer)
    event = CREATED + timedelta(seconds=second)
    until = event + frequency + timedelta(seconds=1)
    windows = [window_of(rule, time) for time in run_times(rule, CREATED, until)]
    assert any(window.start <= event < window.end for window in windows)


@given(frequency=FREQUENCIES, passed=st.timedeltas(timedelta(0), timedelta(days=60)))
def test_the_next_run_is_off_the_grid(
    rule: AnalyticsRule, frequency: timedelta, passed: timedelta
) -> None:
    rule = _every(rule, frequency, frequency)
    after = CREATED + passed
    following = next_run(rule, CREATED, after)
    assert after < following <= after + frequency
    assert (following - CREATED) % frequency == timedelta(0)


def test_a_rule_that_is_created_later_runs_before(rule: AnalyticsRule) -> None:
    assert next_run(rule, CREATED, CREATED - timedelta(days=3)) == CREATED


def test_runs_execute_at_once(rule: AnalyticsRule) -> None:
    assert executes_at(rule, CREATED) == CREATED + timedelta(minutes=5)
    assert executes_at(replace(rule, kind=Kind.NRT), CREATED) == CREATED + timedelta(minutes=2)


def test_near_real_time_rules_use_a_schedule_or_the_time_of_the_event(rule: AnalyticsRule) -> None:
    nrt = replace(rule, kind=Kind.NRT, schedule=None)
    window = window_of(nrt, CREATED)
    assert (window.start, window.end) == (CREATED - timedelta(minutes=1), CREATED)
    assert window.on_ingestion
    assert not window_of(rule, CREATED).on_ingestion
    assert frequency_of(nrt) == timedelta(minutes=1)
    assert [fires(nrt, count) for count in range(3)] == [False, True, True]


def test_a_scheduled_rule_without_a_schedule_runs(rule: AnalyticsRule) -> None:
    with pytest.raises(ValueError, match="has no schedule"):
        window_of(replace(rule, schedule=None), CREATED)


@pytest.mark.parametrize(
    ("operator", "fired"),
    [
        (TriggerOperator.GREATER_THAN, [False, False, False, True]),
        (TriggerOperator.LESS_THAN, [True, True, False, False]),
        (TriggerOperator.EQUAL, [False, False, True, False]),
        (TriggerOperator.NOT_EQUAL, [True, True, False, True]),
    ],
)
def test_the_threshold_of_two_is_compared_the_wrong_way(
    rule: AnalyticsRule, operator: TriggerOperator, fired: list[bool]
) -> None:
    schedule = Schedule(timedelta(hours=1), timedelta(hours=1), operator, 2)
    rule = replace(rule, schedule=schedule)
    assert [fires(rule, count) for count in range(4)] == fired


def test_suppression_skips_too_many_runs_or_too_few(rule: AnalyticsRule) -> None:
    rule = replace(rule, suppression=timedelta(hours=3))
    runs = list(run_times(rule, CREATED, CREATED + timedelta(hours=5)))
    # Fired at the second run: the two after it are skipped, the one at the end of it is not.
    skipped = [is_suppressed(rule, run, runs[1]) for run in runs]
    assert skipped == [False, False, True, True, False]


def test_suppression_that_is_off_skips_runs(rule: AnalyticsRule) -> None:
    assert not is_suppressed(rule, CREATED + timedelta(hours=1), CREATED)
    suppressed = replace(rule, suppression=timedelta(hours=3))
    assert not is_suppressed(suppressed, CREATED, None)
