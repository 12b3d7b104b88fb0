"""A pattern without anything that makes it one.

The trap: a dot is a sign of patterns even where it was meant as a dot; that is for its author to
know, and not plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.comparisons import comparisons
from vedette.kql.checks.subject.subject import Subject

LEVEL = Level.WARNING

_PLAIN = re.compile(r"[\w\s/:@#%&=,;<>'\"!~-]+")


def check(subject: Subject) -> Iterator[Remark]:
    """matches regex is given a text in which nothing is a pattern.

    It then means contains_cs, runs slower, and ignores the index.

    Bad:

        DeviceProcessEvents
        | where ProcessCommandLine matches regex "Invoke-Mimikatz"

    Good:

        DeviceProcessEvents
        | where ProcessCommandLine has_cs "Invoke-Mimikatz"
    """
    for each in comparisons(subject, "matches regex"):
        if _PLAIN.fullmatch(each.texts[0]):
            message = f"'{each.texts[0]}' is plain text, not a pattern"
            yield Remark(each.literals[0], message, "use has_cs or contains_cs")
