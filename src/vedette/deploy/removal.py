"""What has lost its file: switched off first, deleted after its grace period; and what is foreign.

The trap: a file that cannot be found is the commonest mistake of all (a moved folder, a wrong
branch), and it looks exactly like a file that was deleted on purpose. So nothing goes at once, a
few may go at a time, and only what carries our mark goes at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from vedette.deploy.diff import FieldChange
from vedette.deploy.live import LiveState, etag_of
from vedette.deploy.ownership import LiveMark, Mark, MarkState
from vedette.deploy.plan import Action, Change
from vedette.deploy.policy import Policy
from vedette.deploy.resource import (
    NO_FILE,
    Body,
    Collection,
    Key,
    Resource,
    ResourceKind,
    is_switched_on,
    switched,
)

#: Properties of a live rule that the service sets; a PUT must not send them.
_READ_ONLY = frozenset({"lastModifiedUtc"})

_WHEN = "%Y-%m-%d %H:%M UTC"


def removals(ours: Iterable[Resource], live: LiveState, policy: Policy) -> list[Change]:
    """What becomes of everything that carries our mark and has no file, what is used last."""
    keys = {resource.key for resource in ours}
    changes = [
        _remove(found, live.resources.get(key), policy, is_unread=key[0] in live.unread)
        for key, found in live.marks.items()
        if key not in keys and found.mark.is_ours(policy.tag)
    ]
    # Rules go before the functions and watchlists that they read.
    changes.sort(key=lambda change: (-change.resource.kind.order, change.resource.id))
    return _within_limit(changes, policy)


def foreign_changes(ours: Iterable[Resource], live: LiveState, policy: Policy) -> list[Change]:
    """Everything in the workspace that is neither in the repository nor marked as ours."""
    keys = {resource.key for resource in ours}
    changes = []
    for key, body in live.resources.items():
        found = live.marks.get(key)
        if key in keys or (found is not None and found.mark.is_ours(policy.tag)):
            continue
        reason = "" if found is None else _explain(found.mark)
        changes.append(Change(Action.FOREIGN, resource_of_live(key, body, None), reason=reason))
    return sorted(changes, key=lambda change: change.resource.key)


def resource_of_live(key: Key, body: Body, mark: Mark | None) -> Resource:
    """A live resource as one that could be written again; of a name as its mark spells it."""
    collection, folded = key
    values = _properties(body)
    properties = {name: value for name, value in values.items() if name not in _READ_ONLY}
    name = str(values.get("displayName") or folded)
    resource_id = folded if mark is None else mark.id
    kind = mark.kind if mark is not None else _kind(collection, values)
    sent: dict[str, object] = {"properties": properties}
    if collection is Collection.RULES:
        sent["kind"] = body.get("kind")
    label = str(values.get("functionAlias") or resource_id)
    return Resource(kind, resource_id, name, label, NO_FILE, sent)


def _remove(found: LiveMark, body: Body | None, policy: Policy, *, is_unread: bool) -> Change:
    mark = found.mark
    resource = resource_of_live(mark.key, body or {}, mark)
    change = Change(Action.SKIP, resource, mark_etag=found.etag)
    why = policy.left_out.get(mark.key, "no file defines it")
    if not policy.removes:
        reason = f"{why}; {policy.origin} names no ownership tag: nothing is removed"
        return replace(change, reason=reason)
    if is_unread:
        # Nobody has looked: it would be taken for gone, and live on without a mark.
        reason = f"{why}; {policy.origin} is not for Defender XDR (products), where it may be live"
        return replace(change, reason=reason)
    if body is None:
        reason = "it is gone; only its mark is left"
        return replace(change, action=Action.DELETE, reason=reason, mark=_tombstone(mark, policy))
    change = replace(change, etag=etag_of(body))
    if mark.since is None:
        now = policy.now.replace(microsecond=0)
        retired = replace(mark, state=MarkState.RETIRED, since=now)
        end = now + policy.limits.grace_period
        how = "" if mark.kind.switch else f"; a {mark.kind} cannot be switched off"
        reason = f"{why}; it is deleted from {end:{_WHEN}} on{how}"
        return _switched_off(change, reason, retired)
    end = mark.since + policy.limits.grace_period
    if policy.now < end:
        if is_switched_on(resource.kind, resource.body):
            return _switched_off(change, f"{why}, and somebody has enabled it", None)
        reason = f"{why} (since {mark.since:{_WHEN}}); it is deleted from {end:{_WHEN}}"
        return replace(change, reason=reason)
    reason = f"{why} (since {mark.since:{_WHEN}})"
    return replace(change, action=Action.DELETE, reason=reason, mark=_tombstone(mark, policy))


def _switched_off(change: Change, reason: str, mark: Mark | None) -> Change:
    """DISABLE; of what has no switch, only the mark changes."""
    resource = change.resource
    fields: tuple[FieldChange, ...] = ()
    if is_switched_on(resource.kind, resource.body):
        kind = resource.kind
        fields = (FieldChange(".".join(kind.switch), kind.state(on=True), kind.state(on=False)),)
        resource = replace(resource, body=switched(resource.kind, resource.body, on=False))
    return replace(
        change, action=Action.DISABLE, resource=resource, fields=fields, reason=reason, mark=mark
    )


def _within_limit(changes: list[Change], policy: Policy) -> list[Change]:
    """All as they are, or all blocked that would leave: a part of a mistake is a mistake too."""
    leaving = [change for change in changes if _takes_away(change)]
    if len(leaving) <= policy.limits.removals:
        return changes
    reason = (
        f"{len(leaving)} resources would be taken out of service at once; {policy.origin} allows"
        f" {policy.limits.removals} (limits.removals)"
    )
    return [
        replace(change, action=Action.BLOCKED, reason=f"{reason}: {change.reason}", mark=None)
        if _takes_away(change)
        else change
        for change in changes
    ]


def _takes_away(change: Change) -> bool:
    if change.action is Action.DISABLE:
        return change.mark is not None
    return change.action is Action.DELETE and bool(change.resource.body.get("properties"))


def _tombstone(mark: Mark, policy: Policy) -> Mark:
    return replace(mark, state=MarkState.DELETED, since=policy.now.replace(microsecond=0))


def _explain(mark: Mark) -> str:
    if mark.state is MarkState.DELETED:
        return "made again by somebody after we deleted it"
    return f"it carries the mark of '{mark.tag}'"


def _kind(collection: Collection, properties: Mapping[str, object]) -> ResourceKind:
    if collection is Collection.RULES:
        return ResourceKind.RULE
    if collection is Collection.AUTOMATION:
        return ResourceKind.AUTOMATION
    if collection is Collection.WATCHLISTS:
        return ResourceKind.WATCHLIST
    if collection is Collection.DETECTIONS:
        return ResourceKind.CUSTOM_DETECTION
    return ResourceKind.FUNCTION if properties.get("functionAlias") else ResourceKind.HUNTING


def _properties(body: Body) -> Mapping[str, object]:
    properties = body.get("properties")
    return properties if isinstance(properties, Mapping) else {}
