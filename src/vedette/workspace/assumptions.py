"""What the local workspace assumes about the service where nobody has published how it behaves.

Each constant and function is used in one place and named in ``docs/fidelity.md``. Where an
assumption could be made either way, the stricter one stands, so that a client which passes here
passes there too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from vedette.engine.base import TimeWindow

# ---- lists

#: Items in one page of a list. The service's own page sizes are not documented.
PAGE_SIZE = 50

# ---- what is written

#: Incidents can be closed for these reasons; the pairs follow the portal's combined labels.
CLASSIFICATION_REASONS: Mapping[str, Collection[str]] = {
    "Undetermined": (),
    "TruePositive": ("SuspiciousActivity",),
    "BenignPositive": ("SuspiciousButExpected",),
    "FalsePositive": ("IncorrectAlertLogic", "InaccurateData"),
}


#: Who wrote something: the token says nothing about its owner.
NOBODY: Mapping[str, None] = {
    "objectId": None,
    "email": None,
    "name": None,
    "userPrincipalName": None,
}


def known_members(given: Mapping[str, Any], known: Iterable[str]) -> dict[str, Any]:
    """The members of an object that the service knows, by their exact names.

    The others are dropped, neither refused nor echoed: whoever reads back what was written notices
    an optional property that is misspelt.
    """
    return {name: given[name] for name in known if name in given}


def is_value_of(value: str, known: Collection[str]) -> bool:
    """Whether an enumeration has a value: compared with case, as the template validator does."""
    return value in known


def is_stale(etag: str | None, current: str) -> bool:
    """Whether a rule's PUT with this etag in its body comes too late; without one it overwrites.

    ``If-Match`` is not looked at: the operation has no such parameter. An etag for a rule that
    does not exist is ignored and the rule is created.
    """
    return etag is not None and etag != current


#: The answer to a write whose ``If-Match`` or ``If-None-Match`` does not hold: ARM's rule, which
#: is looked at on every resource but rules. Nobody has published that Sentinel keeps it.
CONDITION_FAILED = (412, "PreconditionFailed")


def may_become(kind: str, other: str) -> bool:
    """Whether a rule of one kind can be overwritten by one of another: it cannot."""
    return kind == other


def is_compiled_in_full(*, enabled: bool) -> bool:
    """Whether a rule's query must name only what is there; a syntax error is always refused.

    Deployment tools write a rule disabled where it was refused enabled, to enable it later, and
    say that this works.
    """
    return enabled


def is_buried(deleted: datetime, now: datetime) -> bool:
    """Whether a deleted rule's id must rest still ("about 24 hours": one operator's experience)."""
    return now < deleted + timedelta(hours=24)


def closing_problem(classification: str | None, reason: str | None) -> str | None:
    """Why an incident cannot be closed like this, or None."""
    if classification is None:
        return "A classification is required to close an incident."
    if reason not in (None, *CLASSIFICATION_REASONS[classification]):
        return (
            f"The classification reason '{reason}' does not go with the classification "
            f"'{classification}'."
        )
    return None


def merge_rows(
    present: Collection[tuple[str, ...]], added: Iterable[tuple[str, ...]]
) -> list[tuple[str, ...]]:
    """The rows that writing a watchlist again adds: those that are not there cell for cell.

    Documented of the portal's bulk update (watchlists-manage), which never removes a row; assumed
    of the API below it.
    """
    return [row for row in dict.fromkeys(added) if row not in present]


#: The type of a label that an automation rule adds; one that is written by a client is "User".
LABEL_OF_AUTOMATION = "AutoAssigned"


# ---- when rules run


def restarts(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether an update of a rule starts its schedule anew, at the time of the update.

    It does if it enables the rule or changes its frequency; otherwise the next run stays.
    """
    changed = any(before.get(name) != after.get(name) for name in ("enabled", "queryFrequency"))
    return changed and bool(after["enabled"])


def ingested_at(sent: datetime, happened: datetime | None) -> datetime:
    """When an event that does not say so was ingested: at once, but not before it happened."""
    return max(sent, happened or sent)


# ---- what the compiler says


def syntax_place(query: str, offset: int) -> str:
    """``line:position`` in the message about a syntax error: lines from 1, positions from 0."""
    *above, line = query[:offset].split("\n")
    return f"{len(above) + 1}:{len(line)}"


def unresolved(name: str, operator: str) -> str:
    """The message about a column that is not there.

    Published messages vary after the operator: "column or scalar", "table or column", "scalar".
    """
    prefix = f"'{operator}' operator: " if operator else ""
    return f"{prefix}Failed to resolve scalar expression named '{name}'"


def unresolved_table(name: str, operator: str) -> str:
    """The Logs query API's message about a table that is not there.

    ``operator`` is the one that reads it: published messages name it, even though it is not wrong.
    """
    prefix = f"'{operator}' operator: " if operator else ""
    return f"{prefix}Failed to resolve table or column expression named '{name}'"


def syntax_message(query: str, offset: int, length: int) -> tuple[str, str, int, int, str]:
    """Code, message, line, position and token of a query that the Logs query API cannot parse.

    The token is the word at the place where our compiler stops; the service may stop elsewhere.
    """
    *above, line = query[:offset].split("\n")
    token = query[offset : offset + length] or query[offset:].split("\n")[0].strip()
    number, position = len(above) + 1, len(line) + 1
    at = f"'{token}' on line" if token else "the end of the query on line"
    message = f"Query could not be parsed at {at} [{number},{position}]"
    return "SYN0002", message, number, position, token


# ---- the tables that the service writes itself

#: The ``Type`` of an entity in SecurityAlert's Entities, where it is not the mapping's in lower
#: case.
ENTITY_TYPES: Mapping[str, str] = {
    "AzureResource": "azure-resource",
    "CloudApplication": "cloud-application",
    "FileHash": "filehash",
    "MailCluster": "mail-cluster",
    "MailMessage": "mail-message",
    "RegistryKey": "registry-key",
    "RegistryValue": "registry-value",
    "SecurityGroup": "security-group",
    "SubmissionMail": "submission-mail",
}


#: What SecurityAlert says of an alert that Defender XDR's custom detections made.
MADE_BY_DEFENDER: Mapping[str, str] = {
    "ProductName": "Microsoft Defender XDR",
    "ProviderName": "Microsoft Defender XDR",
    "ProductComponentName": "Custom detections",
}


def incident_written_by(*, created: bool, by_rule: bool, automation: str = "") -> str:
    """What SecurityIncident says in ModifiedBy; ``automation`` is a rule that changed it."""
    if automation:
        return f"Automation rule - {automation}"
    if created:
        return "Incident created from alert" if by_rule else "Incident created by user"
    return "Incident updated"


# ---- the Logs query API

#: Queries in one batch.
MAX_BATCH = 100


def queried_window(start: datetime, end: datetime) -> TimeWindow:
    """The events that a query with a time range sees: from the start on, the end left out."""
    return TimeWindow(start, end)


def dynamic_cell(value: str) -> str:
    """A dynamic value in a row: JSON in a text, which clients parse themselves."""
    return value


def unknown_workspace() -> tuple[int, str, str]:
    """Status, code and message for the id of another workspace."""
    return 404, "PathNotFoundError", "The requested path does not exist"


# ---- Microsoft Graph

#: How advanced hunting calls the types of its columns: by .NET's names.
HUNTING_TYPES: Mapping[str, str] = {
    "bool": "SByte",
    "datetime": "DateTime",
    "decimal": "SqlDecimal",
    "dynamic": "Object",
    "guid": "Guid",
    "int": "Int32",
    "long": "Int64",
    "real": "Double",
    "string": "String",
    "timespan": "TimeSpan",
}


#: Whether an alert of a custom detection opens an incident of its own here. How Defender XDR
#: correlates alerts is its own affair and not published; none is joined with another here.
CUSTOM_DETECTION_INCIDENTS = True


def last_run_details(run: Mapping[str, Any]) -> dict[str, Any]:
    """What /beta tells of a rule's last run, in the members of the older form.

    v1.0 has no such property. Which codes there are is not published.
    """
    failed = run["status"] != "Success"
    return {
        "lastRunDateTime": run["executed"],
        "status": "failed" if failed else "completed",
        "failureReason": run["reason"] if failed else None,
        "errorCode": None,
    }


def patched(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """A custom detection after a PATCH: objects are merged member by member, the rest replaced."""
    merged = dict(before)
    for name, value in given.items():
        old = merged.get(name)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            merged[name] = patched(old, value)
        else:
            merged[name] = value
    return merged
