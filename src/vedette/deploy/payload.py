"""Turns what the repository defines into the bodies that Azure Resource Manager accepts.

The trap: the service fills in what a body leaves out, differently from one version to the next, so
every setting that has a default is sent, and only empty collections are left out. The SDK's own
rule classes forget ``kind``; these are plain dictionaries, which it passes on as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vedette.deploy.assumptions import WATCHLIST_SOURCE_TYPE, split_techniques, techniques_tag
from vedette.deploy.durations import iso8601
from vedette.deploy.resource import Resource, ResourceKind
from vedette.model.content import Watchlist, WorkspaceFunction
from vedette.model.detection import AlertDetails, Detection, Grouping, Kind

#: Under this category the portal lists hunting queries.
HUNTING_CATEGORY = "Hunting Queries"

#: Version of the query language, the only one there is; not the version of the content.
QUERY_LANGUAGE_VERSION = 2


def resources_of(
    detections: Iterable[Detection],
    functions: Iterable[WorkspaceFunction],
    watchlists: Iterable[Watchlist],
) -> tuple[Resource, ...]:
    """Everything that is deployed, in the order of deployment."""
    resources = [
        *map(resource_of_function, functions),
        *map(resource_of_watchlist, watchlists),
        *map(resource_of_detection, detections),
    ]
    return tuple(sorted(resources, key=lambda resource: resource.order))


def resource_of_detection(detection: Detection) -> Resource:
    """An analytics rule (``alertRules``) or a hunting query (``savedSearches``)."""
    return Resource(
        kind=ResourceKind.RULE if detection.is_rule else ResourceKind.HUNTING,
        id=str(detection.id),
        name=detection.name,
        label=detection.source.path.stem,
        path=detection.source.path,
        body=rule_body(detection) if detection.is_rule else hunting_body(detection),
    )


def resource_of_function(function: WorkspaceFunction) -> Resource:
    """A workspace function (``savedSearches``)."""
    return Resource(
        kind=ResourceKind.FUNCTION,
        id=str(function.id),
        name=function.name,
        label=function.alias,
        path=function.source.path,
        body=function_body(function),
    )


def resource_of_watchlist(watchlist: Watchlist) -> Resource:
    """A watchlist, which is known by its alias."""
    return Resource(
        kind=ResourceKind.WATCHLIST,
        id=watchlist.alias,
        name=watchlist.name,
        label=watchlist.alias,
        path=watchlist.source.path,
        body=watchlist_body(watchlist),
        rows=watchlist.rows,
    )


def rule_body(detection: Detection) -> dict[str, object]:
    """The body of a Scheduled or NRT rule (``AlertRules_CreateOrUpdate``).

    ``suppressionDuration`` is there even where nothing is suppressed: the service requires it.
    """
    severity = detection.severity
    techniques, sub_techniques = split_techniques(detection.techniques)
    properties: dict[str, object] = {
        "displayName": detection.name,
        "description": detection.description.strip(),
        "severity": None if severity is None else severity.value,
        "enabled": detection.enabled,
        "query": query_text(detection.query),
        **_schedule(detection),
        "suppressionEnabled": detection.suppression.enabled,
        "suppressionDuration": iso8601(detection.suppression.duration),
        "tactics": list(detection.tactics),
        "techniques": techniques,
        "subTechniques": sub_techniques,
        "entityMappings": [
            {
                "entityType": mapping.entity_type,
                "fieldMappings": [
                    {"identifier": field.identifier, "columnName": field.column}
                    for field in mapping.fields
                ],
            }
            for mapping in detection.entity_mappings
        ],
        "sentinelEntitiesMappings": [
            {"columnName": column} for column in detection.sentinel_entities
        ],
        "customDetails": dict(detection.custom_details),
        "alertDetailsOverride": _alert_details(detection.alert_details),
        "eventGroupingSettings": {"aggregationKind": detection.aggregation.value},
        "incidentConfiguration": {
            "createIncident": detection.incident.create,
            "groupingConfiguration": _grouping(detection.incident.grouping),
        },
        "alertRuleTemplateName": detection.template_name,
        "templateVersion": detection.template_version,
    }
    return {"kind": detection.kind.value, "properties": without_empty(properties)}


def hunting_body(detection: Detection) -> dict[str, object]:
    """The body of a hunting query; what has no place of its own in a saved search is a tag."""
    tags = {
        "description": detection.description.strip(),
        "tactics": ",".join(detection.tactics),
        "techniques": techniques_tag(detection.techniques),
    }
    return _saved_search(HUNTING_CATEGORY, detection.name, detection.query, tags)


def function_body(function: WorkspaceFunction) -> dict[str, object]:
    """The body of a workspace function, which queries call by ``functionAlias``."""
    tags = {"description": function.description.strip()}
    more = {"functionAlias": function.alias, "functionParameters": function.parameters}
    return _saved_search(function.category, function.name, function.query, tags, more)


def watchlist_body(watchlist: Watchlist) -> dict[str, object]:
    """The body of a watchlist with all its rows as CSV."""
    properties: dict[str, object] = {
        "displayName": watchlist.name,
        "description": watchlist.description.strip(),
        "provider": watchlist.provider,
        "source": f"{watchlist.alias}.csv",
        "sourceType": WATCHLIST_SOURCE_TYPE,
        "itemsSearchKey": watchlist.search_key,
        "watchlistAlias": watchlist.alias,
        "contentType": "text/csv",
        "numberOfLinesToSkip": 0,
        "rawContent": watchlist.csv,
    }
    return {"properties": without_empty(properties)}


def query_text(query: str) -> str:
    """The query without what a YAML block adds at its end, and with ``\\n`` line ends."""
    return query.replace("\r\n", "\n").rstrip()


def without_empty(properties: Mapping[str, object]) -> dict[str, object]:
    """Leave out what is None, "", [] or {}: the service answers an empty value in several ways."""
    return {name: value for name, value in properties.items() if value not in (None, "", [], {})}


def _schedule(detection: Detection) -> dict[str, object]:
    schedule = detection.schedule
    if detection.kind is not Kind.SCHEDULED or schedule is None:
        return {}
    return {
        "queryFrequency": iso8601(schedule.frequency),
        "queryPeriod": iso8601(schedule.period),
        "triggerOperator": schedule.operator.value,
        "triggerThreshold": schedule.threshold,
    }


def _alert_details(details: AlertDetails) -> dict[str, object]:
    return without_empty(
        {
            "alertDisplayNameFormat": details.name_format,
            "alertDescriptionFormat": details.description_format,
            "alertTacticsColumnName": details.tactics_column,
            "alertSeverityColumnName": details.severity_column,
            "alertDynamicProperties": [
                {"alertProperty": item.name, "value": item.column}
                for item in details.dynamic_properties
            ],
        }
    )


def _grouping(grouping: Grouping) -> dict[str, object]:
    settings = without_empty(
        {
            "lookbackDuration": iso8601(grouping.look_back),
            "matchingMethod": grouping.matching.value,
            "groupByEntities": list(grouping.by_entities),
            "groupByAlertDetails": list(grouping.by_alert_details),
            "groupByCustomDetails": list(grouping.by_custom_details),
        }
    )
    return {
        "enabled": grouping.enabled,
        "reopenClosedIncident": grouping.reopen_closed,
        **settings,
    }


def _saved_search(
    category: str,
    name: str,
    query: str,
    tags: Mapping[str, str],
    more: Mapping[str, object] | None = None,
) -> dict[str, object]:
    properties: dict[str, object] = {
        "category": category,
        "displayName": name,
        "query": query_text(query),
        **(more or {}),
        "version": QUERY_LANGUAGE_VERSION,
        "tags": [{"name": tag, "value": value} for tag, value in tags.items() if value],
    }
    return {"properties": without_empty(properties)}
