"""A lock: somebody decided that a resource of one workspace stays as it is, until a day.

The trap: a lock that never ends is a rule that nobody deploys any more. So every lock has a day on
which it ends, an owner and a reason, and one that has ended is a finding until it is gone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from vedette.model.document import Document
from vedette.source import Location, ValuePath


@dataclass(frozen=True, slots=True)
class Lock:
    """An entry of ``locks`` in an environment's file.

    ``rules`` names detections, functions or watchlists by file stem, alias or id; ``until`` is the
    last day on which it holds. ``path`` is its place in ``source``.
    """

    rules: tuple[str, ...]
    owner: str
    reason: str
    until: date
    path: ValuePath
    source: Document = field(kw_only=True, compare=False, repr=False)

    def names(self, label: str, resource_id: str) -> bool:
        """True if it is about the resource of this label or id, in any case."""
        known = {label.casefold(), resource_id.casefold()}
        return any(name.casefold() in known for name in self.rules)

    def holds_on(self, day: date) -> bool:
        """False when it has ended."""
        return day <= self.until

    def locate(self) -> Location:
        """Where it stands."""
        return self.source.locate(self.path)
