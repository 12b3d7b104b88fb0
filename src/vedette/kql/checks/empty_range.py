"""A range whose end lies before its beginning.

The trap: only ends that are both known can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.checks.subject.time import reach_of

LEVEL = Level.ERROR


def check(subject: Subject) -> Iterator[Remark]:
    """between has its later end first.

    between (a .. b) asks for a <= x and x <= b. With the ends the wrong way round no value meets
    it, and nothing is returned.

    Bad:

        // queryFrequency: 1d
        // queryPeriod: 1d
        SigninLogs
        | where TimeGenerated between (now() .. ago(1d))

    Good:

        // queryFrequency: 1d
        // queryPeriod: 1d
        SigninLogs
        | where TimeGenerated between (ago(1d) .. now())
    """
    for node in subject.nodes("BetweenExpression"):
        couple = node.children[-1]
        if couple.kind != "ExpressionCouple" or len(couple.children) < 4:
            continue
        first, last = couple.children[1], couple.children[3]
        begin, end = reach_of(subject, first), reach_of(subject, last)
        if begin is not None and end is not None and begin < end:
            message = f"no time lies between {subject.text(first)} and {subject.text(last)}"
            yield Remark(couple, message, "give the earlier end first")
