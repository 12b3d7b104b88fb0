"""The order of writing: whatever a resource needs goes before it.

The trap: a rule that goes before the function that it calls is refused, and in the order of file
names that depends on what somebody called a file.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping

from vedette.deploy.resource import Key, Resource
from vedette.errors import UsageError


def in_order(resources: Iterable[Resource]) -> list[Resource]:
    """The resources, each behind those that it needs; otherwise by kind and file.

    Raises:
        UsageError: resources need each other in a circle, which is named.
    """
    waiting = {resource.key: resource for resource in resources}
    needs = {
        key: {need for need in resource.needs if need in waiting and need != key}
        for key, resource in waiting.items()
    }
    ready = [(resource.order, key) for key, resource in waiting.items() if not needs[key]]
    heapq.heapify(ready)
    found: list[Resource] = []
    dependents: dict[Key, list[Key]] = {}
    for key, needed in needs.items():
        for need in needed:
            dependents.setdefault(need, []).append(key)
    while ready:
        _, key = heapq.heappop(ready)
        found.append(waiting[key])
        for dependent in dependents.get(key, ()):
            needs[dependent].discard(key)
            if not needs[dependent]:
                heapq.heappush(ready, (waiting[dependent].order, dependent))
    if len(found) < len(waiting):
        circle = _circle({key: needed for key, needed in needs.items() if needed})
        names = " needs ".join(waiting[key].label for key in circle)
        raise UsageError(f"nothing can be deployed first: {names}")
    return found


def _circle(needs: Mapping[Key, set[Key]]) -> list[Key]:
    """One circle of keys in ``needs``, of which each has another; the least is its ends."""
    path = [min(needs)]
    while True:
        following = min(need for need in needs[path[-1]] if need in needs)
        if following in path:
            circle = path[path.index(following) :]
            first = circle.index(min(circle))
            return [*circle[first:], *circle[:first], circle[first]]
        path.append(following)
