"""The incidents of the workspace, kept in memory between runs and in the store for good.

The trap: a month of schedule makes thousands of runs, and each would read every incident again. The
copy in memory is forgotten whenever a transaction is rolled back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from vedette.simulate.types import Incident
from vedette.workspace.assumptions import LABEL_OF_AUTOMATION
from vedette.workspace.incident_text import decode, encode
from vedette.workspace.own_life import OwnLife
from vedette.workspace.store import Resource, Store

INCIDENTS = "incidents"
_LAST_NUMBER = "lastIncident"


class Ledger:
    """All incidents, by number."""

    def __init__(self, store: Store, life: OwnLife) -> None:
        self._store = store
        self._life = life
        self._known: tuple[Incident, ...] | None = None

    def incidents(self) -> tuple[Incident, ...]:
        """Every incident, the oldest first."""
        if self._known is None:
            stored = (_incident(item) for item in self._store.all(INCIDENTS))
            self._known = tuple(sorted(stored, key=lambda incident: incident.number))
        return self._known

    def next_number(self) -> int:
        """The number of the next incident: that of one which was deleted is not given again."""
        return int(self._store.fact(_LAST_NUMBER) or "0") + 1

    def replace(self, incidents: tuple[Incident, ...]) -> tuple[Incident, ...]:
        """Keep ``incidents`` instead, and return those that changed; only they are written."""
        before = {incident.id: incident for incident in self.incidents()}
        kept, changed = [], []
        for incident in incidents:
            if incident.id not in before and incident.number < self.next_number():
                incident = dataclasses.replace(incident, number=self.next_number())
            if before.get(incident.id) is not incident:
                self._write(incident, {})
                changed.append(incident)
            kept.append(incident)
        self._known = tuple(kept)
        return tuple(changed)

    def remove(self, incident: Incident) -> None:
        """Forget an incident."""
        self._known = tuple(known for known in self.incidents() if known.id != incident.id)
        self._store.delete(INCIDENTS, str(incident.id))

    def update(self, incident: Incident, shown: Mapping[str, Any], *, automation: str = "") -> None:
        """Keep what an analyst or an automation rule (its name) changed.

        ``shown`` is what the API has and ``Incident`` has not.
        """
        others = (known for known in self.incidents() if known.id != incident.id)
        self._write(incident, shown, automation)
        self._known = tuple(sorted((*others, incident), key=lambda one: one.number))

    def stored(self, name: str) -> Resource | None:
        """The resource behind an incident: its etag, owner and labels."""
        return self._store.get(INCIDENTS, name)

    def forget(self) -> None:
        """Read from the store again at the next use."""
        self._known = None

    def _write(self, incident: Incident, shown: Mapping[str, Any], automation: str = "") -> None:
        current = self._store.get(INCIDENTS, str(incident.id))
        kept = current.body["shown"] if current else {"owner": None, "labels": []}
        shown = {**kept, **shown}
        known = {label["labelName"] for label in shown["labels"]}
        added = [
            {"labelName": label, "labelType": LABEL_OF_AUTOMATION}
            for label in incident.labels
            if label not in known
        ]
        shown["labels"] = [*shown["labels"], *added]
        body = {"incident": encode(incident), "shown": shown}
        self._store.put(INCIDENTS, str(incident.id), body)
        self._life.incident_written(incident, shown, created=current is None, automation=automation)
        if incident.number >= self.next_number():
            self._store.set_fact(_LAST_NUMBER, str(incident.number))


def _incident(stored: Resource) -> Incident:
    labels = tuple(label["labelName"] for label in stored.body["shown"]["labels"])
    return dataclasses.replace(decode(stored.body["incident"]), labels=labels)
