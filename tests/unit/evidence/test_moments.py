"""What breaks when a datetime or timespan of a case is read as another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.evidence.moments import parse_moment, parse_span

NOW = datetime(2026, 10, 6, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", NOW),
        ("-2h", datetime(2026, 10, 6, 7, tzinfo=UTC)),
        ("+5m", datetime(2026, 10, 6, 9, 5, tzinfo=UTC)),
        ("-1d12h", datetime(2026, 10, 4, 21, tzinfo=UTC)),
        ("-7d40m1s", datetime(2026, 9, 29, 8, 19, 59, tzinfo=UTC)),
        ("-0s", NOW),
        ("2026-10-06T08:57:00Z", datetime(2026, 10, 6, 8, 57, tzinfo=UTC)),
        ("2026-10-06T10:57:00+02:00", datetime(2026, 10, 6, 8, 57, tzinfo=UTC)),
        ("2026-10-06T08:57:00", datetime(2026, 10, 6, 8, 57, tzinfo=UTC)),
        ("2026-10-06 08:57", datetime(2026, 10, 6, 8, 57, tzinfo=UTC)),
        ("2026-10-06", datetime(2026, 10, 6, tzinfo=UTC)),
        ("2026-10-06T08:57:00.1234567Z", datetime(2026, 10, 6, 8, 57, 0, 123_456, tzinfo=UTC)),
    ],
)
def test_a_moment_is_another(text: str, moment: datetime) -> None:
    assert parse_moment(text, NOW) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2h",
        "-",
        "-2",
        "-2w",
        "- 2h",
        "-2H",
        "yesterday",
        "2026-02-30",
        "-99999999d",
        "-999999999999d",
        "NOW",
    ],
)
def test_what_is_no_moment_is_read_as_one(text: str) -> None:
    assert parse_moment(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("5m", timedelta(minutes=5)),
        ("1d12h", timedelta(days=1, hours=12)),
        ("-2h", timedelta(hours=-2)),
        ("00:05", timedelta(minutes=5)),
        ("01:02:03", timedelta(hours=1, minutes=2, seconds=3)),
        ("1.02:03:04.5", timedelta(days=1, hours=2, minutes=3, seconds=4, milliseconds=500)),
        ("-1.00:00:00.0000010", timedelta(days=-1, microseconds=-1)),
    ],
)
def test_a_timespan_is_another(text: str, span: timedelta) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize(
    "text", ["", "5", "PT5M", "24:00:00", "00:60:00", "1w", "9999999999d", "9999999999.00:00:00"]
)
def test_what_is_no_timespan_is_read_as_one(text: str) -> None:
    assert parse_span(text) is None


@given(st.integers(0, 9999), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_the_units_are_mixed_up(days: int, hours: int, minutes: int, seconds: int) -> None:
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    text = f"{days}d{hours}h{minutes}m{seconds}s"
    assert parse_moment(f"-{text}", NOW) == NOW - length
    assert parse_moment(f"+{text}", NOW) == NOW + length
    assert parse_span(text) == length


@given(st.text())
def test_some_text_raises(text: str) -> None:
    parse_moment(text, NOW)
    parse_span(text)


@given(st.datetimes(timezones=st.just(UTC)))
def test_iso_text_is_another_moment(moment: datetime) -> None:
    assert parse_moment(moment.isoformat(), NOW) == moment
