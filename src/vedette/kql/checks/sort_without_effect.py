"""A sort whose order is lost at once.

The trap: make_list and the window functions take rows in their order, and so do take and the
serialising operators; the order is lost only where nothing behind it looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.bound import Node
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import walk

LEVEL = Level.WARNING

_LOSES = {
    "SummarizeOperator": "summarize",
    "JoinOperator": "join",
    "SortOperator": "the next sort",
    "TopOperator": "top",
    "DistinctOperator": "distinct",
    "CountOperator": "count",
}
_KEEPS = frozenset(
    {"FilterOperator", "ProjectOperator", "ProjectAwayOperator", "ExtendOperator"}
    | {"ProjectRenameOperator", "ProjectReorderOperator", "ProjectKeepOperator"}
)
#: Functions whose result depends on the order of the rows.
_ORDERED = frozenset(
    {"make_list", "makelist", "make_list_if", "make_list_with_nulls", "make_bag", "any", "take_any"}
    | {"prev", "next", "row_number", "row_cumsum", "row_rank_dense", "row_rank_min"}
    | {"row_window_session", "arg_max", "arg_min", "make_set", "makeset", "scan"}
)


def check(subject: Subject) -> Iterator[Remark]:
    """Rows are sorted, and the next operator takes them in any order.

    Sorting reads all rows into memory, and summarize, join or a second sort make no use of it.
    Advice on cost: the result does not change.

    Bad:

        SigninLogs
        | sort by TimeGenerated desc
        | summarize Failures = count() by UserPrincipalName

    Good:

        SigninLogs
        | summarize Failures = count() by UserPrincipalName
        | sort by Failures desc
    """
    for pipeline in subject.pipelines:
        for operator in pipeline.operators:
            if operator.kind != "SortOperator":
                continue
            loser = _loser(pipeline.after(operator))
            if loser is not None:
                message = f"the order is lost in {_LOSES[loser.kind]} behind it"
                yield Remark(operator, message, "remove the sort, or sort last")


def _loser(after: tuple[Node, ...]) -> Node | None:
    for operator in after:
        if any(node.name in _ORDERED for node in walk(operator)):
            return None
        if operator.kind in _LOSES:
            return operator
        if operator.kind not in _KEEPS:
            return None
    return None
