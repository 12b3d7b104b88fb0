"""Which of a table's sixty columns a list of events has room for."""

from __future__ import annotations

from vedette.engine.base import Rows

_TIME = "TimeGenerated"
_MOST = 8

#: What an analyst looks at first, in this order, whatever the table.
_TELLING = (
    "SenderFromAddress",
    "RecipientEmailAddress",
    "Subject",
    "AccountUpn",
    "UserPrincipalName",
    "Url",
    "ActionType",
    "Action",
    "DeliveryAction",
    "DeliveryLocation",
    "ThreatTypes",
    "IsClickedThrough",
    "FileName",
    "SHA256",
    "SentinelResourceName",
    "OperationName",
    "Status",
    "Reason",
    "DisplayName",
    "AlertSeverity",
    "IncidentNumber",
    "Title",
    "Severity",
    "AppDisplayName",
    "ResultType",
    "IPAddress",
    "Location",
    "DeviceName",
    "Description",
    "DataType",
    "Quantity",
)
#: What says little, and the same in every row.
_DULL = frozenset(
    {"TenantId", "SourceSystem", "Type", "MG", "ManagementGroupName", "_ResourceId", "ReportId"}
)


def chosen_columns(rows: Rows) -> list[int]:
    """Where the columns stand that are shown: the time, what tells most, then what has values."""
    places = {column.name: at for at, column in enumerate(rows.columns)}
    filled = [
        name
        for name, at in places.items()
        if any(row[at] not in (None, "") for row in rows.rows) and not name.startswith("$")
    ]
    telling = [name for name in _TELLING if name in filled]
    others = [name for name in filled if name not in {*_TELLING, *_DULL, _TIME}]
    first = [_TIME] if _TIME in places else []
    return [places[name] for name in (first + telling + others)[:_MOST]]
