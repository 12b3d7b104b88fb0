"""A query that reads every table of the workspace.

The trap: 'search *' and 'union *' as such are refused by the service, and the loader says so;
these are the other ways to write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import child, items, walk

LEVEL = Level.WARNING

#: What the loader reports already, for rules.
_KNOWN = re.compile(r"search\s+\*|union\s+\*")

#: Where the operator works on the rows that it is given.
_PIPES = frozenset({"PipeExpression"})


def check(subject: Subject) -> Iterator[Remark]:
    """search, find or union names no tables.

    Every table of the workspace is then read, also those that come with the next connector. In a
    rule that ends in time-outs; in a hunt it reads far more than is looked for.

    Bad:

        search "203.0.113.54"
        | summarize count() by $table

    Good:

        search in (SigninLogs, CommonSecurityLog) "203.0.113.54"
        | summarize count() by $table
    """
    for node in subject.nodes("SearchOperator", "FindOperator"):
        named = [each for each in walk(node) if each.symbol == "table"]
        above = subject.parent(node)
        piped = above is not None and above.children[0] is not node and above.kind in _PIPES
        if not named and not piped and not _is_known(subject, subject.text(node)):
            word = "search" if node.kind == "SearchOperator" else "find"
            yield Remark(
                node, f"{word} without tables reads all of them", f"name them: {word} in (…)"
            )
    for union in subject.nodes("UnionOperator"):
        listed = child(union, "List")
        tables = [each for part in union.children if part.kind == "List" for each in items(part)]
        star = any(subject.text(each).strip() == "*" for each in tables)
        if listed is not None and star and not _is_known(subject, subject.text(union)):
            yield Remark(union, "union * reads all tables", "name the tables")


def _is_known(subject: Subject, text: str) -> bool:
    return subject.detection.is_rule and _KNOWN.match(text) is not None
