"""Who changed a rule: what SentinelAudit tells, as far as it tells anything.

The trap: auditing is off until somebody turns it on, and keeps silent about what was done before.
Nobody being named is therefore never "nobody".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vedette.deploy.assumptions import AUDITED_TYPES
from vedette.deploy.logs import Record
from vedette.deploy.resource import Body
from vedette.model.shape import mapping, text

#: How far back it is looked: the table's own retention is longer, edits are looked for sooner.
TIMESPAN = "P30D"

_TYPES = ", ".join(f"'{each}'" for each in AUDITED_TYPES)

#: The last of every rule's changes.
QUERY = f"""\
SentinelAudit
| where SentinelResourceType in~ ({_TYPES}) and Status =~ 'Success'
| extend RuleId = tolower(tostring(split(SentinelResourceId, '/')[-1]))
| summarize arg_max(TimeGenerated, OperationName, ExtendedProperties) by RuleId
"""


@dataclass(frozen=True, slots=True)
class Editor:
    """Who last changed a resource, when and how; what is not known is empty."""

    who: str
    when: str = ""
    operation: str = ""
    address: str = ""


def editors_of(rows: Iterable[Record]) -> dict[str, Editor]:
    """The last editor of each rule, by the rule's id in lower case."""
    found = {}
    for row in rows:
        more = _properties(row.get("ExtendedProperties"))
        who = text(more.get("CallerName"))
        if who:
            found[text(row.get("RuleId"))] = Editor(
                who,
                text(row.get("TimeGenerated")),
                text(row.get("OperationName")),
                text(more.get("CallerIpAddress")),
            )
    return found


def editor_in(body: Body) -> Editor | None:
    """Who wrote the resource last by its own ``systemData``, which not every type has."""
    system = mapping(body.get("systemData"))
    who = text(system.get("lastModifiedBy"))
    return Editor(who, text(system.get("lastModifiedAt"))) if who else None


def _properties(value: object) -> Mapping[str, object]:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return mapping(value)
