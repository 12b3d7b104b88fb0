"""A star that was meant as a wildcard.

The trap: a lone star is a value in itself (Azure policies, DNS records), and so is a star amid
signs that come from a file mask or a command; only a star beside a word, in an operator that has
its own word for it, is a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.comparisons import comparisons
from vedette.kql.checks.subject.subject import Subject

LEVEL = Level.WARNING

_WILD = re.compile(r"\*[\w.-]{2,}\*?|[\w.-]{2,}\*")

#: A certificate's or zone's name has a star of its own.
_NAME = re.compile(r"\*(?:\.[\w-]+){2,}")

#: Columns in which people write stars: 'del *.log'.
_COMMANDS = re.compile("(?i)command|arguments|script|query|text|message")


def check(subject: Subject) -> Iterator[Remark]:
    """A text holds a star as a wildcard, and the operator takes it for a star.

    Only matches regex has wildcards. The other operators look for the sign '*' itself, which
    hardly any value has, so the condition is never met.

    Bad:

        DeviceProcessEvents
        | where FileName =~ "psexec*"

    Good:

        DeviceProcessEvents
        | where FileName startswith "psexec"
    """
    operators = ("==", "=~", "in", "in~", "startswith", "endswith", "contains", "!=", "!~")
    for each in comparisons(subject, *operators):
        if _COMMANDS.search(each.column):
            continue
        for literal, text in zip(each.literals, each.texts, strict=True):
            if _WILD.fullmatch(text) and not _NAME.fullmatch(text):
                message = f"'{text}' is compared with its star: {each.operator} has no wildcards"
                yield Remark(literal, message, "use startswith, endswith, contains or has")
