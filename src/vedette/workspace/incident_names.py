"""Whether there is an incident of a name; what stands below incidents asks before it answers."""

from __future__ import annotations

from vedette.workspace.refusal import not_found
from vedette.workspace.workspace import Workspace


def require_incident(workspace: Workspace, incident: str) -> None:
    """Refusal (404) unless the incident is there."""
    if workspace.ledger.stored(incident) is None:
        raise not_found(f"Incident '{incident}' was not found.")
