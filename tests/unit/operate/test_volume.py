"""Numbers of alerts that are unusual for a rule, and those that only look so."""

from __future__ import annotations

import pytest

from vedette.operate.volume import fell_silent, jumped


@pytest.mark.parametrize(
    ("per_day", "history", "unusual"),
    [
        ({0: 40, **dict.fromkeys(range(1, 8), 4)}, 8, True),
        ({0: 12, **dict.fromkeys(range(1, 8), 4)}, 8, False),  # three times, not more
        ({0: 10}, 8, False),  # nobody feels ten
        ({0: 11}, 8, True),  # never before
        ({0: 11}, 5, False),  # four days are no history
        ({0: 30, 3: 31}, 8, False),  # there was such a day
    ],
)
def test_a_jump_is_large_and_larger_than_any_day_before(
    per_day: dict[int, int], history: int, unusual: bool
) -> None:
    assert bool(jumped(per_day, history)) is unusual


def test_a_jump_says_what_is_usual() -> None:
    said = jumped({0: 40, **dict.fromkeys(range(1, 8), 4)}, 8)
    assert said == "40 alerts in the last 24 hours; in the 7 days before 4.0 a day, 4 at most"


@pytest.mark.parametrize(
    ("per_day", "history", "unusual"),
    [
        (dict.fromkeys(range(1, 8), 3), 8, True),
        (dict.fromkeys(range(1, 7), 3), 8, False),  # a day without alerts is not unusual
        (dict.fromkeys(range(1, 8), 2), 8, False),
        ({0: 1, **dict.fromkeys(range(1, 8), 3)}, 8, False),
        (dict.fromkeys(range(1, 5), 3), 5, False),
    ],
)
def test_silence_counts_where_every_day_had_alerts(
    per_day: dict[int, int], history: int, unusual: bool
) -> None:
    assert bool(fell_silent(per_day, history)) is unusual
