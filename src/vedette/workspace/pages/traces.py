"""Where the events of a thing are: of a mail, a link, a user, a device."""

from __future__ import annotations

from collections.abc import Mapping

from vedette.schema.types import TableSchema
from vedette.workspace.pages.event_filter import EventFilter
from vedette.workspace.pages.graph import DEVICE, LINK, MAIL, USER, Node
from vedette.workspace.pages.time_range import TimeRange

#: Column of the drawing → tables and their columns that hold such a value, the best first.
_PLACES = {
    MAIL: (("EmailEvents", "NetworkMessageId"),),
    LINK: (
        ("UrlClickEvents", "Url"),
        ("EmailUrlInfo", "Url"),
        ("EmailAttachmentInfo", "SHA256"),
        ("EmailAttachmentInfo", "FileName"),
    ),
    USER: (
        ("UrlClickEvents", "AccountUpn"),
        ("EmailEvents", "RecipientEmailAddress"),
        ("SigninLogs", "UserPrincipalName"),
    ),
    DEVICE: (
        ("SigninLogs", "IPAddress"),
        ("UrlClickEvents", "IPAddress"),
        ("DeviceProcessEvents", "DeviceName"),
    ),
}
_KINDS = {"File": ("FileName",), "File hash": ("SHA256",), "Device": ("DeviceName",)}


def trace(node: Node, tables: Mapping[str, TableSchema]) -> str:
    """The address of its events in the first of ``tables`` that may hold some, or empty."""
    for table, column in _PLACES[node.column]:
        wanted = _KINDS.get(node.kind)
        if wanted is None and column in ("FileName", "SHA256", "DeviceName"):
            continue
        if wanted is not None and column not in wanted:
            continue
        if node.value and table in tables and tables[table].column(column):
            return EventFilter(tables[table], TimeRange("all")).with_value(column, node.value)
    return ""
