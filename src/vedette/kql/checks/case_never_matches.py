"""A text that was put in one case and is compared with a text in the other.

The trap: operators that ignore case are not concerned, and a list matches if one of its texts can.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.bound import Node
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.comparisons import comparisons
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import called

LEVEL = Level.ERROR

_FOLDS = {"tolower": str.lower, "toupper": str.upper}


def check(subject: Subject) -> Iterator[Remark]:
    """The result of tolower() or toupper() is compared with a text that is in the other case.

    It cannot be equal, so the condition says the same of every row.

    Bad:

        SecurityEvent
        | where tolower(Process) == "PowerShell.exe"

    Good:

        SecurityEvent
        | where Process =~ "powershell.exe"
    """
    for each in comparisons(subject, "==", "!=", "in", "!in", "has_cs", "contains_cs"):
        fold = _FOLDS.get(called(_bare(each.left)))
        if fold is None:
            continue
        for literal, text in zip(each.literals, each.texts, strict=True):
            if text.isascii() and fold(text) != text:
                function = called(_bare(each.left))
                message = f"what {function}() returns is never '{text}'"
                yield Remark(literal, message, f"write '{fold(text)}', or compare with =~ or in~")


def _bare(node: Node) -> Node:
    while node.kind == "ParenthesizedExpression":
        node = node.children[1]
    return node
