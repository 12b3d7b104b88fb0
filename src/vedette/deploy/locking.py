"""Keeps a plan's hands off what is locked, whatever the plan is for.

The trap: a lock of the commit that is deployed. Who goes back to an old commit goes back to its
locks as well, and overwrites what was locked since; so locks are those of the environment now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from vedette.deploy.plan import WRITING, Action, Change
from vedette.model.lock import Lock


def respect_locks(
    changes: Iterable[Change], locks: Iterable[Lock], day: date
) -> tuple[Change, ...]:
    """``changes`` with SKIP for whatever would be written and is locked on ``day``.

    A resource that is not there yet is held as well: somebody has said that nothing is deployed.
    """
    holding = [lock for lock in locks if lock.holds_on(day)]
    return tuple(_held(change, holding) for change in changes)


def _held(change: Change, locks: list[Lock]) -> Change:
    if change.action not in WRITING:
        return change
    resource = change.resource
    own = [lock for lock in locks if lock.names(resource.label, resource.id)]
    if not own:
        return change
    lock = max(own, key=lambda each: each.until)
    reason = f"locked until {lock.until} by {lock.owner}: {lock.reason}"
    return replace(change, action=Action.SKIP, reason=reason, mark=None)
