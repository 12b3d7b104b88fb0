"""A title, a description or a detail of an alert that is taken from any row of a group.

The trap: identifiers of entities are another check's, which says what becomes of the grouping.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.lineage import origin_of
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import called
from vedette.kql.named_columns import named_columns

LEVEL = Level.WARNING

_ANY = frozenset({"any", "anyif", "take_any", "take_anyif"})


def check(subject: Subject) -> Iterator[Remark]:
    """What an alert shows is taken from any row of a group.

    take_any() returns the value of some row, another one in the next run, and each column's from a
    row of its own. An analyst reads a subject and a sender that never stood in one mail.

    Bad:

        // customDetails:
        //   Place: Place
        SigninLogs
        | summarize Failures = count(), Place = take_any(Location) by UserPrincipalName

    Good:

        // customDetails:
        //   Place: Location
        SigninLogs
        | summarize Failures = count(), arg_max(TimeGenerated, Location) by UserPrincipalName
    """
    for named in named_columns(subject.detection):
        if named.finding == "unknown-entity-column":
            continue
        origin = origin_of(subject, named.column)
        if origin is not None and called(origin) in _ANY:
            message = f"{named.purpose} shows the {named.column} of any row: another in each run"
            hint = "take it from a certain row with arg_max(), or show all with make_set()"
            yield Remark(named.at, message, hint)
