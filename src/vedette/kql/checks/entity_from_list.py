"""An entity identifier that is filled from a list.

The trap: a dynamic column may hold one text (a part of parse_json); only a column that is made as
a list is certain to hold several.
"""

from __future__ import annotations

from collections.abc import Iterator

from vedette.finding import Level
from vedette.kql.checks.base import Remark
from vedette.kql.checks.subject.lineage import origin_of
from vedette.kql.checks.subject.subject import Subject
from vedette.kql.desugar.tree import called

LEVEL = Level.WARNING

_LISTS = frozenset({"make_set", "makeset", "make_list", "makelist", "make_bag", "pack_array"})

#: Identifiers that are lists by themselves (learn.microsoft.com, entity types reference).
_PLURAL = frozenset({"NetworkMessageIds", "Threats", "Urls", "CountByDeliveryStatus"})


def check(subject: Subject) -> Iterator[Remark]:
    """An entity's identifier is a column that holds a list.

    An identifier holds one value. A list arrives as its JSON text, '["a","b"]', which is no address
    and no name: the entity matches nothing, or is dropped.

    Bad:

        // entityMappings:
        //   - entityType: IP
        //     fieldMappings: [{identifier: Address, columnName: IPs}]
        SigninLogs
        | summarize IPs = make_set(IPAddress) by UserPrincipalName

    Good:

        // entityMappings:
        //   - entityType: IP
        //     fieldMappings: [{identifier: Address, columnName: IPAddress}]
        SigninLogs
        | summarize count() by UserPrincipalName, IPAddress
    """
    for index, mapping in enumerate(subject.detection.entity_mappings):
        for number, field in enumerate(mapping.fields):
            origin = origin_of(subject, field.column)
            if field.identifier in _PLURAL:
                continue
            if origin is not None and called(origin) in _LISTS:
                identifier = f"{mapping.entity_type} {field.identifier}"
                message = f"{identifier} is filled from a list ({field.column})"
                at = ("entityMappings", index, "fieldMappings", number, "columnName")
                yield Remark(at, message, "keep one value a row: group by it, or mv-expand it")
