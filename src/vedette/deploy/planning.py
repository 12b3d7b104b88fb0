"""Makes a plan: the whole repository against the whole workspace, each resource decided once.

The trap: a plan is never made of what a commit touched, and a live resource is ours by its mark
alone: not by its id, not by its name, not by standing where ours stand. What is decided here is
decided from what was read; nothing is asked of the workspace a second time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from vedette.deploy.assumptions import ID_RESTS
from vedette.deploy.collisions import Names, names_of_foreign
from vedette.deploy.diff import FieldChange, differences
from vedette.deploy.live import LiveState, etag_of
from vedette.deploy.locking import respect_locks
from vedette.deploy.ordering import in_order
from vedette.deploy.ownership import LiveMark, Mark, MarkState
from vedette.deploy.plan import Action, Change, Plan, Target
from vedette.deploy.policy import Policy
from vedette.deploy.removal import foreign_changes, removals
from vedette.deploy.resource import Body, Resource, ResourceKind
from vedette.deploy.stopped import is_auto_disabled
from vedette.model.environment import OnMissing

#: What the service changes when it switches a rule off, beside its switch.
_AUTO_DISABLED_FIELDS = frozenset({"displayName", "description"})


def make_plan(
    resources: Iterable[Resource], live: LiveState, target: Target, tool: str, policy: Policy
) -> Plan:
    """Compare the whole repository with the whole workspace; pure.

    Raises:
        UsageError: there is nothing to deploy, or resources need each other in a circle.
    """
    ours = in_order(resources)
    names = names_of_foreign(ours, live, policy)
    changes = [_decide(resource, live, names, policy) for resource in ours]
    changes += removals(ours, live, policy)
    changes += foreign_changes(ours, live, policy)
    held = respect_locks(changes, policy.locks, policy.now.date())
    return Plan(target, tool, held, policy.warnings)


def _decide(resource: Resource, live: LiveState, names: Names, policy: Policy) -> Change:
    """What happens to a resource that the repository has."""
    body, mark = live.find(resource), live.marks.get(resource.key)
    if body is None:
        change = _absent(resource, mark, policy)
    else:
        fields = differences(resource, body, live.rows_in(resource))
        change = _present(resource, body, mark, policy)
        change = replace(change, fields=fields, etag=etag_of(body))
        change = _sharpen(change, body)
    return _guard(_hold_back(change, mark), names, policy)


def _absent(resource: Resource, found: LiveMark | None, policy: Policy) -> Change:
    """There is no such resource; a mark without one is a deletion: ours, or by hand."""
    if found is None:
        return Change(Action.CREATE, resource, mark=_mark(resource, policy))
    mark = found.mark
    if mark.tag != policy.tag and mark.state is not MarkState.DELETED:
        # Another repository makes it again with its next deployment, and takes ours for a foreign.
        reason = f"its id carries the mark of '{mark.tag}'"
        return Change(Action.BLOCKED, resource, reason=reason)
    if mark.state is MarkState.DELETED and mark.since is not None:
        ready = mark.since + ID_RESTS
        if resource.kind is ResourceKind.RULE and policy.now < ready:
            reason = f"it was deleted and its id rests until {ready:%Y-%m-%d %H:%M} UTC"
            return Change(Action.SKIP, resource, reason=reason)
        note = ""
    else:
        note = "it was deleted in the workspace and is made again"
    fresh = None if mark.state is MarkState.ACTIVE else _mark(resource, policy)
    return Change(Action.CREATE, resource, note=note, mark=fresh, mark_etag=found.etag)


def _present(resource: Resource, body: Body, found: LiveMark | None, policy: Policy) -> Change:
    """There is such a resource; whose is it?"""
    mark = None if found is None else found.mark
    if mark is not None and mark.is_ours(policy.tag):
        fresh = _mark(resource, policy) if mark.state is MarkState.RETIRED else None
        reason = "its file is back" if fresh else ""
        etag = found.etag if found else None
        return Change(Action.UPDATE, resource, reason=reason, mark=fresh, mark_etag=etag)
    others = mark is not None and mark.state is not MarkState.DELETED
    if policy.adopts(resource.id, marked=others):
        return Change(
            Action.ADOPT,
            resource,
            reason=f"until now {_whose(mark)}",
            mark=_mark(resource, policy),
            mark_etag=found.etag if found else None,
        )
    reason = f"it is in the workspace, {_whose(mark)}; --adopt {resource.id} makes it ours"
    return Change(Action.BLOCKED, resource, reason=reason)


def _whose(mark: Mark | None) -> str:
    if mark is None:
        return "without a mark"
    if mark.state is MarkState.DELETED:
        return "made again by somebody after we deleted it"
    return f"with the mark of '{mark.tag}'"


def _sharpen(change: Change, body: Body) -> Change:
    """An update by its right name: nothing to do, a switch, or an update."""
    if change.action is not Action.UPDATE:
        return change
    if not change.fields and change.mark is None:
        return replace(change, action=Action.NO_OP)
    kind = change.resource.kind
    stopped = is_auto_disabled(kind, body)
    note = "the service had switched this rule off after failures" if stopped else ""
    name = ".".join(kind.switch)
    switched = _switch(change.fields, kind, _AUTO_DISABLED_FIELDS if note else frozenset({name}))
    return replace(change, action=switched or Action.UPDATE, note=note)


def _switch(
    fields: tuple[FieldChange, ...], kind: ResourceKind, allowed: frozenset[str]
) -> Action | None:
    """ENABLE or DISABLE if nothing else changes."""
    name = ".".join(kind.switch)
    changed = {field.field: field for field in fields}
    switch = changed.get(name)
    if switch is None or not changed.keys() <= {name} | allowed:
        return None
    return Action.ENABLE if switch.after == kind.state(on=True) else Action.DISABLE


def _hold_back(change: Change, found: LiveMark | None) -> Change:
    """What somebody has switched off by hand stays as it is until its hold is taken away."""
    hold = "" if found is None else found.mark.hold
    if not hold or change.action in {Action.NO_OP, Action.BLOCKED}:
        return change
    reason = f"held by `vedette disable`: {hold}"
    return replace(change, action=Action.SKIP, reason=reason, mark=None)


def _guard(change: Change, names: Names, policy: Policy) -> Change:
    """Hold back what must not be written, whatever it would be; NO_OP writes nothing anyway."""
    resource = change.resource
    held = policy.held.get(resource.key)
    if change.action in {Action.NO_OP, Action.BLOCKED, Action.SKIP}:
        return change
    collision = names.collision(resource)
    if collision:
        return replace(change, action=Action.BLOCKED, reason=collision)
    if held is not None and held.what is not OnMissing.DISABLE:
        action = Action.SKIP if held.what is OnMissing.SKIP else Action.BLOCKED
        return replace(change, action=action, reason=held.reason)
    notes = [change.note, names.namesake(resource), held.reason if held else ""]
    return replace(change, note="; ".join(note for note in notes if note))


def _mark(resource: Resource, policy: Policy) -> Mark:
    return Mark(policy.tag, resource.kind, resource.id)
