"""A pattern that begins or ends with 'anything'.

The trap: in extract() the same '.*' decides which match is taken; only where nothing but a match
or none is asked for does it change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.comparisons import comparisons
from vedette.kql.checks.subject.subject import Subject

LEVEL = Level.WARNING

#: '^.*' only where dots match line ends; without that it binds the match to the first line.
_LEADING = re.compile(r"(?:\(\?[is]+\))?\.[*](?!\?)")


def check(subject: Subject) -> Iterator[Remark]:
    """A pattern of matches regex begins with '.*'.

    matches regex looks for the pattern anywhere in the text, so a '.*' in front finds nothing more
    and makes the search try every place for every length.

    Bad:

        DeviceProcessEvents
        | where ProcessCommandLine matches regex @".*invoke-\\w+"

    Good:

        DeviceProcessEvents
        | where ProcessCommandLine matches regex @"invoke-\\w+"
    """
    for each in comparisons(subject, "matches regex"):
        pattern = each.texts[0]
        # An alternative binds weaker: in '.*a|b' the wildcard belongs to the first part only.
        if "|" not in pattern and (found := _LEADING.match(pattern)) and found.end() < len(pattern):
            message = "matches regex searches anywhere in the text: the leading '.*' finds no more"
            yield Remark(each.literals[0], message, "remove the leading '.*'")
