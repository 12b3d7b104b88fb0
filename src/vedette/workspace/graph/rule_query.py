"""What a custom detection's query must return, and what one that runs continuously may not do."""

from __future__ import annotations

from collections.abc import Iterator

from vedette.kql.bound import BoundQuery, Node
from vedette.workspace.workspace import Workspace

#: One of these must be returned, or nobody would be affected (custom-detection-rules).
_AFFECTED = frozenset(
    {
        *("DeviceId", "DeviceName", "RemoteDeviceName", "RecipientEmailAddress"),
        *("SenderFromAddress", "SenderMailFromAddress", "RecipientObjectId", "AccountObjectId"),
        *("AccountSid", "AccountUpn", "InitiatingProcessAccountSid"),
        *("InitiatingProcessAccountUpn", "InitiatingProcessAccountObjectId"),
    }
)
_NOT_CONTINUOUS = {
    "JoinOperator": "join",
    "LookupOperator": "lookup",
    "UnionOperator": "union",
    "ExternalDataExpression": "externaldata",
}


def query_problems(workspace: Workspace, bound: BoundQuery, *, continuous: bool) -> Iterator[str]:
    """Why the service would not take the query of a custom detection."""
    columns = {column.name for column in bound.columns}
    defenders = [name for name in bound.tables if workspace.hunting.is_defenders(name)]
    if not bound.open and not columns & {"Timestamp", "TimeGenerated"}:
        yield "The query must return the column 'Timestamp'."
    if defenders and not bound.open:
        if not all(name.startswith("Alert") for name in defenders) and "ReportId" not in columns:
            yield "The query must return the column 'ReportId'."
        if all(name.startswith("Device") for name in defenders) and "DeviceId" not in columns:
            yield "The query must return the column 'DeviceId'."
        if not columns & _AFFECTED:
            yield "The query must return a column that identifies an impacted asset."
    if continuous:
        yield from _continuous_problems(bound)


def _continuous_problems(bound: BoundQuery) -> Iterator[str]:
    if len(bound.tables) != 1:
        yield "A continuous (NRT) rule must read exactly one table."
    if "//" in bound.text:
        yield "A continuous (NRT) rule's query must not have comments."
    for node in _walk(bound.tree):
        if node.kind in _NOT_CONTINUOUS:
            yield f"A continuous (NRT) rule must not use '{_NOT_CONTINUOUS[node.kind]}'."


def _walk(node: Node | None) -> Iterator[Node]:
    waiting = [node] if node is not None else []
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(here.children)
