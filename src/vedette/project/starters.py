"""What a first detection on a table looks for: a real query, an event that it finds, a near miss.

The trap: a scaffold that says TODO teaches nobody, and one that fails its own tests teaches the
wrong thing. Every starter here runs, on the tables as they are; a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vedette.model.detection import EntityMapping, FieldMapping
from vedette.schema.types import TableSchema

#: What an event of the scaffold holds in a column.
Value = str | int | bool


@dataclass(frozen=True, slots=True)
class Starter:
    """A detection on one table, without its name, kind and schedule.

    ``query`` are the lines below the table's name. ``event`` is one that the query finds, ``miss``
    what a near miss has instead, ``computed`` what the query makes of the event in further columns.
    ``columns`` are projected behind the time. The texts are plain scalars of YAML.
    """

    table: str
    folder: str
    about: str
    why_fire: str
    why_miss: str
    query: tuple[str, ...]
    event: Mapping[str, Value]
    miss: Mapping[str, Value]
    columns: tuple[str, ...]
    entities: tuple[EntityMapping, ...]
    computed: Mapping[str, str] = field(default_factory=dict)
    connector: str | None = None
    tactics: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()


_MAIL = "a7c0f2d4-53a6-4e0b-2f55-08de1a6b9c01"
_USER = "ana.ruiz@contoso.com"
_ACCOUNT = {"AccountName": "ana.ruiz", "AccountUPNSuffix": "contoso.com"}


def _entity(kind: str, **columns: str) -> EntityMapping:
    """``kind`` with its identifiers and the columns that fill them."""
    return EntityMapping(kind, tuple(FieldMapping(*pair) for pair in columns.items()))


def _split_account(column: str) -> tuple[str, ...]:
    # Name and suffix apart, since the two together are a strong identifier and a name alone is not.
    return (
        f"| extend AccountParts = split({column}, '@')",
        "| extend AccountName = tostring(AccountParts[0])",
        "| extend AccountUPNSuffix = tostring(AccountParts[1])",
    )


_ACCOUNT_ENTITY = _entity("Account", Name="AccountName", UPNSuffix="AccountUPNSuffix")

_KNOWN = (
    Starter(
        table="EmailEvents",
        folder="email",
        about="A mail that holds phishing was delivered to a mailbox all the same.",
        why_fire="A mail with phishing came in from outside and reached the mailbox.",
        why_miss="Spam from the same sender is a nuisance, and not what this detection is for.",
        query=(
            "| where EmailDirection == 'Inbound' and DeliveryAction == 'Delivered'",
            "| where ThreatTypes has 'Phish'",
        ),
        event={
            "NetworkMessageId": _MAIL,
            "SenderFromAddress": "billing@fabrikam.example",
            "RecipientEmailAddress": _USER,
            "Subject": "Your invoice",
            "EmailDirection": "Inbound",
            "DeliveryAction": "Delivered",
            "ThreatTypes": "Phish, Spam",
        },
        miss={"ThreatTypes": "Spam"},
        columns=("NetworkMessageId", "SenderFromAddress", "RecipientEmailAddress", "Subject"),
        entities=(
            _entity(
                "MailMessage",
                NetworkMessageId="NetworkMessageId",
                Recipient="RecipientEmailAddress",
            ),
            _entity("Mailbox", MailboxPrimaryAddress="RecipientEmailAddress"),
        ),
        connector="MicrosoftThreatProtection",
        tactics=("InitialAccess",),
        techniques=("T1566",),
    ),
    Starter(
        table="UrlClickEvents",
        folder="email",
        about="Somebody was warned of a link in a mail and went on through the warning.",
        why_fire="The link was blocked and the user clicked through the warning page.",
        why_miss="The same link was blocked and the user turned back.",
        query=(
            "| where Workload == 'Email' and IsClickedThrough == true",
            *_split_account("AccountUpn"),
        ),
        event={
            "NetworkMessageId": _MAIL,
            "AccountUpn": _USER,
            "Workload": "Email",
            "Url": "https://invoice-desk.example/pay",
            "ActionType": "ClickBlocked",
            "IsClickedThrough": True,
            "IPAddress": "198.51.100.20",
        },
        miss={"IsClickedThrough": False},
        columns=("NetworkMessageId", "AccountName", "AccountUPNSuffix", "Url", "IPAddress"),
        entities=(
            _ACCOUNT_ENTITY,
            _entity("URL", Url="Url"),
            _entity("IP", Address="IPAddress"),
        ),
        computed=_ACCOUNT,
        connector="MicrosoftThreatProtection",
        tactics=("Execution",),
        techniques=("T1204.001",),
    ),
    Starter(
        table="SigninLogs",
        folder="identity",
        about="A sign-in succeeded although its risk was high.",
        why_fire="A sign-in with high risk succeeded.",
        why_miss="A sign-in with the same risk failed at the password.",
        query=(
            "| where ResultType == '0' and RiskLevelDuringSignIn == 'high'",
            *_split_account("UserPrincipalName"),
        ),
        event={
            "UserPrincipalName": _USER,
            "ResultType": "0",
            "RiskLevelDuringSignIn": "high",
            "AppDisplayName": "Office 365 Exchange Online",
            "IPAddress": "203.0.113.54",
        },
        miss={"ResultType": "50126"},
        columns=("AccountName", "AccountUPNSuffix", "AppDisplayName", "IPAddress"),
        entities=(_ACCOUNT_ENTITY, _entity("IP", Address="IPAddress")),
        computed=_ACCOUNT,
        connector="AzureActiveDirectory",
        tactics=("InitialAccess",),
        techniques=("T1078.004",),
    ),
)

#: Column of any table → the entity that it names, and what stands in it; the first found is taken.
_ENTITY_COLUMNS: Mapping[str, tuple[EntityMapping, str]] = {
    **dict.fromkeys(
        ("UserPrincipalName", "AccountUpn", "AccountUPN", "InitiatingProcessAccountUpn"),
        (_ACCOUNT_ENTITY, _USER),
    ),
    **{
        column: (_entity("Mailbox", MailboxPrimaryAddress=column), _USER)
        for column in ("RecipientEmailAddress", "MailboxOwnerUPN")
    },
    **{
        column: (_entity("Host", HostName=column), "ws-042")
        for column in ("Computer", "DeviceName", "DvcHostname", "HostName")
    },
    **{
        column: (_entity("IP", Address=column), "198.51.100.20")
        for column in (
            "IPAddress", "IpAddress", "CallerIpAddress", "CallerIPAddress", "ClientIP", "SourceIP",
            "SrcIpAddr", "RemoteIP",
        )
    },
    "Url": (_entity("URL", Url="Url"), "https://invoice-desk.example/pay"),
    "FileName": (_entity("File", Name="FileName"), "invoice.docm"),
}  # fmt: skip

#: Columns that say what happened, the most telling first.
_TELLING = (
    "ActionType",
    "OperationName",
    "OperationNameValue",
    "Operation",
    "Activity",
    "EventType",
    "EventName",
    "DeviceAction",
    "Category",
    "ResultType",
)

#: Columns that every table has and no detection asks for.
_PLUMBING = frozenset({"TenantId", "SourceSystem", "Type", "MG", "ManagementGroupName"})


def starter_for(table: TableSchema) -> Starter | None:
    """The starter on ``table``: made for it, else one on the column that says what happened.

    None for a table without a text column that a query could ask for.
    """
    for known in _KNOWN:
        if known.table == table.name:
            return known
    texts = [
        column.name
        for column in table.columns
        if column.type == "string"
        and column.name not in _PLUMBING
        and not column.name.startswith("_")
    ]
    entity = next((column for column in _ENTITY_COLUMNS if column in texts), None)
    telling = [column for column in (*_TELLING, *texts) if column in texts and column != entity]
    if not telling:
        return None
    return _plain(table.name, telling[0], entity)


def _plain(table: str, column: str, entity: str | None) -> Starter:
    query = [f"| where {column} == 'Suspicious'"]
    event: dict[str, Value] = {column: "Suspicious"}
    columns = [column]
    entities: tuple[EntityMapping, ...] = ()
    computed: Mapping[str, str] = {}
    if entity is not None:
        mapping, event[entity] = _ENTITY_COLUMNS[entity]
        entities = (mapping,)
        columns.append(entity)
        if mapping is _ACCOUNT_ENTITY:
            query.extend(_split_account(entity))
            columns[-1:] = list(_ACCOUNT)
            computed = _ACCOUNT
    return Starter(
        table=table,
        folder="custom" if table.endswith("_CL") else "general",
        about=f"{table} has a row whose {column} is 'Suspicious'.",
        why_fire=f"The {column} is what the query looks for.",
        why_miss=f"Another {column} of the same origin is none of its business.",
        query=tuple(query),
        event=event,
        miss={column: "Usual"},
        columns=tuple(columns),
        entities=entities,
        computed=computed,
    )
