"""Failures in a row: which count, and what is left of a rule that they switch off."""

from __future__ import annotations

from vedette.model.detection import Kind, Severity
from vedette.simulate.assumptions import FAILURES_UNTIL_DISABLED
from vedette.simulate.failure import Failure, FailuresInARow, auto_disabled
from vedette.simulate.types import AnalyticsRule

RULE = AnalyticsRule("r", Kind.NRT, "Rule", "What it does.", "T", True, Severity.LOW, None)


def _after(*failures: Failure | None) -> FailuresInARow:
    row = FailuresInARow()
    for failure in failures:
        row = row.after(failure)
    return row


def test_a_rule_is_switched_off_after_failures_of_one_kind_in_a_row() -> None:
    enough = [Failure.TABLE_MISSING] * FAILURES_UNTIL_DISABLED
    assert _after(*enough).switch_off
    assert not _after(*enough[1:]).switch_off


def test_a_success_or_another_kind_starts_anew() -> None:
    nearly = [Failure.TABLE_MISSING] * (FAILURES_UNTIL_DISABLED - 1)
    assert not _after(*nearly, None, Failure.TABLE_MISSING).switch_off
    assert not _after(*nearly, Failure.SEMANTIC, Failure.TABLE_MISSING).switch_off


def test_a_timeout_neither_counts_nor_starts_anew() -> None:
    nearly = [Failure.TABLE_MISSING] * (FAILURES_UNTIL_DISABLED - 1)
    assert not _after(*[Failure.TIMEOUT] * (2 * FAILURES_UNTIL_DISABLED)).switch_off
    assert _after(*nearly, Failure.TIMEOUT, Failure.TABLE_MISSING).switch_off


def test_a_rule_that_is_switched_off_says_so() -> None:
    rule = auto_disabled(RULE, Failure.NO_PERMISSION)
    assert not rule.enabled
    assert rule.name == "AUTO DISABLED Rule"
    assert rule.description.startswith("What it does.")
    assert rule.description.endswith("You don't have permissions to run this query.")
