"""Time and chance as arguments: what a deployment asks of the clock, of sleep and of dice.

The trap: a retry that reads the clock itself cannot be tried a thousand times in a second.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

_DICE = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Timing:
    """``now`` gives aware times, ``monotonic`` seconds; ``jitter`` a share from 0 to 1."""

    now: Callable[[], datetime]
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = _DICE.random
