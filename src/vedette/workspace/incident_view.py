"""Incidents and alerts as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from vedette.simulate.types import Alert, Entity, Incident
from vedette.workspace.bookmarks import related_bookmarks
from vedette.workspace.incident_comments import count_comments
from vedette.workspace.iso8601 import format_time
from vedette.workspace.workspace import Workspace

T = TypeVar("T")

_NOBODY = {"objectId": None, "email": None, "assignedTo": None, "userPrincipalName": None}


def render_incident(workspace: Workspace, incident: Incident, host: str) -> dict[str, Any]:
    """An incident; ``host`` is the address of the workspace's page, with a final slash."""
    insights, name = workspace.settings.scope.insights, str(incident.id)
    stored = workspace.ledger.stored(name)
    shown = stored.body["shown"] if stored else {"owner": None, "labels": []}
    starts = [alert.start for alert in incident.alerts]
    ends = [alert.end for alert in incident.alerts]
    return {
        "id": f"{insights}/Incidents/{name}",
        "name": name,
        "type": "Microsoft.SecurityInsights/Incidents",
        "etag": stored.etag if stored else "",
        "properties": {
            "title": incident.title,
            "description": incident.description,
            "severity": incident.severity.value,
            "status": incident.status,
            "classification": incident.classification,
            "classificationReason": incident.classification_reason,
            "classificationComment": incident.classification_comment,
            "owner": {**_NOBODY, **(shown["owner"] or {})},
            "labels": shown["labels"],
            "firstActivityTimeUtc": format_time(min(starts)) if starts else None,
            "lastActivityTimeUtc": format_time(max(ends)) if ends else None,
            "lastModifiedTimeUtc": format_time(incident.modified),
            "createdTimeUtc": format_time(incident.created),
            "incidentNumber": incident.number,
            "additionalData": {
                "alertsCount": len(incident.alerts),
                "bookmarksCount": len(related_bookmarks(workspace, name)),
                "commentsCount": count_comments(workspace, name),
                "alertProductNames": ["Azure Sentinel"],
                "tactics": list(distinct(tactic for a in incident.alerts for tactic in a.tactics)),
                "techniques": list(
                    distinct(technique for a in incident.alerts for technique in a.techniques)
                ),
            },
            "relatedAnalyticRuleIds": [
                f"{insights}/alertRules/{rule}"
                for rule in distinct(alert.rule_id for alert in incident.alerts)
            ],
            "incidentUrl": f"{host}incidents/{incident.number}",
            "providerName": "Azure Sentinel",
            "providerIncidentId": str(incident.number),
        },
    }


def render_alert(workspace: Workspace, alert: Alert) -> dict[str, Any]:
    """An alert as the entity that it is in the API."""
    properties = alert.properties
    return {
        "id": f"{workspace.settings.scope.insights}/Entities/{alert.id}",
        "name": str(alert.id),
        "type": "Microsoft.SecurityInsights/Entities",
        "kind": "SecurityAlert",
        "properties": {
            "systemAlertId": str(alert.id),
            "friendlyName": alert.title,
            "alertDisplayName": alert.title,
            "description": alert.description,
            "severity": alert.severity.value,
            "status": "New",
            "tactics": list(alert.tactics),
            "startTimeUtc": format_time(alert.start),
            "endTimeUtc": format_time(alert.end),
            "timeGenerated": format_time(alert.created),
            "processingEndTime": format_time(alert.created),
            "vendorName": "Microsoft",
            "productName": properties.get("ProductName", "Azure Sentinel"),
            "productComponentName": properties.get("ProductComponentName", "Scheduled Alerts"),
            "alertLink": properties.get("AlertLink"),
            "alertType": f"{workspace.settings.scope.customer_id}_{alert.rule_id}",
            "providerAlertId": str(alert.id),
            "remediationSteps": [properties["RemediationSteps"]]
            if "RemediationSteps" in properties
            else [],
            "additionalData": {
                "Analytic Rule Name": alert.rule_name,
                "Analytic Rule Ids": alert.rule_id,
                "Custom Details": {
                    name: list(values) for name, values in alert.custom_details.items()
                },
            },
            "resourceIdentifiers": [],
        },
    }


def entities_of(incident: Incident) -> tuple[Entity, ...]:
    """The entities of all alerts, each once, in the order in which they came."""
    return distinct(entity for alert in incident.alerts for entity in alert.entities)


def distinct(items: Iterable[T]) -> tuple[T, ...]:
    """Each item once, in the order of its first appearance."""
    return tuple(dict.fromkeys(items))
