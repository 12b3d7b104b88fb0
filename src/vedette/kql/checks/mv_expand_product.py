"""Two lists that are expanded one after the other.

The trap: a list inside the first one's elements has to be expanded second; only lists that have
nothing to do with each other multiply.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.bound import Node
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import items, walk

LEVEL = Level.WARNING


def check(subject: Subject) -> Iterator[Remark]:
    """Two columns of one row are expanded one after the other.

    Each element of the first is then paired with each of the second: 20 targets and 50 properties
    are 1,000 rows of one event, and pairs that never belonged together. In one mv-expand they are
    expanded side by side.

    Bad:

        AuditLogs
        | mv-expand TargetResources
        | mv-expand AdditionalDetails

    Good:

        AuditLogs
        | mv-expand TargetResources, AdditionalDetails
    """
    for pipeline in subject.pipelines:
        for first, second in zip(pipeline.operators, pipeline.operators[1:], strict=False):
            if first.kind != "MvExpandOperator" or second.kind != "MvExpandOperator":
                continue
            inputs = {column.name for column in pipeline.input_of(first).columns}
            one, other = _expanded(first), _expanded(second)
            made = _made(first)
            if one and other and len(other) == 1 and other <= inputs - made - one:
                message = f"{_shown(one)} and {_shown(other)} are multiplied with each other"
                hint = "expand both in one mv-expand, or one of them in a branch of its own"
                yield Remark(second, message, hint)


def _expanded(operator: Node) -> set[str]:
    """The columns that the operator expands, as far as they are plain columns."""
    return {
        node.name
        for part in operator.children
        if part.kind == "List"
        for item in items(part)
        for node in walk(item)
        if node.kind == "NameReference" and node.symbol == "column"
    }


def _made(operator: Node) -> set[str]:
    return {node.name for node in walk(operator) if node.kind == "NameDeclaration"}


def _shown(names: set[str]) -> str:
    return ", ".join(sorted(names))
