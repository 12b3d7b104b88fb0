"""One duration has many spellings, and a comparison of text finds changes that are none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.deploy.durations import iso8601, parse_iso8601, same_spelling


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(minutes=5), "PT5M"),
        (timedelta(hours=1), "PT1H"),
        (timedelta(days=14), "P14D"),
        (timedelta(days=1, hours=2), "P1DT2H"),
        (timedelta(hours=1, seconds=30), "PT1H30S"),
        (timedelta(), "PT0S"),
    ],
)
def test_the_shortest_spelling_is_sent(duration: timedelta, text: str) -> None:
    assert iso8601(duration) == text


@pytest.mark.parametrize(
    "text", ["PT01H00M00S", "PT60M", "PT3600S", "PT1H0M", "P0DT1H", "PT1H0.0S"]
)
def test_every_spelling_of_an_hour_is_the_same_hour(text: str) -> None:
    assert same_spelling(text) == "PT1H"


@pytest.mark.parametrize("value", ["P1M", "P1Y", "PT", "P", "1h", "", "PT1H ", "P1DT", None, 5])
def test_what_is_no_fixed_duration_stays_as_it_is(value: object) -> None:
    assert same_spelling(value) == value


def test_a_duration_beyond_all_bounds_is_no_duration() -> None:
    assert parse_iso8601(f"P{'9' * 20}D") is None


@given(st.integers(min_value=0, max_value=10**9).map(lambda seconds: timedelta(seconds=seconds)))
def test_what_is_written_is_read_back(duration: timedelta) -> None:
    assert parse_iso8601(iso8601(duration)) == duration
