"""What in the workspace is no longer as it was deployed, and what may be done about each.

The trap: a difference has two sides. A file that was changed and not deployed yet differs from the
workspace just as a rule does that somebody edited there; whoever wrote last tells the two apart,
where that is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from vedette.deploy.audit import Editor, editor_in
from vedette.deploy.diff import FieldChange, differences
from vedette.deploy.live import LiveState
from vedette.deploy.ownership import MarkState
from vedette.deploy.removal import resource_of_live
from vedette.deploy.resource import Key, Resource
from vedette.deploy.stopped import is_auto_disabled
from vedette.model.lock import Lock


class State(StrEnum):
    """How a resource stands to what was deployed."""

    EDITED = "edited"
    DELETED = "deleted"
    AUTO_DISABLED = "auto-disabled"
    NOT_DEPLOYED = "not deployed"
    FOREIGN = "foreign"


#: What somebody or something did to what is ours.
DRIFT = frozenset({State.EDITED, State.DELETED, State.AUTO_DISABLED})


@dataclass(frozen=True, slots=True)
class Drift:
    """One resource that is not as it was deployed.

    ``fields`` go from the repository's value to the live one. ``editor`` is who wrote last, None if
    nobody is named. ``lock`` is the one that holds it as it is, expired or not; ``hold`` says why
    we have switched it off ourselves, by ``vedette disable``.
    """

    state: State
    resource: Resource
    fields: tuple[FieldChange, ...] = ()
    editor: Editor | None = None
    lock: Lock | None = None
    hold: str = ""

    def is_held_on(self, day: date) -> bool:
        """True if somebody has decided that it stays so."""
        return bool(self.hold) or (self.lock is not None and self.lock.holds_on(day))


@dataclass(frozen=True, slots=True)
class DriftReport:
    """Every drift of one environment on ``day``; ``unknown`` says why nobody may be named."""

    environment: str
    account: str
    day: date
    drifts: tuple[Drift, ...]
    unchanged: int = 0
    unknown: str = ""
    expired: tuple[Lock, ...] = field(default=())

    def having(self, state: State) -> tuple[Drift, ...]:
        """The drifts of this state."""
        return tuple(drift for drift in self.drifts if drift.state is state)

    @property
    def open(self) -> tuple[Drift, ...]:
        """The drifts that somebody has to decide about: no lock holds them today."""
        return tuple(
            drift
            for drift in self.drifts
            if drift.state in DRIFT and not drift.is_held_on(self.day)
        )


def find_drift(
    resources: Iterable[Resource],
    live: LiveState,
    *,
    tag: str,
    account: str,
    environment: str,
    day: date,
    editors: Mapping[str, Editor],
    locks: Iterable[Lock] = (),
    unknown: str = "",
) -> DriftReport:
    """Compare what the environment gets with what is there; pure.

    ``account`` is who deploys and does nothing else (empty: nobody is), ``editors`` the last editor
    of each rule by its id. ``day`` is today, which says what locks hold: those of now, whatever
    commit the resources are of.
    """
    ours = sorted(resources, key=lambda resource: resource.order)
    every = tuple(locks)
    found, unchanged = [], 0
    for resource in ours:
        drift = _of_ours(resource, live, tag, account, editors)
        if drift is None:
            unchanged += 1
        else:
            found.append(_locked(drift, every))
    keys = {resource.key for resource in ours}
    for key, body in sorted(live.resources.items(), key=lambda item: item[0]):
        if key not in keys and not _is_ours(key, live, tag):
            foreign = Drift(State.FOREIGN, resource_of_live(key, body, None))
            found.append(_locked(foreign, every))
    expired = tuple(lock for lock in every if not lock.holds_on(day))
    return DriftReport(environment, account, day, tuple(found), unchanged, unknown, expired)


def _of_ours(
    resource: Resource, live: LiveState, tag: str, account: str, editors: Mapping[str, Editor]
) -> Drift | None:
    body = live.find(resource)
    editor = editors.get(resource.id.casefold())
    if not _is_ours(resource.key, live, tag):
        return Drift(State.NOT_DEPLOYED if body is None else State.FOREIGN, resource)
    if body is None:
        return Drift(State.DELETED, resource, editor=editor)
    changes = differences(resource, body, live.rows_in(resource))
    if not changes:
        return None
    fields = tuple(FieldChange(each.field, each.after, each.before) for each in changes)
    if is_auto_disabled(resource.kind, body):
        return Drift(State.AUTO_DISABLED, resource, fields, None)
    editor = editor or editor_in(body)
    is_own = bool(account) and editor is not None and editor.who.casefold() == account.casefold()
    hold = live.marks[resource.key].mark.hold
    if hold and {each.field for each in fields} == {".".join(resource.kind.switch)}:
        return Drift(State.EDITED, resource, fields, editor, hold=hold)
    return Drift(State.NOT_DEPLOYED if is_own else State.EDITED, resource, fields, editor)


def _is_ours(key: Key, live: LiveState, tag: str) -> bool:
    found = live.marks.get(key)
    if found is None or found.mark.tag != tag:
        return False
    return found.mark.state in {MarkState.ACTIVE, MarkState.RETIRED}


def _locked(drift: Drift, locks: tuple[Lock, ...]) -> Drift:
    own = [lock for lock in locks if lock.names(drift.resource.label, drift.resource.id)]
    if not own:
        return drift
    lock = max(own, key=lambda each: each.until)
    return replace(drift, lock=lock)
