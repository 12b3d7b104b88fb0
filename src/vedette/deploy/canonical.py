"""Brings a body, the repository's or the service's, into the one form in which they are compared.

The trap: a comparison that knows only some fields reports "no change" for the rest. So everything
that a body holds is compared, known or not, and what is left out is listed here by name: what the
service manages by itself, and what only travels with an upload.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from vedette.deploy.assumptions import cell, split_techniques
from vedette.deploy.custom_detection_shape import without_server_set
from vedette.deploy.durations import same_spelling
from vedette.deploy.resource import Body, ResourceKind, Rows

#: A tuple is a set of members, sorted: the service keeps no order among them.
Value = str | int | float | bool | tuple[str, ...]

#: Fields of a resource by dotted name: ``incidentConfiguration.createIncident``.
Fields = Mapping[str, Value]

#: Members that the service fills and ignores on a write.
_SERVER_MANAGED = {
    ResourceKind.RULE: frozenset({"lastModifiedUtc"}),
    ResourceKind.AUTOMATION: frozenset(
        {"createdBy", "createdTimeUtc", "lastModifiedBy", "lastModifiedTimeUtc"}
    ),
    ResourceKind.WATCHLIST: frozenset(
        {
            "created",
            "createdBy",
            "defaultDuration",
            "isDeleted",
            "provisioningState",
            "sasUri",
            "tenantId",
            "updated",
            "updatedBy",
            "uploadStatus",
            "watchlistId",
            "watchlistType",
        }
    ),
}

#: How rows are uploaded, not what the watchlist is; the rows themselves are compared as items.
_UPLOAD_ONLY = frozenset({"contentType", "numberOfLinesToSkip", "rawContent", "sourceType"})

#: What a rule has when nobody has set it: a live rule may leave these out or spell them.
_RULE_DEFAULTS: Fields = {
    "eventGroupingSettings.aggregationKind": "SingleAlert",
    "incidentConfiguration.createIncident": True,
    "incidentConfiguration.groupingConfiguration.enabled": False,
    "incidentConfiguration.groupingConfiguration.lookbackDuration": "PT5H",
    "incidentConfiguration.groupingConfiguration.matchingMethod": "AllEntities",
    "incidentConfiguration.groupingConfiguration.reopenClosedIncident": False,
    "suppressionDuration": "PT5H",
    "suppressionEnabled": False,
}

#: The same of a custom detection.
_DETECTION_DEFAULTS: Fields = {"detectionAction.alertTemplate.eventGroupingKind": "alertPerEvent"}

_DURATIONS = frozenset(
    {
        *("queryFrequency", "queryPeriod", "suppressionDuration", "lookbackDuration"),
        *("frequency", "lookback"),
    }
)

#: Texts of several lines: a line end may come back as ``\\r\\n``, and the last one not at all.
_TEXTS = frozenset(
    {"query", "description", "alertDescriptionFormat", "queryText", "recommendedActions"}
)

#: Tags of a saved search that list names with commas.
_LIST_TAGS = frozenset({"tactics", "techniques"})


def canonical(kind: ResourceKind, body: Body) -> Fields:
    """The fields of ``body``, whoever wrote it and however it spells them.

    ``body`` is a PUT body or what GET returns; its envelope (id, name, type, etag, systemData) is
    not compared.
    """
    properties = body.get("properties")
    members = dict(properties) if isinstance(properties, Mapping) else {}
    ignored = _SERVER_MANAGED.get(kind, frozenset())
    if kind is ResourceKind.WATCHLIST:
        ignored |= _UPLOAD_ONLY
    members = {name: value for name, value in members.items() if name not in ignored}
    fields: dict[str, Value] = {}
    if kind is ResourceKind.RULE:
        fields.update(_RULE_DEFAULTS)
        fields["kind"] = str(body.get("kind"))
        members["techniques"] = _techniques(members.pop("subTechniques", None), members)
    if kind is ResourceKind.CUSTOM_DETECTION:
        fields.update(_DETECTION_DEFAULTS)
        members = without_server_set(members)
    fields.update(_flatten(members))
    return fields


def upload_of(kind: ResourceKind, body: Body) -> Body:
    """A live body as a PUT takes it: without what the service manages by itself."""
    properties = body.get("properties")
    members = dict(properties) if isinstance(properties, Mapping) else {}
    ignored = _SERVER_MANAGED.get(kind, frozenset())
    sent: dict[str, object] = {
        "properties": {name: value for name, value in members.items() if name not in ignored}
    }
    return {"kind": body["kind"], **sent} if "kind" in body else sent


def canonical_rows(rows: Iterable[Mapping[str, object]]) -> tuple[str, ...]:
    """A watchlist's rows, each as compact JSON without its empty cells.

    Sorted, and equal rows once: the service drops exact duplicates of an upload.
    """
    return tuple(sorted({_compact(_filled(row)) for row in rows}))


def rows_of(items: Iterable[Body]) -> Rows:
    """The rows in the answers of ``watchlistItems``."""
    return tuple(
        {str(name): cell(value) for name, value in values.items()} for values in map(_values, items)
    )


def _values(item: Body) -> Mapping[str, object]:
    properties = item.get("properties")
    values = properties.get("itemsKeyValue") if isinstance(properties, Mapping) else None
    return values if isinstance(values, Mapping) else {}


def _filled(row: Mapping[str, object]) -> dict[str, str]:
    return {name: text for name in sorted(row) if (text := cell(row[name]))}


def _techniques(sub_techniques: object, members: Mapping[str, object]) -> list[str]:
    """Parents and sub-techniques as one set: older workspaces answer with both in one list."""
    listed = [*_strings(members.get("techniques")), *_strings(sub_techniques)]
    parents, dotted = split_techniques(listed)
    covered = {technique.partition(".")[0] for technique in dotted}
    return [*(parent for parent in parents if parent not in covered), *dotted]


def _strings(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _flatten(members: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, Value]]:
    """Dotted names and values of everything that is not empty; null, [] and "" are absent."""
    for name, value in members.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        elif name == "tags" and isinstance(value, list):
            yield from _tags(value)
        elif isinstance(value, list):
            if value:
                yield f"{prefix}{name}", tuple(sorted(_member(name, item) for item in value))
        elif value not in (None, ""):
            yield f"{prefix}{name}", _scalar(name, value)


def _scalar(name: str, value: object) -> Value:
    if name in _TEXTS and isinstance(value, str):
        return value.replace("\r\n", "\n").rstrip()
    if name in _DURATIONS:
        value = same_spelling(value)
    return value if isinstance(value, (str, int, float, bool)) else str(value)


def _tags(tags: list[object]) -> Iterator[tuple[str, Value]]:
    """Each tag as a field of its own: a portal user may have added one of theirs."""
    nameless = []
    for tag in tags:
        name = tag.get("name") if isinstance(tag, Mapping) else None
        text = str(tag.get("value") or "") if isinstance(tag, Mapping) else ""
        if not name:
            nameless.append(_compact(tag))
        elif name in _LIST_TAGS:
            if names := sorted({part.strip() for part in text.split(",")} - {""}):
                yield f"tags.{name}", tuple(names)
        elif text:
            yield f"tags.{name}", _scalar(str(name), text)
    if nameless:
        yield "tags", tuple(sorted(nameless))


def _member(name: str, item: object) -> str:
    """A member of a list as one readable line: ``Account(Name=AccountName, Sid=AccountSid)``."""
    if isinstance(item, str):
        return item
    if isinstance(item, Mapping):
        if name == "entityMappings" and set(item) == {"entityType", "fieldMappings"}:
            fields = item["fieldMappings"]
            pairs = [_pair(field, "identifier", "columnName") for field in _list(fields)]
            return f"{item['entityType']}({', '.join(sorted(pairs))})"
        if name == "alertDynamicProperties":
            return _pair(item, "alertProperty", "value")
        if name == "sentinelEntitiesMappings" and set(item) == {"columnName"}:
            return str(item["columnName"])
        if name == "tactics" and "tactic" in item:
            names = [
                str(each.get("technique")) if isinstance(each, Mapping) else _compact(each)
                for each in _list(item.get("techniques") or [])
            ]
            return f"{item['tactic']}({', '.join(sorted(names))})"
    return _compact(item)


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [value]


def _pair(item: object, left: str, right: str) -> str:
    if isinstance(item, Mapping) and set(item) == {left, right}:
        return f"{item[left]}={item[right]}"
    return _compact(item)


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(", ", ": "))
