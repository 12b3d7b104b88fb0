"""Says field by field how a live resource differs from the repository's.

The trap: a resource that is equal here is never written, so whatever is not compared is never
deployed. What the service returns and the repository does not set counts as a difference too: the
write replaces the whole resource and would take it away.
"""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass

from vedette.deploy.canonical import Value, canonical, canonical_rows
from vedette.deploy.resource import Body, Resource, ResourceKind, Rows

#: The field under which a watchlist's rows are compared.
ROWS = "rows"

#: Lines of the query that are shown around a changed one.
_CONTEXT = 2


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field before and after; None means that it is not set.

    A tuple is a set of members: ``removed`` and ``added`` say what leaves it and what joins it.
    """

    field: str
    before: Value | None
    after: Value | None

    @property
    def removed(self) -> tuple[str, ...]:
        """The members that only the live resource has."""
        return _minus(self.before, self.after)

    @property
    def added(self) -> tuple[str, ...]:
        """The members that only the repository has."""
        return _minus(self.after, self.before)

    @property
    def is_set(self) -> bool:
        """True if the members are what changes, not the value as a whole."""
        return isinstance(self.before, tuple) or isinstance(self.after, tuple)

    @property
    def lines(self) -> tuple[str, ...]:
        """The line diff of a text over several lines, without file names; () for other values."""
        before, after = self.before or "", self.after or ""
        if not (isinstance(before, str) and isinstance(after, str)):
            return ()
        if "\n" not in before and "\n" not in after:
            return ()
        lines = difflib.unified_diff(
            before.splitlines(), after.splitlines(), n=_CONTEXT, lineterm=""
        )
        return tuple(lines)[2:]


def differences(resource: Resource, live: Body, rows: Rows = ()) -> tuple[FieldChange, ...]:
    """What a write of ``resource`` would change in ``live``, sorted by field; () if nothing.

    ``rows`` are the live rows of a watchlist.
    """
    kind = resource.kind
    changes = [
        FieldChange(name, before.get(name), after.get(name))
        for before, after in [(canonical(kind, live), canonical(kind, resource.body))]
        for name in sorted(before.keys() | after.keys())
        if not _same(before.get(name), after.get(name))
    ]
    if kind is ResourceKind.WATCHLIST:
        change = FieldChange(ROWS, canonical_rows(rows), canonical_rows(resource.rows))
        if change.before != change.after:
            changes.append(change)
    return tuple(changes)


def _same(before: Value | None, after: Value | None) -> bool:
    # True == 1 in Python, and a flag that the service turned into a number is a difference.
    return before == after and isinstance(before, bool) == isinstance(after, bool)


def _minus(these: Value | None, those: Value | None) -> tuple[str, ...]:
    left = Counter(these if isinstance(these, tuple) else ())
    left.subtract(Counter(those if isinstance(those, tuple) else ()))
    return tuple(sorted(left.elements()))
