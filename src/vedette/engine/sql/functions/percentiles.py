"""Percentiles: the nearest rank, which the documentation defines.

The trap: the service estimates it with a t-digest once there are many values; here it is the exact
one of them. The smallest value that as much of the total weight is at or below, and for 0 the
smallest of all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vedette.engine.sql.registry import Aggregate, Call
from vedette.engine.sql.value import NUMBERS, Value

_ORDERED = NUMBERS | {"datetime", "timespan"}


def _subject(call: Call) -> Value:
    value = call.value(0)
    if value.type == "dynamic":
        return call.converted(0, "real")
    if value.type not in _ORDERED:
        call.refuse(f"a {value.type}")
    return value


def shares(call: Call, first: int) -> list[float]:
    """The percentiles from an argument on: numbers, or one array of them."""
    given: Sequence[object] = [call.constant(index) for index in range(first, len(call))]
    if len(given) == 1 and isinstance(given[0], list):
        given = given[0]
    found = []
    for share in given:
        if isinstance(share, bool) or not isinstance(share, (int, float)):
            call.refuse("a percentile that is no number")
        found.append(share / 100)
    return found


def ranked(call: Call) -> list[Value]:
    """The value at each percentile of ``percentile(x, p…)``."""
    value = _subject(call)
    return [
        Value(f"quantile_disc({value.sql}, {share!r})", value.type) for share in shares(call, 1)
    ]


def weighted(call: Call) -> list[Value]:
    """The value at each percentile of ``percentilew(x, weight, p…)``."""
    value, weight = _subject(call), call.converted(1, "long").sql
    pair = f"{{'v': {value.sql}, 'w': {weight}}}"
    kept = f"FILTER (WHERE {value.sql} IS NOT NULL AND {weight} > 0)"
    return [
        Value(f"kql.weighted_rank(list({pair}) {kept}, {share!r})", value.type)
        for share in shares(call, 2)
    ]


def _first(call: Call, values: list[Value]) -> Value:
    if len(values) != 1:
        call.refuse(f"{len(values)} percentiles")
    return values[0]


def _array(values: list[Value]) -> Value:
    return Value(f"to_json([{', '.join(value.sql for value in values)}])", "dynamic")


AGGREGATES: Mapping[str, Aggregate] = {
    "percentile": Aggregate(lambda call: _first(call, ranked(call))),
    "percentiles_array": Aggregate(lambda call: _array(ranked(call))),
    "percentilesw_array": Aggregate(lambda call: _array(weighted(call))),
    "percentilew": Aggregate(lambda call: _first(call, weighted(call))),
}

#: Aggregates with several columns for one call; ``operators/summarize.py`` takes them apart.
WIDE = frozenset({"arg_max", "arg_min", "argmax", "argmin", "percentiles", "percentilesw"})
