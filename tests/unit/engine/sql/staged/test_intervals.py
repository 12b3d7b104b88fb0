"""The SQL of intervals against what it stands for: the rows of each run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.engine.database import Cursor, Database
from vedette.engine.sql.staged.intervals.algebra import coalesced, gaps_of, union_of

RUNS = 12
_spans = st.tuples(st.integers(0, RUNS - 1), st.integers(1, RUNS)).map(
    lambda pair: (min(pair[0], pair[1] - 1), pair[1])
)
_rows = st.lists(st.tuples(st.sampled_from(["a", "b", None]), _spans), min_size=1, max_size=12)
_Rows = Sequence[tuple[str | None, tuple[int, int]]]


@pytest.fixture(scope="module")
def cursor() -> Iterator[Cursor]:
    with Database.open(None) as database, database.cursor() as opened:
        yield opened


def _table(rows: _Rows) -> str:
    values = ", ".join(
        f"({'NULL' if key is None else repr(key)}::VARCHAR, {a}::BIGINT, {b}::BIGINT)"
        for key, (a, b) in rows
    )
    return "".join(("(SELECT * FROM (VALUES ", values, ') AS v(k, "$a", "$b"))'))


def _by_run(rows: Sequence[tuple[object, ...]]) -> Counter[tuple[object, int]]:
    return Counter(
        (key, run) for key, a, b in rows for run in range(int(str(a)), min(int(str(b)), RUNS))
    )


@settings(deadline=None, max_examples=60)
@given(rows=_rows)
def test_pieces_put_together_are_in_each_run_as_often_as_before(
    cursor: Cursor, rows: _Rows
) -> None:
    found = cursor.execute(coalesced(_table(rows), ["k"]))
    assert _by_run(found) == _by_run([(key, *span) for key, span in rows])
    ends = {(key, b) for key, _, b in found}
    assert not any((key, a) in ends for key, a, _ in found), "two pieces that go on"


@settings(deadline=None, max_examples=60)
@given(rows=_rows)
def test_runs_with_a_key_and_runs_without_it_are_all_runs(cursor: Cursor, rows: _Rows) -> None:
    cursor.execute(" ".join(("CREATE OR REPLACE TEMP TABLE u AS", union_of(_table(rows), ["k"]))))
    with_key = _by_run(cursor.execute("SELECT * FROM u"))
    assert set(with_key) == set(_by_run([(key, *span) for key, span in rows]))
    assert set(with_key.values()) <= {1}
    without = _by_run(cursor.execute(gaps_of("u", ['"$k0"'])))
    keys = {key for key, _ in rows}
    assert with_key + without == Counter({(key, run): 1 for key in keys for run in range(RUNS)})
