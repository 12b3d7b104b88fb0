"""The rows that the service itself writes into a workspace: health, audit, alerts, incidents.

Pure. The trap: the tables disagree about names. A rule is an "Analytics Rule" in SentinelHealth and
an "Analytic Rule" in SentinelAudit, and an alert's entities have types of their own spelling.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from vedette.engine.base import TimeWindow
from vedette.engine.cells import timespan_text
from vedette.model.automation import RunPlaybook
from vedette.model.detection import Kind
from vedette.model.product import Product
from vedette.simulate.automation import AutomationRun
from vedette.simulate.schedule import window_of
from vedette.simulate.types import Alert, AnalyticsRule, Entity, Incident
from vedette.workspace.assumptions import ENTITY_TYPES, MADE_BY_DEFENDER
from vedette.workspace.iso8601 import format_time, parse_time
from vedette.workspace.settings import Scope

Row = dict[str, Any]

HEALTH, AUDIT, ALERT, INCIDENT, USAGE = (
    "SentinelHealth",
    "SentinelAudit",
    "SecurityAlert",
    "SecurityIncident",
    "Usage",
)
OWN_TABLES = frozenset({HEALTH, AUDIT, ALERT, INCIDENT, USAGE})
_RUN_NAMES = {Kind.SCHEDULED: "Scheduled analytics rule run", Kind.NRT: "NRT analytics rule run"}


def health_row(scope: Scope, rule: AnalyticsRule, record: Mapping[str, Any]) -> Row:
    """SentinelHealth's row of a run, from the run's record (see ``rule_run``)."""
    window = window_of(rule, parse_time(record["scheduled"]))
    status = "Success" if record["status"] == "Success" else "Failure"
    properties: dict[str, Any] = {
        "RuleId": rule.id,
        "AggregationType": rule.aggregation.value,
        "AlertsGeneratedAmount": record["alerts"],
        "EntitiesDroppedDueToMappingIssuesAmount": record["droppedEntities"],
        "QueryResultAmount": record["rows"],
        "QueryStartTimeUTC": format_time(window.start),
        "QueryEndTimeUTC": format_time(window.end),
        "SuppressionEnabled": rule.suppression is not None,
    }
    if rule.schedule is not None:
        properties |= {
            "QueryFrequency": timespan_text(rule.schedule.frequency),
            "QueryPeriod": timespan_text(rule.schedule.period),
            "TriggerOperator": rule.schedule.operator.value,
            "TriggerThreshold": rule.schedule.threshold,
        }
    return {
        "TimeGenerated": record["executed"],
        "OperationName": _RUN_NAMES[rule.kind],
        "SentinelResourceId": f"{scope.insights}/alertRules/{rule.id}",
        "SentinelResourceName": rule.name,
        "SentinelResourceType": "Analytics Rule",
        "SentinelResourceKind": rule.kind.value,
        "Status": status,
        "Reason": record["reason"] if status == "Failure" else "",
        "Description": record["reason"],
        "ExtendedProperties": properties,
        **_common(scope, HEALTH),
        "WorkspaceId": str(scope.customer_id),
    }


def automation_row(
    scope: Scope, run: AutomationRun, incident: Incident, alert: Alert | None, *, now: datetime
) -> Row:
    """SentinelHealth's row of an automation rule that ran (monitor-automation-health)."""
    actions = run.rule.actions
    on: dict[str, Any] = (
        {"IncidentName": str(incident.id), "IncidentNumber": str(incident.number)}
        if alert is None
        else {"AlertId": str(alert.id), "AlertName": alert.title}
    )
    return {
        "TimeGenerated": format_time(now),
        "OperationName": "Automation rule run",
        "SentinelResourceId": f"{scope.insights}/automationRules/{run.rule.id}",
        "SentinelResourceName": run.rule.name,
        "SentinelResourceType": "Automation rule",
        "Status": "Success",
        "Description": "Automation rule executed successfully.",
        "ExtendedProperties": {
            **on,
            "TotalActions": len(actions),
            "ActionsTriggeredSuccessfully": len(actions),
            "TriggeredOn": "Incident" if alert is None else "Alert",
            "TriggeredWhen": run.when.value,
            "TriggeredPlaybooks": [
                one.logic_app for one in actions if isinstance(one, RunPlaybook)
            ],
        },
        **_common(scope, HEALTH),
        "WorkspaceId": str(scope.customer_id),
    }


def audit_row(
    scope: Scope,
    rule: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    *,
    now: datetime,
    caller: Mapping[str, str],
) -> Row:
    """SentinelAudit's row of a write of rule ``rule``; None: it was not there, or is no more.

    ``caller`` has the ``CallerName``, the ``CallerIpAddress`` and the ``CorrelationId``.
    """
    state = after or before or {}
    name = state.get("properties", {}).get("displayName") or rule
    resource = f"{scope.insights}/alertRules/{rule}"
    verb = "Delete" if after is None else "Write"
    done = "deleted" if after is None else "updated" if before else "created"
    return {
        "TimeGenerated": format_time(now),
        "OperationName": f"Microsoft.SecurityInsights/alertRules/{verb}",
        "SentinelResourceId": resource,
        "SentinelResourceName": name,
        "SentinelResourceType": "Analytic Rule",
        "SentinelResourceKind": state.get("kind", ""),
        "Status": "Success",
        "Description": f"Analytics rule {done}",
        "CorrelationId": caller["CorrelationId"],
        "ExtendedProperties": {
            **caller,
            "OriginalResourceState": _text(before),
            "UpdatedResourceState": _text(after),
            "ResourceDisplayName": name,
            "ResourceGroupName": scope.resource_group,
            "ResourceId": rule,
            "SubscriptionId": scope.subscription,
            "Uri": resource,
            "WorkspaceId": str(scope.customer_id),
            "WorkspaceName": scope.workspace,
        },
        **_common(scope, AUDIT),
        "WorkspaceId": str(scope.customer_id),
    }


def alert_row(
    scope: Scope, rule: AnalyticsRule, alert: Alert, record: Mapping[str, Any], window: TimeWindow
) -> Row:
    """SecurityAlert's row of an alert, with the record of its run, which saw ``window``."""
    extended = {
        "Query": rule.query,
        "Query Start Time UTC": format_time(window.start),
        "Query End Time UTC": format_time(window.end),
        "Search Query Results Overall Count": str(record["rows"]),
        "Analytic Rule Ids": _text([rule.id]),
        "Analytic Rule Name": rule.name,
        "Event Grouping": rule.aggregation.value,
        "ProcessedBySentinel": "True",
        "Alert generation status": "Full alert created",
    }
    if rule.schedule is not None:
        extended |= {
            "Query Period": timespan_text(rule.schedule.period),
            "Trigger Operator": rule.schedule.operator.value,
            "Trigger Threshold": str(rule.schedule.threshold),
        }
    if alert.custom_details:
        details = {name: list(values) for name, values in alert.custom_details.items()}
        extended["Custom Details"] = _text(details)
    properties = alert.properties
    return {
        "TimeGenerated": format_time(alert.created),
        "SystemAlertId": str(alert.id),
        "VendorOriginalId": str(alert.id),
        "AlertName": alert.title,
        "DisplayName": alert.title,
        "Description": alert.description,
        "AlertSeverity": alert.severity.value,
        "AlertType": f"{scope.customer_id}_{alert.rule_id}",
        "StartTime": format_time(alert.start),
        "EndTime": format_time(alert.end),
        "ProcessingEndTime": format_time(alert.created),
        "Status": "New",
        "IsIncident": False,
        "VendorName": "Microsoft",
        **{name: properties.get(name, value) for name, value in _made_by(rule, record).items()},
        "AlertLink": properties.get("AlertLink", ""),
        "ConfidenceLevel": properties.get("ConfidenceLevel", ""),
        "RemediationSteps": properties.get("RemediationSteps", ""),
        "Tactics": ", ".join(alert.tactics),
        "Techniques": _text(list(dict.fromkeys(one.partition(".")[0] for one in alert.techniques))),
        "SubTechniques": _text([one for one in alert.techniques if "." in one]),
        "Entities": _text([_entity(number, one) for number, one in enumerate(alert.entities, 2)]),
        "ExtendedProperties": _text(extended),
        "WorkspaceSubscriptionId": scope.subscription,
        "WorkspaceResourceGroup": scope.resource_group,
        **_common(scope, ALERT, source="Detection"),
    }


def _made_by(rule: AnalyticsRule, record: Mapping[str, Any]) -> Mapping[str, str]:
    """The product that an alert names, unless its properties name another."""
    if record.get("product") == Product.DEFENDER:
        return MADE_BY_DEFENDER
    kind = "Scheduled" if rule.kind is Kind.SCHEDULED else "NRT"
    return {
        "ProductName": "Azure Sentinel",
        "ProviderName": f"ASI {kind} Alerts",
        "ProductComponentName": f"{kind} Alerts",
    }


def incident_row(
    scope: Scope, incident: Incident, shown: Mapping[str, Any], *, now: datetime, by: str
) -> Row:
    """SecurityIncident's row of an incident that was just written; ``by`` says by whom."""
    starts = [alert.start for alert in incident.alerts]
    ends = [alert.end for alert in incident.alerts]
    rules = dict.fromkeys(alert.rule_id for alert in incident.alerts)
    tactics = dict.fromkeys(tactic for alert in incident.alerts for tactic in alert.tactics)
    closed = incident.status == "Closed"
    row: Row = {
        "TimeGenerated": format_time(now),
        "IncidentName": str(incident.id),
        "IncidentNumber": incident.number,
        "Title": incident.title,
        "Description": incident.description,
        "Severity": incident.severity.value,
        "Status": incident.status,
        "Classification": incident.classification or "",
        "ClassificationReason": incident.classification_reason or "",
        "ClassificationComment": incident.classification_comment or "",
        "Owner": shown["owner"] or {},
        "Labels": shown["labels"],
        "CreatedTime": format_time(incident.created),
        "LastModifiedTime": format_time(incident.modified),
        "ModifiedBy": by,
        "AlertIds": [str(alert.id) for alert in incident.alerts],
        "RelatedAnalyticRuleIds": list(rules),
        "AdditionalData": {"alertsCount": len(incident.alerts), "tactics": list(tactics)},
        "ProviderName": "Azure Sentinel",
        "ProviderIncidentId": str(incident.number),
        **_common(scope, INCIDENT, source="Azure"),
    }
    if starts:
        row["FirstActivityTime"] = format_time(min(starts))
        row["LastActivityTime"] = format_time(max(ends))
    if closed:
        row["ClosedTime"] = format_time(incident.modified)
    return row


def usage_row(scope: Scope, table: str, size: int, *, start: datetime, end: datetime) -> Row:
    """Usage's row of what a table was sent in an hour, in millions of bytes."""
    return {
        "TimeGenerated": format_time(end),
        "StartTime": format_time(start),
        "EndTime": format_time(end),
        "DataType": table,
        "Solution": "LogManagement",
        "Quantity": size / 1_000_000,
        "QuantityUnit": "MBytes",
        "IsBillable": True,
        **_common(scope, USAGE, source="OMS"),
    }


def _common(scope: Scope, table: str, source: str = "Azure") -> Row:
    return {"TenantId": str(scope.customer_id), "SourceSystem": source, "Type": table}


def _entity(number: int, entity: Entity) -> dict[str, Any]:
    return {
        "$id": str(number),
        **dict(entity.identifiers),
        "Type": ENTITY_TYPES.get(entity.type, entity.type.lower()),
    }


def _text(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
