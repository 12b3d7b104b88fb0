"""Validates the body of a custom detection rule as Graph takes it: the form of 2026 (v1.0).

The trap: the older form (``isEnabled``, ``impactedAssets``, ``schedule.period``) looks much the
same. What is left of it in a body is refused by name, or a client would believe that it was heard.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from vedette.workspace.members import (
    Member,
    anything,
    array_of,
    duration,
    length,
    object_of,
    one_of,
    read_object,
    text,
    text_map,
    without_nulls,
)
from vedette.workspace.refusal import bad_request

_OLD = ("isEnabled", "detectorId", "lastRunDetails", "impactedAssets", "responseActions")
_ENTITIES: Mapping[str, str] = {
    "accounts": "aadUserId dnsDomain name ntDomain sid upn upnSuffix",
    "hosts": "deviceId dnsDomain name netBiosName ntDomain",
    "mailboxes": "primaryAddress",
    "mailMessages": "networkMessageId recipient sender subject",
    "mailClusters": "query source",
    "urls": "address",
    "ips": "address scope",
    "files": "name sha1 sha256",
    "processes": "sha1 sha256",
    "registryValues": "key valueName",
    "dns": "domainName hostIpAddress serverIp",
    "cloudApplications": "appId name",
    "oAuthApplications": "oAuthAppId",
    "azureResources": "resourceId",
    "amazonResources": "amazonResourceId",
    "googleCloudResources": "fullResourceName",
    "securityGroups": "distinguishedName objectId sid",
}
_ACTIONS = (
    *("allowFiles", "blockFiles", "stopAndQuarantineFiles", "collectInvestigationPackages"),
    *("initiateInvestigations", "isolateDevices", "restrictAppExecutions", "runAntivirusScans"),
    *("disableUsers", "forceUserPasswordResets", "markUsersAsCompromised", "hardDeleteEmails"),
    *("softDeleteEmails", "moveEmailsToDeletedItems", "moveEmailsToInbox", "moveEmailsToJunk"),
)
#: How often a rule may run: continuously, at the documented four, or from 5 minutes to 14 days.
_FREQUENCIES = (timedelta(minutes=5), timedelta(days=14))
_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")
MAX_COLUMNS, MAX_DETAILS = 3, 20


def _entity_members() -> tuple[Member, ...]:
    return tuple(
        Member(
            collection,
            array_of(object_of(tuple(Member(f"{name}Column", text) for name in names.split()))),
        )
        for collection, names in _ENTITIES.items()
    )


_TEMPLATE = (
    Member("title", text, required=True),
    Member("description", text),
    Member("severity", one_of("severity", ("informational", "low", "medium", "high")), True),
    Member("recommendedActions", text),
    Member(
        "tactics",
        array_of(
            object_of(
                (
                    Member("tactic", text, required=True),
                    Member("techniques", array_of(object_of((Member("technique", text, True),)))),
                )
            )
        ),
    ),
    Member("customDetails", text_map),
    Member("eventGroupingKind", one_of("eventGroupingKind", ("alertPerEvent", "singleAlert"))),
    Member("entityMappings", object_of(_entity_members())),
)
_MEMBERS = (
    Member("id", text, required=True),
    Member("displayName", text, required=True),
    Member("description", text),
    Member("status", one_of("status", ("enabled", "disabled")), required=True),
    Member("queryCondition", object_of((Member("queryText", text, True),)), required=True),
    Member(
        "schedule",
        object_of((Member("frequency", duration, required=True), Member("lookback", duration))),
        required=True,
    ),
    Member(
        "detectionAction",
        object_of(
            (
                Member("alertTemplate", object_of(_TEMPLATE), required=True),
                Member("automatedActions", object_of(tuple(Member(n, anything) for n in _ACTIONS))),
                Member("organizationalScope", anything),
            )
        ),
        required=True,
    ),
)


def read_rule(body: Mapping[str, Any]) -> dict[str, Any]:
    """The rule, normalised; Refusal (400) with the first thing that is wrong.

    The query is not compiled here, since that needs the tables.
    """
    for name in _OLD:
        if name in body or name in (body.get("detectionAction") or {}):
            raise bad_request(f"The property '{name}' does not exist on type 'detectionRule'.")
    read = read_object(body, _MEMBERS, "")
    problem = next(_problems(read), None)
    if problem is not None:
        raise bad_request(problem)
    rule = without_nulls(read)
    if not isinstance(rule, dict):
        raise TypeError("an object is read as an object")
    return rule


def is_continuous(rule: Mapping[str, Any]) -> bool:
    """Whether the rule runs on events as they come."""
    return length(rule["schedule"]["frequency"]) == timedelta()


def _problems(rule: Mapping[str, Any]) -> Iterator[str]:
    template = rule["detectionAction"]["alertTemplate"]
    for name, value in (("displayName", rule["displayName"]), ("title", template["title"])):
        if not 1 <= len(value) <= 256:
            yield f"The property '{name}' must have 1 to 256 characters."
    shown = f"{template['title']} {template['description'] or ''}"
    if len(set(_PLACEHOLDER.findall(shown))) > MAX_COLUMNS:
        yield (
            "Dynamic properties in alertTitle and alertDescription must not exceed "
            f"{MAX_COLUMNS} fields"
        )
    if len(template["customDetails"] or {}) > MAX_DETAILS:
        yield f"There must not be more than {MAX_DETAILS} custom details."
    frequency = length(rule["schedule"]["frequency"])
    shortest, longest = _FREQUENCIES
    if frequency and not shortest <= frequency <= longest:
        yield "The schedule's frequency must be PT0S or between PT5M and P14D."
    look_back = rule["schedule"]["lookback"]
    if look_back is not None and (not frequency or length(look_back) < frequency):
        yield "The schedule's lookback must not be shorter than its frequency."
