"""Keeps a run below what Azure Resource Manager lets one identity send, and bounds its waiting.

The trap: a client that writes as fast as it can is throttled, and then waits longer than one that
never exceeded the rate. The bucket here is the service's own (request-limits-and-throttling): it
counts every request on the wire, repeated ones too, and takes the service's word over its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from vedette.model.environment import WriteBudget

#: Reads and deletes of one identity: burst, and refill a second.
_READS, _DELETES = (250, 25.0), (200, 10.0)

#: Seconds that one run may spend waiting before repeated requests, all together.
RETRY_BUDGET = 180.0


_ROUNDING = 1e-6


class RetryBudget:
    """One budget of waiting for a whole run; threads may draw on it."""

    def __init__(self, seconds: float = RETRY_BUDGET) -> None:
        self._lock = threading.Lock()
        self._left = seconds

    def take(self, seconds: float) -> bool:
        """Draw ``seconds``; False, and nothing drawn, if there are not as many left."""
        with self._lock:
            if seconds > self._left:
                return False
            self._left -= seconds
            return True


class Bucket:
    """So many requests at once, refilled at a steady rate; threads may draw on it."""

    def __init__(
        self,
        burst: float,
        per_second: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._burst, self._per_second = float(burst), per_second
        self._monotonic, self._sleep = monotonic, sleep
        self._lock = threading.Lock()
        self._level, self._seen = self._burst, monotonic()
        self._held_until = self._seen
        self.taken = 0

    def take(self) -> None:
        """Wait until there is a request left, and take it."""
        while (wait := self._try()) > 0:
            self._sleep(wait)

    def hold(self, seconds: float) -> None:
        """The service has had enough: nothing for ``seconds``, and no burst afterwards."""
        with self._lock:
            self._refill()
            self._held_until = max(self._held_until, self._monotonic() + seconds)
            self._level = min(self._level, 1.0)

    def allow_at_most(self, left: float) -> None:
        """The service says how many are left: others use the same budget."""
        with self._lock:
            self._refill()
            self._level = min(self._level, left)

    def _try(self) -> float:
        """Take one and return 0, or the seconds until there may be one."""
        with self._lock:
            now = self._refill()
            if now < self._held_until:
                return self._held_until - now
            # A rest of rounding would be a wait in which no clock moves.
            if self._level < 1 - _ROUNDING:
                return (1 - self._level) / self._per_second
            self._level -= 1
            self.taken += 1
            return 0.0

    def _refill(self) -> float:
        now = self._monotonic()
        gained = (now - max(self._seen, min(self._held_until, now))) * self._per_second
        self._level = min(self._burst, self._level + max(0.0, gained))
        self._seen = now
        return now


class Pacer:
    """The buckets of one run: reads, writes and deletes are counted apart."""

    def __init__(
        self,
        writes: WriteBudget,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        def bucket(burst: float, per_second: float) -> Bucket:
            return Bucket(burst, per_second, monotonic=monotonic, sleep=sleep)

        write = bucket(writes.burst, writes.per_second)
        self._buckets: Mapping[str, Bucket] = {
            "GET": bucket(*_READS),
            "PUT": write,
            "PATCH": write,
            "POST": write,
            "DELETE": bucket(*_DELETES),
        }

    def bucket(self, method: str) -> Bucket:
        """The bucket that a request of this method draws on."""
        return self._buckets.get(method.upper(), self._buckets["PUT"])

    @property
    def writes(self) -> int:
        """How many writes have gone out."""
        return self.bucket("PUT").taken
