"""A column of an alert that is taken from the row with the greatest or least of something coarse.

The trap: of several rows with the same greatest value arg_max() takes any. Times of events seldom
tie; counts, scores, whole hours and texts do.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.bound import Node
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.pipelines import aggregates, assigned
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import arguments, called
from vedette.kql.named_columns import named_columns

LEVEL = Level.WARNING

_OF_A_ROW = frozenset({"arg_max", "arg_min", "argmax", "argmin"})

#: Operators behind which a column's name says nothing about what it was before.
_OPAQUE = frozenset(
    {"UnionOperator", "MvExpandOperator", "MvApplyOperator", "ProjectRenameOperator"}
)

#: Makes a time that many events share.
_ROUNDING = frozenset(
    {"bin", "bin_at", "floor", "endofday", "endofmonth", "endofweek", "startofday", "startofhour",
     "startofmonth", "startofweek", "startofyear", "endofyear"}
)  # fmt: skip


def check(subject: Subject) -> Iterator[Remark]:
    """What an alert shows is of the row with the most of something that rows have equally.

    arg_max() and arg_min() take any of several rows with the same value. Where that value is a
    count, a score or a whole hour, two rows often have it: the alert names one of two addresses,
    and the other one in the next run.

    Bad:

        // entityMappings:
        //   - entityType: IP
        //     fieldMappings: [{identifier: Address, columnName: IPAddress}]
        SigninLogs
        | summarize Failures = count() by UserPrincipalName, IPAddress
        | summarize arg_max(Failures, IPAddress) by UserPrincipalName

    Good:

        // entityMappings:
        //   - entityType: IP
        //     fieldMappings: [{identifier: Address, columnName: IPAddress}]
        SigninLogs
        | summarize arg_max(TimeGenerated, IPAddress) by UserPrincipalName
    """
    shown = {named.column: named.purpose for named in reversed([*named_columns(subject.detection)])}
    pipeline = subject.result
    for operator in reversed(pipeline.operators if pipeline is not None else ()):
        if operator.kind in _OPAQUE:
            return
        if operator.kind == "SummarizeOperator":
            for call in aggregates(operator):
                yield from _tied(subject, call, shown)
            return
        shown = _before(operator, shown)


def _before(operator: Node, shown: dict[str, str]) -> dict[str, str]:
    """The shown columns by the names that they have in front of ``operator``."""
    made, before = assigned(operator), {}
    for name, purpose in shown.items():
        value = made.get(name)
        if value is None:
            before[name] = purpose
        elif value.kind == "NameReference" and value.symbol == "column":
            before[value.name] = purpose
    return before


def _tied(subject: Subject, call: Node, shown: dict[str, str]) -> Iterator[Remark]:
    if called(call) not in _OF_A_ROW:
        return
    by, *taken = arguments(call)
    coarse = by.type != "datetime" or called(by) in _ROUNDING
    names = [each.name for each in taken if each.kind == "NameReference" and each.name in shown]
    if not coarse or not names:
        return
    word = "greatest" if called(call) in {"arg_max", "argmax"} else "least"
    message = (
        f"{shown[names[0]]} shows {', '.join(names)} of the row with the {word} "
        f"{subject.text(by)}: of several that have it, of any"
    )
    hint = "take the last one with arg_max(TimeGenerated, …), or show all with make_set()"
    yield Remark(call, message, hint)
