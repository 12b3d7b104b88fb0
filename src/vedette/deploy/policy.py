"""What a plan may decide: from the environment, from the command line, and from the clock.

The trap: a value that is missing must mean the careful choice. Without an ownership tag nothing is
removed, without a word nothing is adopted, without limits the small ones hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from vedette.deploy.resource import Key
from vedette.model.environment import DEFAULT_TAG, Environment, Limits, OnMissing
from vedette.model.lock import Lock

#: In ``Policy.adopt``: whatever has one of our ids and no mark of anybody's.
ALL = "all"


@dataclass(frozen=True, slots=True)
class Held:
    """What becomes of a resource that needs what the workspace does not have, and why."""

    what: OnMissing
    reason: str


@dataclass(frozen=True, slots=True)
class Policy:
    """``now`` is aware; ``origin`` names the file that the limits are from, for the messages.

    ``removes``: what has lost its file is retired and deleted. ``adopt`` holds the ids, in lower
    case, of unmarked resources that are to become ours, or ``ALL``. ``held`` and ``warnings`` come
    from the preflight; ``locks`` are the environment's, those that have ended too. ``left_out``
    says of what the repository has why it is not for here.
    """

    now: datetime
    tag: str = DEFAULT_TAG
    removes: bool = False
    limits: Limits = field(default_factory=Limits)
    origin: str = "the environment"
    adopt: frozenset[str] = frozenset()
    held: Mapping[Key, Held] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    locks: tuple[Lock, ...] = ()
    left_out: Mapping[Key, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        environment: Environment,
        *,
        now: datetime,
        adopt: Iterable[str] = (),
        held: Mapping[Key, Held] | None = None,
        warnings: Iterable[str] = (),
        left_out: Mapping[Key, str] | None = None,
    ) -> Policy:
        """The policy of ``environment`` at ``now``, as asked for."""
        return cls(
            now=now,
            tag=environment.tag,
            removes=environment.ownership_tag is not None,
            limits=environment.limits,
            origin=str(environment.source.path),
            adopt=frozenset(each.casefold() for each in adopt),
            held=held or {},
            warnings=tuple(warnings),
            locks=environment.locks,
            left_out=left_out or {},
        )

    def adopts(self, resource_id: str, *, marked: bool) -> bool:
        """True if the resource is to become ours; one of another's mark has to be named."""
        return resource_id.casefold() in self.adopt or (ALL in self.adopt and not marked)
