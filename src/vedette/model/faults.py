"""Faults: how a local workspace is to fail, so that a client can be seen to cope.

The trap: what is left to chance must fall out the same each time. Chance is drawn from the seed and
the number of the call, never from a generator that threads share.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What a client sees instead of the answer."""

    THROTTLED = "throttled"
    ERROR = "error"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    RESET = "reset"
    TIMEOUT = "timeout"
    STALE_ETAG = "stale-etag"
    RECENTLY_DELETED = "recently-deleted"
    SLOW = "slow"


#: After these nobody knows whether the operation was carried out, so that either may be asked for.
MAY_BE_WRITTEN = frozenset(
    {
        *(FaultKind.ERROR, FaultKind.UNAVAILABLE, FaultKind.RESET, FaultKind.TIMEOUT),
        # Graph has been seen to refuse a rule with 400 and to have created it.
        FaultKind.REFUSED,
    }
)

#: These say when to come again.
SAY_WHEN = frozenset({FaultKind.THROTTLED, FaultKind.UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class FaultRule:
    """Which calls fail, and how.

    ``operation`` is a method and a path below the workspace (``PUT alertRules/*``); ``after`` calls
    go well, then ``times`` fail (None: all that follow), each with ``probability``. ``written``
    carries the operation out before it fails. ``retry_after`` and ``delay`` are seconds.
    """

    operation: str
    kind: FaultKind
    written: bool = False
    after: int = 0
    times: int | None = None
    probability: float = 1.0
    retry_after: float = 1.0
    delay: float = 1.0


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """The rules of a faults file, in its order."""

    rules: tuple[FaultRule, ...] = ()
    seed: int = 0
