"""What breaks when an expectation that fits several rows takes another's only one."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from vedette.evidence.pairing import pair

EDGES = st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)))


def test_the_first_fit_is_taken_for_good() -> None:
    # "anything" comes first and would take "x", the only one that "x" itself can have.
    fits = {"anything": {"x", "y"}, "x": {"x"}}
    assert pair(["anything", "x"], ["x", "y"], lambda one, other: other in fits[one]) == {
        0: 1,
        1: 0,
    }


@given(EDGES)
def test_fewer_pairs_are_found_than_there_are(edges: set[tuple[int, int]]) -> None:
    found = pair(range(5), range(5), lambda one, other: (one, other) in edges)
    assert all(edge in edges for edge in found.items())
    assert len(set(found.values())) == len(found)
    best = max(
        sum((one, other) in edges for one, other in enumerate(order))
        for order in permutations(range(5))
    )
    assert len(found) == best


def test_a_long_chain_of_moves_ends_in_a_recursion() -> None:
    # Each takes its own and the last has only the first's: all of them have to move by one.
    size = 3000
    found = pair(
        range(size),
        range(size),
        lambda one, other: other in (one, one + 1) if one < size - 1 else other == 0,
    )
    assert len(found) == size
