"""Durations: three forms are read, everything else is refused, and what is written is read back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.durations import iso_duration, parse_duration, short_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("5m", timedelta(minutes=5)),
        ("1h", timedelta(hours=1)),
        ("14d", timedelta(days=14)),
        ("0m", timedelta()),
        ("01:00:00", timedelta(hours=1)),
        ("1:30", timedelta(hours=1, minutes=30)),
        ("1.00:00:00", timedelta(days=1)),
        ("14.00:00:00", timedelta(days=14)),
        ("00:00:59", timedelta(seconds=59)),
        ("23:59:59", timedelta(hours=23, minutes=59, seconds=59)),
        ("PT1H", timedelta(hours=1)),
        ("PT01H00M00S", timedelta(hours=1)),
        ("P1D", timedelta(days=1)),
        ("P1DT2H30M", timedelta(days=1, hours=2, minutes=30)),
        ("PT0S", timedelta()),
        ("P2W", timedelta(weeks=2)),
        ("9" * 12 + "d", timedelta.max),
        ("P" + "9" * 5000 + "D", timedelta.max),
    ],
)
def test_three_forms_are_read(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        "5",
        "",
        "m",
        "5M",
        "5 m",
        "5min",
        "5s",
        "1w",
        "1h30m",
        "-5m",
        "1.5h",
        "5m\n",
        "24:00:00",
        "1:60:00",
        "1:5:00",
        "1:00:00:00",
        "1.1.00:00:00",
        "P",
        "PT",
        "P1DT",
        "P1",
        "1H",
        "pt1h",
        "P1M",
        "P1Y",
        "P1W2D",
        "PT1.5H",
        "PT1M1H",
        "٥m",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    assert parse_duration(text) is None


@given(st.text(alphabet="0123456789PTWDHMSmhd.:- \n", max_size=14))
def test_no_text_raises(text: str) -> None:
    parse_duration(text)


whole_seconds = st.integers(0, 400 * 86400).map(lambda seconds: timedelta(seconds=seconds))


@given(whole_seconds)
def test_iso_durations_are_read_back(duration: timedelta) -> None:
    assert parse_duration(iso_duration(duration)) == duration


@pytest.mark.parametrize(
    ("duration", "iso", "short"),
    [
        (timedelta(), "PT0S", "0m"),
        (timedelta(minutes=5), "PT5M", "5m"),
        (timedelta(hours=25), "P1DT1H", "1d 1h"),
        (timedelta(days=14), "P14D", "14d"),
        (timedelta(hours=1, seconds=1), "PT1H1S", "1h 1s"),
    ],
)
def test_durations_are_written(duration: timedelta, iso: str, short: str) -> None:
    assert iso_duration(duration) == iso
    assert short_duration(duration) == short
