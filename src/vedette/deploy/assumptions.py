"""What the client assumes about the service where nobody has published how it behaves.

Every one is here, is named in ``docs/fidelity.md``, and shows itself when it is wrong: each write
is read back and compared, so that the run names the field and fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from vedette.model.attack import tactics_of
from vedette.model.environment import WriteBudget

#: The version of ``savedSearches`` that is asked for; newer ones exist and were not compared.
SAVED_SEARCHES_API_VERSION = "2020-08-01"

#: The version of ``tables`` that is asked for. A table that is listed can be named in a query.
TABLES_API_VERSION = "2022-10-01"

#: How ``source.sourceId`` of the ownership metadata begins while ``vedette disable`` holds a rule.
#: The field names the source that content came from; that the service keeps what a client writes
#: there, and puts nothing into it, is assumed.
HOLD_PREFIX = "held: "

#: ``sourceType`` of a watchlist whose rows come with it. The SDK names ``Local`` and
#: ``AzureStorage``; older versions said ``Local file``, so that it is sent and not compared.
WATCHLIST_SOURCE_TYPE = "Local"

#: Hosts of Kusto that are sent a token, and the scope of it. A cluster also takes a token for its
#: own address; that one scope serves all clusters of a cloud is what Microsoft's clients do.
KUSTO_SCOPES = {
    ".kusto.windows.net": "https://kusto.kusto.windows.net/.default",
    ".kusto.fabric.microsoft.com": "https://kusto.kusto.windows.net/.default",
    ".kusto.usgovcloudapi.net": "https://kusto.kusto.usgovcloudapi.net/.default",
    ".kusto.chinacloudapi.cn": "https://kusto.kusto.chinacloudapi.cn/.default",
}

#: Requests to Microsoft Graph: the limits of ``security/rules`` are not published, so few are sent,
#: and what Graph says with 429 and Retry-After comes before this.
GRAPH_BUDGET = WriteBudget(per_second=4.0, burst=20)

#: What the service puts before the name of a rule that it has switched off after failures.
AUTO_DISABLED = "AUTO DISABLED"

#: What may stand between that mark and the rule's own name: the mark alone is documented.
AFTER_AUTO_DISABLED = r"[\s:\-]*"

#: The types under which SentinelAudit lists changes of analytics rules: the documentation spells
#: it both ways. That ``SentinelResourceId`` ends with the rule's id is its example's form.
AUDITED_TYPES = ("Analytic Rule", "Analytics Rule")

#: How long the id of a deleted rule cannot be used ("about 24 hours": one operator's experience).
ID_RESTS = timedelta(hours=24)

#: What the name of our marks begins with. The service's own metadata is called
#: ``analyticsrule-<id>``; that a resource may have a second one beside it, that one may be written
#: before its resource is there, and that it outlives the resource, is not documented. Nor is that
#: the mark of a custom detection of Defender XDR may stand there, since Graph has no place for it:
#: under the kind ``CustomDetection`` (one of the SDK's), its ``parentId`` in the form of others.
MARK_PREFIX = "vedette-"

#: What the service says of an id that rests, in lower case; published once with 400 and once with
#: 409, so that the words count and not the status.
RECENTLY_DELETED = "was recently deleted"

#: The name of the metadata resource that says who writes a workspace. It may stand for a rule that
#: there is not: metadata is kept whatever becomes of its parent.
LEASE_NAME = "vedette-lease"


def lease_properties(workspace_id: str, holder: str, text: str) -> dict[str, object]:
    """The properties of the lease: only members that metadata has, since others may be dropped.

    ``customVersion`` is taken to hold a text of 200 characters as it is.
    """
    parent = f"{workspace_id}/providers/Microsoft.SecurityInsights/alertRules/{LEASE_NAME}"
    return {
        "parentId": parent,
        "kind": "AnalyticsRule",
        "contentId": LEASE_NAME,
        "author": {"name": holder},
        "customVersion": text,
        "source": {"kind": "SourceRepository", "name": "vedette"},
    }


def if_absent() -> dict[str, str]:
    """Headers of a write that must create: the operations declare none, so it is looked first.

    A service that honours the header closes the moment between the look and the write; one that
    does not ignores it, as HTTP asks.
    """
    return {"If-None-Match": "*"}


def if_unchanged(etag: str | None) -> dict[str, str]:
    """Headers of a DELETE of one version; as with ``if_absent``, the version is looked at first."""
    return {} if etag is None else {"If-Match": etag}


def split_techniques(techniques: Iterable[str]) -> tuple[list[str], list[str]]:
    """The values of ``techniques`` (``T1566``) and ``subTechniques`` (``T1566.002``).

    A sub-technique goes together with its parent, as the portal shows it. Whether the service takes
    a sub-technique without its parent is not documented.
    """
    every = list(techniques)
    parents = _unique(technique.partition(".")[0] for technique in every)
    return parents, _unique(technique for technique in every if "." in technique)


def techniques_tag(techniques: Iterable[str]) -> str:
    """The tag ``techniques`` of a hunting query: sub-techniques stand among the techniques."""
    return ",".join(_unique(techniques))


def cell(value: object) -> str:
    """A cell of a watchlist as it is compared: the service's empty cell may be null or missing."""
    return "" if value is None else str(value)


def tactics_list(tactics: Iterable[str], techniques: Iterable[str]) -> list[dict[str, object]]:
    """``tactics`` of a custom detection: each with those of the techniques that serve it.

    A technique that serves two of the tactics stands under both. Whether the service wants it once
    is not documented.
    """
    every = _unique(techniques)
    return [
        {
            "tactic": tactic,
            "techniques": [{"technique": one} for one in every if tactic in tactics_of(one)],
        }
        for tactic in _unique(tactics)
    ]


def alert_details_object(details: Mapping[str, str]) -> dict[str, str]:
    """``customDetails`` of a custom detection: a flat object, name to column.

    The reference calls it an open type and shows no example.
    """
    return dict(details)


def recommended_actions(steps: Iterable[str]) -> str:
    """``recommendedActions`` of a custom detection: one text, a line for each step."""
    return "\n".join(" ".join(step.split()) for step in steps)


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
