"""Playbooks that were to run: they are remembered, and never run."""

from __future__ import annotations

from typing import Any

from vedette.workspace.iso8601 import format_time
from vedette.workspace.store import Store

_KIND = "playbookRuns"


def record_playbook(store: Store, *, incident: str, playbook: str) -> None:
    """Remember that ``playbook``, a Logic App's resource id, was to run on an incident, now."""
    number = store.count_write()
    body = {"incident": incident, "playbook": playbook, "time": format_time(store.clock)}
    store.put(_KIND, f"{number:012}", body)


def playbooks(store: Store) -> list[dict[str, Any]]:
    """``{"incident", "playbook", "time"}`` of each, in their order."""
    return [dict(run.body) for run in store.all(_KIND)]
