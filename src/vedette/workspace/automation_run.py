"""Runs the automation rules on incidents and alerts as they come and change.

The trap: what a rule changes is written like any other change, with an etag and a row of its own,
so a client that still holds the etag from before is told that the incident is newer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from uuid import uuid5

from vedette.model.automation import AddTask, ModifyProperties, RunPlaybook
from vedette.simulate.automation import Automated, Automation, AutomationRun, automate
from vedette.simulate.conditions import Happening
from vedette.simulate.identity import incident_id
from vedette.simulate.types import Alert, Incident
from vedette.workspace.assumptions import NOBODY
from vedette.workspace.automation_mapping import (
    AUTOMATION,
    automation_rule,
    is_for_alerts,
    owners_of,
)
from vedette.workspace.iso8601 import format_time
from vedette.workspace.ledger import Ledger
from vedette.workspace.own_life import OwnLife
from vedette.workspace.playbooks import record_playbook
from vedette.workspace.settings import NAMESPACE
from vedette.workspace.store import Store

#: What the store calls an incident's tasks, and how many it may have (sentinel-service-limits).
TASKS = "incidentTasks"
MAX_TASKS = 40


class Responder:
    """Does with incidents and alerts what the stored automation rules say."""

    def __init__(self, store: Store, ledger: Ledger, life: OwnLife) -> None:
        self._store = store
        self._ledger = ledger
        self._life = life

    def keep(self, incidents: tuple[Incident, ...], alerts: Iterable[Alert]) -> None:
        """Keep the incidents that a run left, and respond to its alerts and to what changed."""
        before = {incident.id: incident for incident in self._ledger.incidents()}
        changed = self._ledger.replace(incidents)
        self._respond_to_alerts(alerts)
        self.respond(Happening(incident, before.get(incident.id)) for incident in changed)

    def respond(self, happenings: Iterable[Happening]) -> None:
        """Run the rules for incidents on each of what happened, in its order."""
        stored = [item for item in self._store.all(AUTOMATION) if not is_for_alerts(item)]
        if not stored:
            return
        rules = [automation_rule(item) for item in stored]
        owners = {name: owner for item in stored for name, owner in owners_of(item).items()}
        for happening in happenings:
            made = automate(happening, rules, now=self._store.clock)
            if made.runs:
                self._write(happening.incident, made, owners)

    def _respond_to_alerts(self, alerts: Iterable[Alert]) -> None:
        stored = [item for item in self._store.all(AUTOMATION) if is_for_alerts(item)]
        rules = [automation_rule(item) for item in stored]
        for alert in alerts if rules else ():
            alone = _alone(alert)
            for run in automate(Happening(alone), rules, now=self._store.clock).runs:
                self._tell(run, alone, alert)

    def _write(self, incident: Incident, made: Automated, owners: dict[str, Any]) -> None:
        for task in made.tasks:
            self._add_task(incident, task)
        for run in made.runs:
            after = replace(run.incident, tasks=(), modified=incident.modified)
            if after != incident:
                incident = replace(after, modified=self._store.clock)
                shown = {"owner": owners.get(incident.owner or "")} if _reassigned(run) else {}
                self._ledger.update(incident, shown, automation=run.rule.name)
            self._tell(run, incident)

    def _tell(self, run: AutomationRun, incident: Incident, alert: Alert | None = None) -> None:
        """Write that a rule ran, and remember the playbooks that it would have started."""
        for playbook in playbooks_of(run.rule):
            record_playbook(
                self._store,
                incident="" if alert else str(incident.id),
                alert=str(alert.id) if alert else "",
                playbook=playbook,
                rule=run.rule.name,
            )
        self._life.automation_ran(run, incident, alert)

    def _add_task(self, incident: Incident, task: AddTask) -> None:
        if len(self._store.all(TASKS, str(incident.id))) >= MAX_TASKS:
            return
        now = format_time(self._store.clock)
        name = uuid5(NAMESPACE, f"task/{incident.id}/{self._store.count_write()}")
        properties = {
            "title": task.title,
            "description": task.description or None,
            "status": "New",
            "createdBy": dict(NOBODY),
            "lastModifiedBy": dict(NOBODY),
            "createdTimeUtc": now,
            "lastModifiedTimeUtc": now,
        }
        self._store.put(TASKS, f"{incident.id}/{name}", {"properties": properties})


def playbooks_of(rule: Automation) -> tuple[str, ...]:
    """The resource ids of the logic apps that a rule starts."""
    return tuple(one.logic_app for one in rule.actions if isinstance(one, RunPlaybook))


def _reassigned(run: AutomationRun) -> bool:
    return any(isinstance(one, ModifyProperties) and one.owner for one in run.rule.actions)


def _alone(alert: Alert) -> Incident:
    """An alert as what conditions are held against: an incident of nothing else."""
    return Incident(
        id=incident_id(alert.id),
        number=0,
        title=alert.title,
        description=alert.description,
        severity=alert.severity,
        created=alert.created,
        modified=alert.created,
        rule_id=alert.rule_id,
        alerts=(alert,),
    )
