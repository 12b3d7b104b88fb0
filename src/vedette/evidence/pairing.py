"""Pairs expected items with actual ones, each used once.

The trap: an expectation names some columns only, so it may fit several rows; whoever takes the
first that fits can leave the next expectation without its only row and fail a case that is right.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import TypeVar

Expected = TypeVar("Expected")
Actual = TypeVar("Actual")


def pair(
    expected: Sequence[Expected],
    actual: Sequence[Actual],
    fits: Callable[[Expected, Actual], bool],
) -> dict[int, int]:
    """As many pairs as can be had: index of an expected item → index of its actual one.

    A maximum matching in a bipartite graph, found by augmenting paths; an expected item keeps the
    first actual one that it can.
    """
    choices = [
        [index for index, item in enumerate(actual) if fits(wanted, item)] for wanted in expected
    ]
    taken: dict[int, int] = {}
    for wanted in range(len(expected)):
        _place(wanted, choices, taken)
    return dict(sorted((wanted, index) for index, wanted in taken.items()))


def _place(wanted: int, choices: Sequence[Sequence[int]], taken: dict[int, int]) -> None:
    """Give ``wanted`` an actual item, moving others out of its way; nothing if none can move."""
    reached_from: dict[int, int] = {}
    queue = deque([wanted])
    while queue:
        mover = queue.popleft()
        for index in choices[mover]:
            if index in reached_from:
                continue
            reached_from[index] = mover
            if index in taken:
                queue.append(taken[index])
                continue
            _move(index, wanted, reached_from, taken)
            return


def _move(free: int, wanted: int, reached_from: dict[int, int], taken: dict[int, int]) -> None:
    """Walk back from the free item: each mover takes it and leaves its own to the one before."""
    held = {mover: index for index, mover in taken.items()}
    index = free
    while True:
        mover = reached_from[index]
        taken[index] = mover
        if mover == wanted:
            return
        index = held[mover]
