"""Ids of alerts and incidents, derived from what they name: the same run gives the same ids."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid5

_NAMESPACE = UUID("5f3a5f0e-53f4-5b0e-8d5c-6f1c7a0d2b11")


def alert_id(rule_id: str, scheduled: datetime, index: int) -> UUID:
    """The id of alert ``index`` (from 0) of the run scheduled for ``scheduled``."""
    # Resource names are compared without case, and one moment has a spelling for each time zone.
    moment = scheduled.astimezone(UTC).isoformat()
    return uuid5(_NAMESPACE, f"alert/{rule_id.lower()}/{moment}/{index}")


def incident_id(first_alert: UUID) -> UUID:
    """The id of the incident that ``first_alert`` opened."""
    return uuid5(_NAMESPACE, f"incident/{first_alert}")
