"""What breaks: a literal of a query means another value here than in Kusto."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.engine.cells import timespan_text
from vedette.engine.sql import literals


@pytest.mark.parametrize(
    ("token", "value"),
    [
        ('"a\\tb"', "a\tb"),
        ("'it\\'s'", "it's"),
        ("@'C:\\dir'", "C:\\dir"),
        ("@'it''s'", "it's"),
        ('@"say ""x"""', 'say "x"'),
        ("h'secret'", "secret"),
        ("H@'sec\\ret'", "sec\\ret"),
        ("```a\nb```", "a\nb"),
        ("~~~a`b~~~", "a`b"),
        ("'\\u00e9\\x41\\101'", "éAA"),
    ],
)
def test_strings_in_every_spelling(token: str, value: str) -> None:
    assert literals.unquoted(token) == value


@pytest.mark.parametrize(
    ("text", "ticks"),
    [
        ("5m", 3_000_000_000),
        ("1.5h", 54_000_000_000),
        ("-2d", -1_728_000_000_000),
        ("100ms", 1_000_000),
        ("10microseconds", 100),
        ("1tick", 1),
        ("3", 2_592_000_000_000),
        ("1.02:03:04.5", 937_845_000_000),
        ("-00:00:01", -10_000_000),
        ("null", None),
    ],
)
def test_timespans_are_exact_in_ticks(text: str, ticks: int | None) -> None:
    assert literals.ticks(text) == ticks


def test_a_clock_carries_over() -> None:
    assert literals.ticks("99:99") == (99 * 60 + 99) * 600_000_000


@pytest.mark.parametrize("text", ["five minutes", "1x", "1:2:3:4", "1.5.2"])
def test_what_is_no_timespan_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        literals.ticks(text)


@settings(deadline=None)
@given(span=st.timedeltas(timedelta(days=-3_000_000), timedelta(days=3_000_000)))
def test_a_timespan_reads_as_it_is_written(span: timedelta) -> None:
    whole = span.days * 864_000_000_000 + span.seconds * 10_000_000 + span.microseconds * 10
    assert literals.ticks(timespan_text(span)) == whole


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-02", "2026-01-02"),
        ("2026-1-2 3:04", "2026-01-02T03:04:00"),
        ("2026-01-02T03:04:05.1234567Z", "2026-01-02T03:04:05.123456"),
        ("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05"),
        ("12/31/2026", "2026-12-31"),
        ("2026", "2026-01-01"),
        ("2025, 6, 14", "2025-06-14"),
        ("2025, 6, 14, 1, 2", "2025-06-14T01:02:00"),
        ("null", None),
    ],
)
def test_datetimes_in_every_spelling(text: str, value: str | None) -> None:
    expected = None if value is None else datetime.fromisoformat(value)
    assert literals.moment(text) == expected


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "2026-02-30", "25:00"])
def test_what_is_no_datetime_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        literals.moment(text)


def test_numbers_keep_their_type() -> None:
    assert literals.constant("LongLiteralExpression", "0x10").constant == 16
    assert literals.constant("IntLiteralExpression", "int(7)").type == "int"
    assert literals.constant("RealLiteralExpression", "real(1e3)").constant == 1000.0
    assert literals.constant("LongLiteralExpression", "long(null)").sql == "NULL::BIGINT"
    assert literals.constant("BooleanLiteralExpression", "TRUE").constant is True
