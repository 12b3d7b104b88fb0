"""What breaks when a time or a duration means something else after it was read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.workspace.iso8601 import (
    format_duration,
    format_time,
    parse_duration,
    parse_time,
    when,
)

SECONDS = st.integers(min_value=0, max_value=10**9).map(lambda seconds: timedelta(seconds=seconds))


@given(SECONDS)
def test_a_duration_is_another_after_a_round_trip(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_is_another_after_a_round_trip(moment: datetime) -> None:
    assert parse_time(format_time(moment)) == moment


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("PT01H00M00S", timedelta(hours=1)),
        ("P1DT02H00M00S", timedelta(hours=26)),
        ("P14D", timedelta(days=14)),
        ("PT90M", timedelta(minutes=90)),
        ("PT0S", timedelta()),
    ],
)
def test_a_spelling_of_the_sdk_is_not_read(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P1DT",
        "1h",
        "01:00:00",
        "P1W",
        "P1Y",
        "P1M",
        "PT1H30",
        "-PT1H",
        "PT1.5H",
        "pt1h",
        "P99999999999999D",
        "PT١H",
        "PT1H ",
    ],
)
def test_what_is_no_duration_is_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an ISO 8601|out of range"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-02T12:00:00Z", datetime(2026, 11, 2, 12, tzinfo=UTC)),
        ("2026-11-02T12:00:00z", datetime(2026, 11, 2, 12, tzinfo=UTC)),
        ("2026-11-02T13:00:00+01:00", datetime(2026, 11, 2, 12, tzinfo=UTC)),
        ("2026-11-02T12:00:00.1234567Z", datetime(2026, 11, 2, 12, 0, 0, 123456, tzinfo=UTC)),
        ("2026-11-02T12:00:00.5Z", datetime(2026, 11, 2, 12, 0, 0, 500000, tzinfo=UTC)),
    ],
)
def test_a_time_means_another_moment(text: str, moment: datetime) -> None:
    assert parse_time(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-02",
        "2026-11-02T12:00:00",
        "2026-13-02T12:00:00Z",
        "2026-11-02 12:00:00Z",
        "0001-01-01T00:00:00+23:59",
    ],
)
def test_what_is_no_time_is_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_time(text)


def test_people_see_other_seconds() -> None:
    assert when(datetime(2026, 11, 2, 12, tzinfo=UTC)) == "2026-11-02 12:00 UTC"
    assert when(datetime(2026, 11, 2, 12, 0, 5, tzinfo=UTC)) == "2026-11-02 12:00:05 UTC"
