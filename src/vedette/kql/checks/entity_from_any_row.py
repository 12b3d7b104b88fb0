"""An entity identifier that is taken from any row of a group.

The trap: a value that is the same in the whole group may be taken from any row; where it is grouped
by as well, it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.lineage import origin_of
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import called

LEVEL = Level.WARNING

_ANY = frozenset({"any", "anyif", "take_any", "take_anyif"})


def check(subject: Subject) -> Iterator[Remark]:
    """An entity's identifier is taken from any row of a group.

    take_any() returns the value of some row, another one in the next run. The alert then names an
    account or address at random, and repeats of the alert are not grouped with it.

    Bad:

        // entityMappings:
        //   - entityType: IP
        //     fieldMappings: [{identifier: Address, columnName: IP}]
        SigninLogs
        | summarize Failures = count(), IP = take_any(IPAddress) by UserPrincipalName

    Good:

        // entityMappings:
        //   - entityType: IP
        //     fieldMappings: [{identifier: Address, columnName: IPAddress}]
        SigninLogs
        | summarize Failures = count(), arg_max(TimeGenerated, IPAddress) by UserPrincipalName
    """
    for index, mapping in enumerate(subject.detection.entity_mappings):
        for number, field in enumerate(mapping.fields):
            origin = origin_of(subject, field.column)
            if origin is not None and called(origin) in _ANY:
                message = (
                    f"{mapping.entity_type} {field.identifier} is the {field.column} of any row: "
                    "another one in each run"
                )
                at = ("entityMappings", index, "fieldMappings", number, "columnName")
                yield Remark(
                    at, message, "take it from a certain row with arg_max(), or group by it"
                )
