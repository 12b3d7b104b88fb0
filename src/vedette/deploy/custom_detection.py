"""Turns a detection into the custom detection of Defender XDR that Microsoft Graph accepts.

``security/rules/detectionRules`` in its form of 2026; the older one (``isEnabled``,
``impactedAssets``) is gone. The trap: what this form cannot say has been said as a finding before
(``kql.products.detection``), so nothing may be left out here that is not found there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import PurePosixPath

from vedette.deploy.assumptions import alert_details_object, recommended_actions, tactics_list
from vedette.deploy.durations import iso8601
from vedette.deploy.payload import query_text, without_empty
from vedette.deploy.resource import Body
from vedette.errors import ToolError
from vedette.kql.binder import Binder
from vedette.kql.lint import catalogue_of
from vedette.kql.named_columns import PLACEHOLDER
from vedette.kql.products.detection import DefenderQuery, defender_query
from vedette.kql.products.watchlists import keyed_rows
from vedette.model.defender import ENTITY_COLLECTIONS
from vedette.model.detection import Detection
from vedette.model.product import Product
from vedette.project import Project

#: Where custom detections are in Graph.
COLLECTION = "security/rules/detectionRules"
KIND = "custom detection"

#: The frequency of a rule that runs continuously.
_CONTINUOUS = timedelta()


@dataclass(frozen=True, slots=True)
class CustomDetection:
    """A custom detection: its id, which the client gives, its name, its file, and its body."""

    id: str
    name: str
    path: PurePosixPath
    body: Body = field(repr=False)


def custom_detections_of(project: Project, binder: Binder) -> tuple[CustomDetection, ...]:
    """The custom detections of the selected rules that are for Defender XDR, in their order.

    Raises:
        ToolError: a query cannot be rendered, which linting would have found.
    """
    rules = [
        each for each in project.selected if each.is_rule and Product.DEFENDER in each.products
    ]
    if not rules:
        return ()
    here, there = catalogue_of(project), catalogue_of(project, Product.DEFENDER)
    rows = {alias: keyed_rows(watchlist) for alias, watchlist in project.watchlists.items()}
    found = []
    for rule in rules:
        query, findings = defender_query(rule, binder.bind(rule.query, here), binder, there, rows)
        if query is None or findings:
            raise ToolError(f"{rule.source.path}: not for Defender XDR: {findings}")
        body = custom_detection_body(rule, query)
        found.append(CustomDetection(str(rule.id), rule.name, rule.source.path, body))
    return tuple(found)


def custom_detection_body(detection: Detection, query: DefenderQuery) -> dict[str, object]:
    """The body of a POST; ``query`` is the detection's, rendered for Defender XDR."""
    detection = detection.in_defender
    schedule = detection.schedule
    return {
        "@odata.type": "#microsoft.graph.security.detectionRule",
        "id": str(detection.id),
        "displayName": detection.name,
        "description": detection.description.strip(),
        "status": "enabled" if detection.enabled else "disabled",
        "queryCondition": {"queryText": query_text(query.rendered.text)},
        "schedule": {"frequency": iso8601(_CONTINUOUS if schedule is None else schedule.frequency)},
        "detectionAction": {"alertTemplate": _alert(detection, query.columns)},
    }


def _alert(detection: Detection, columns: Mapping[str, str]) -> dict[str, object]:
    details, severity = detection.alert_details, detection.severity
    title = details.name_format or detection.name
    description = details.description_format or detection.description.strip()
    custom = {key: columns[column] for key, column in detection.custom_details.items()}
    return without_empty(
        {
            "title": _text(title, columns),
            "description": _text(description, columns),
            "severity": None if severity is None else severity.value.lower(),
            "recommendedActions": recommended_actions(detection.response),
            "tactics": tactics_list(detection.tactics, detection.techniques),
            "customDetails": alert_details_object(custom),
            "entityMappings": _entities(detection, columns),
        }
    )


def _text(text: str, columns: Mapping[str, str]) -> str:
    """The text with its placeholders named as the columns are in Defender XDR."""
    return PLACEHOLDER.sub(lambda found: "{{" + columns.get(found[1], found[1]) + "}}", text)


def _entities(detection: Detection, columns: Mapping[str, str]) -> dict[str, list[dict[str, str]]]:
    """The mappings by collection, without those of which it has no identifier."""
    found: dict[str, list[dict[str, str]]] = {}
    for mapping in detection.entity_mappings:
        collection = ENTITY_COLLECTIONS.get(mapping.entity_type)
        if collection is None:
            continue
        entity = {
            collection.properties[each.identifier]: columns[each.column]
            for each in mapping.fields
            if each.identifier in collection.properties
        }
        if entity:
            found.setdefault(collection.name, []).append(entity)
    return found
