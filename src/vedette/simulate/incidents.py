"""How alerts become incidents, and which of them share one.

The trap: the look-back counts from the first alert of an incident, not from its last: a trickle of
alerts does not keep an incident open for ever (scheduled-rules-overview, "Alert grouping").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from vedette.model.detection import Grouping, MatchingMethod, Severity
from vedette.simulate import assumptions, limits
from vedette.simulate.identity import incident_id
from vedette.simulate.types import Alert, AnalyticsRule, Incident

#: The status of an incident that is done with (``IncidentStatus`` of the API).
_CLOSED = "Closed"
_GRAVITY = {severity: rank for rank, severity in enumerate(reversed(Severity))}


def group(
    incidents: Sequence[Incident], alerts: Iterable[Alert], rule: AnalyticsRule, *, now: datetime
) -> tuple[Incident, ...]:
    """``incidents`` (all of the workspace, for their numbers) with the new ``alerts`` of ``rule``.

    Incidents keep their order; new ones follow, numbered on. An alert that is already in an
    incident is not added again, so that a run which is repeated changes nothing.
    """
    ledger = list(incidents)
    if not rule.incident.create:
        return tuple(ledger)
    filed = {alert.id for incident in ledger for alert in incident.alerts}
    number = max((incident.number for incident in ledger), default=0)
    for alert in alerts:
        if alert.id in filed:
            continue
        filed.add(alert.id)
        related = _related(ledger, alert, rule)
        index = _home(ledger, related, rule.incident.grouping)
        if index is not None:
            ledger[index] = _joined(ledger[index], alert, now)
            continue
        number += 1
        ledger.append(_opened(alert, number, now, _overflowing(ledger, related)))
    return tuple(ledger)


def _related(ledger: Sequence[Incident], alert: Alert, rule: AnalyticsRule) -> list[int]:
    """Where in the ledger incidents stand that the alert belongs to by rule, key and time."""
    grouping = rule.incident.grouping
    if not grouping.enabled:
        return []
    key = grouping_key(grouping, alert)
    return [
        index
        for index, incident in enumerate(ledger)
        if incident.rule_id == rule.id
        and incident.alerts
        and alert.created - incident.alerts[0].created <= grouping.look_back
        and assumptions.keys_match(grouping_key(grouping, incident.alerts[0]), key)
    ]


def grouping_key(grouping: Grouping, alert: Alert) -> tuple[object, ...]:
    """What two alerts must have in common to share an incident."""
    if grouping.matching is MatchingMethod.ANY_ALERT:
        return ()
    if grouping.matching is MatchingMethod.ALL_ENTITIES:
        return (frozenset(alert.entities),)
    entities = [
        frozenset(entity for entity in alert.entities if entity.type == wanted)
        for wanted in grouping.by_entities
    ]
    shown = {"DisplayName": alert.title, "Severity": alert.severity.value}
    return (
        *entities,
        *(shown.get(name, "") for name in grouping.by_alert_details),
        *(frozenset(alert.custom_details.get(name, ())) for name in grouping.by_custom_details),
    )


def _home(ledger: Sequence[Incident], related: Sequence[int], grouping: Grouping) -> int | None:
    """The newest related incident that has room: an open one, else a closed one to reopen."""
    roomy = [
        index
        for index in reversed(related)
        if len(ledger[index].alerts) < limits.MAX_INCIDENT_ALERTS
    ]
    still_open = [index for index in roomy if ledger[index].status != _CLOSED]
    if still_open:
        return still_open[0]
    return roomy[0] if roomy and grouping.reopen_closed else None


def _overflowing(ledger: Sequence[Incident], related: Sequence[int]) -> Incident | None:
    """The newest related incident that is open and full, whose details the next one takes."""
    for index in reversed(related):
        incident = ledger[index]
        if incident.status != _CLOSED and len(incident.alerts) >= limits.MAX_INCIDENT_ALERTS:
            return incident
    return None


def _joined(incident: Incident, alert: Alert, now: datetime) -> Incident:
    joined = replace(
        incident,
        alerts=(*incident.alerts, alert),
        severity=max(incident.severity, alert.severity, key=_GRAVITY.__getitem__),
        modified=now,
    )
    if incident.status != _CLOSED:
        return joined
    return replace(
        joined,
        status=assumptions.REOPENED_STATUS,
        classification=None,
        classification_reason=None,
        classification_comment=None,
    )


def _opened(alert: Alert, number: int, now: datetime, like: Incident | None) -> Incident:
    return Incident(
        id=incident_id(alert.id),
        number=number,
        title=like.title if like else alert.title,
        description=like.description if like else alert.description,
        severity=alert.severity,
        created=now,
        modified=now,
        rule_id=alert.rule_id,
        alerts=(alert,),
    )
