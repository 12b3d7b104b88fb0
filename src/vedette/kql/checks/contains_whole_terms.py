"""A search for a substring that is bounded by signs, so that it is a search for whole terms.

The trap: has and contains differ wherever the text can go on with a letter or digit. Only where
both ends of the text are signs do they find the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.comparisons import comparisons
from vedette.kql.checks.subject.subject import Subject

LEVEL = Level.WARNING

_INSTEAD = {"contains": "has", "!contains": "!has", "contains_cs": "has_cs"}

#: Terms of fewer characters are not in the index (learn.microsoft.com, KQL string operators).
_TERM = re.compile(r"[A-Za-z0-9]{3,}")
_SIGN = re.compile(r"[^A-Za-z0-9]")


def check(subject: Subject) -> Iterator[Remark]:
    """contains looks for a text that begins and ends with a sign, which has finds as well.

    contains reads every value from end to end; has looks the terms up in the index first. Where the
    text is bounded by signs such as '/', '-' or a blank, both find the same.

    Bad:

        DeviceProcessEvents
        | where ProcessCommandLine contains " -EncodedCommand "

    Good:

        DeviceProcessEvents
        | where ProcessCommandLine has " -EncodedCommand "
    """
    for each in comparisons(subject, *_INSTEAD):
        text = each.texts[0]
        above = (node.kind for node in subject.ancestors(each.node))
        if "FilterOperator" not in above:
            continue  # A computed column reads every row, index or not.
        ends = len(text) > 1 and _SIGN.match(text[0]) and _SIGN.match(text[-1])
        if ends and text.isascii() and _TERM.search(text):
            instead = _INSTEAD[each.operator]
            message = f"'{text}' is bounded by signs: {instead} finds the same by the index"
            yield Remark(each.node.children[1], message, f"use {instead}")
