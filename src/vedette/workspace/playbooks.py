"""Playbooks that were to run: they are remembered, and never run."""

from __future__ import annotations

from typing import Any

from vedette.workspace.iso8601 import format_time
from vedette.workspace.store import Store

_KIND = "playbookRuns"


def record_playbook(
    store: Store, *, playbook: str, incident: str = "", alert: str = "", rule: str = ""
) -> None:
    """Remember that ``playbook``, a Logic App's resource id, was to run on an incident, now.

    Or on an alert; ``rule`` is the automation rule that would have started it.
    """
    number = store.count_write()
    body = {"incident": incident, "playbook": playbook, "time": format_time(store.clock)}
    body |= {name: value for name, value in (("alert", alert), ("rule", rule)) if value}
    store.put(_KIND, f"{number:012}", body)


def playbooks(store: Store) -> list[dict[str, Any]]:
    """``{"incident", "playbook", "time"}`` of each, in their order; ``alert``, ``rule`` if any."""
    return [dict(run.body) for run in store.all(_KIND)]
