"""What breaks when a time range is read otherwise than clients write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.engine.base import TimeWindow
from vedette.workspace.iso8601 import format_time
from vedette.workspace.logs.timespan import parse_timespan

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("PT1H", NOW - HOUR, NOW),
        ("PT3600.0S", NOW - HOUR, NOW),
        ("P1D", NOW - 24 * HOUR, NOW),
        ("P1W", NOW - 7 * 24 * HOUR, NOW),
        ("P1DT1H30M", NOW - 25.5 * HOUR, NOW),
        ("2026-11-01T00:00:00Z/2026-11-01T01:00:00Z", NOW - 36 * HOUR, NOW - 35 * HOUR),
        ("2026-11-01T00:00:00.000Z/PT3600.0S", NOW - 36 * HOUR, NOW - 35 * HOUR),
        ("PT1H/2026-11-01T01:00:00+00:00", NOW - 36 * HOUR, NOW - 35 * HOUR),
    ],
)
def test_a_clients_spelling_means_another_range(text: str, start: datetime, end: datetime) -> None:
    assert parse_timespan(text, NOW) == TimeWindow(start, end)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "1h",
        "P1M",
        "P1Y",
        "PT1H/",
        "/PT1H",
        "PT1H/PT1H",
        "2026-11-01T00:00:00Z",
        "2026-11-01T00:00:00/2026-11-02T00:00:00",
        "2026-11-02T00:00:00Z/2026-11-01T00:00:00Z",
        "P999999999999D",
        "P99999999999999999999999D",
    ],
)
def test_what_is_no_range_is_taken_for_one(text: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        parse_timespan(text, NOW)


@given(st.timedeltas(timedelta(0), timedelta(days=365)), st.timedeltas(timedelta(0), 400 * HOUR))
def test_a_start_and_a_duration_mean_the_interval(before: timedelta, length: timedelta) -> None:
    start = NOW - before
    window = parse_timespan(f"{format_time(start)}/PT{length.total_seconds():f}S", NOW)
    assert window.start == start
    assert abs(window.end - start - length) <= timedelta(microseconds=1)
