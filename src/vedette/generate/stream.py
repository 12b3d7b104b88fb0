"""Random numbers that are the same on every machine.

The trap: one generator for everything would change the whole month when a single draw is added, so
each part has a stream of its own, named by what it is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

T = TypeVar("T")


def stream(seed: int, *names: object) -> Random:
    """The numbers of ``seed`` for one purpose: ``stream(7, "traffic", 3)``."""
    # Random hashes text with SHA-512, so this does not depend on PYTHONHASHSEED.
    return Random("/".join(map(str, (seed, *names))))


def guid(rng: Random) -> str:
    """A random GUID as text."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def sha256(rng: Random) -> str:
    """What looks like a SHA-256."""
    return f"{rng.getrandbits(256):064x}"


def some(rng: Random, items: Sequence[T], most: int) -> list[T]:
    """Up to ``most`` different items, in random order."""
    return rng.sample(items, min(most, len(items)))


def count(rng: Random, mean: float) -> int:
    """A whole number whose mean is ``mean``: the floor, and one more as often as the rest says."""
    whole = int(mean)
    return whole + (rng.random() < mean - whole)


def later(rng: Random, moment: datetime, least: float, most: float) -> datetime:
    """``moment`` and between ``least`` and ``most`` minutes more, in whole seconds."""
    return moment + timedelta(seconds=int(60 * rng.uniform(least, most)))
