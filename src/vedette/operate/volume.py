"""Whether a rule makes about as many alerts a day as it used to.

The trap: a rule with two alerts a week triples every other week. A jump has to be large against
the rule's own days, and large enough that somebody feels it.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Days of history without which nothing is said.
LEAST_HISTORY = 5

#: A day is a jump with more alerts than this, than ``TIMES`` its usual day, and than any day had.
LEAST_ALERTS, TIMES = 10, 3

#: A rule that made so many a day, every day, and makes none any more has fallen silent.
USUALLY = 3


def jumped(per_day: Mapping[int, int], history: int) -> str:
    """What is unusual about the last day (age 0), empty if nothing is.

    ``per_day`` counts alerts by age in days, ``history`` is how many days the rule has run.
    """
    earlier = _earlier(per_day, history)
    today = per_day.get(0, 0)
    if len(earlier) < LEAST_HISTORY or today <= LEAST_ALERTS:
        return ""
    usual = sum(earlier) / len(earlier)
    if today <= TIMES * usual or today <= max(earlier):
        return ""
    return (
        f"{today} alerts in the last 24 hours; in the {len(earlier)} days before"
        f" {usual:.1f} a day, {max(earlier)} at most"
    )


def fell_silent(per_day: Mapping[int, int], history: int) -> str:
    """What is missing in the last day, empty if nothing is."""
    earlier = _earlier(per_day, history)
    if len(earlier) < LEAST_HISTORY or per_day.get(0, 0) or min(earlier) < USUALLY:
        return ""
    return (
        f"no alert in the last 24 hours; in the {len(earlier)} days before at least"
        f" {min(earlier)} every day"
    )


def _earlier(per_day: Mapping[int, int], history: int) -> list[int]:
    """The whole days before the last, those without alerts too."""
    return [per_day.get(age, 0) for age in range(1, history)]
