"""All scalar functions and aggregates by Kusto's name, from the modules of each topic."""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.functions import (
    aggregates,
    arrays,
    bags,
    conditions,
    conversions,
    encodings,
    geography,
    hashing,
    locations,
    math,
    network,
    network6,
    parsing,
    percentiles,
    regexes,
    searching,
    series,
    statistics,
    strings,
    time,
    units,
    windows,
)
from vedette.engine.sql.registry import Aggregate, Function, Several

FUNCTIONS: Mapping[str, Function] = {
    **arrays.FUNCTIONS,
    **bags.FUNCTIONS,
    **conditions.FUNCTIONS,
    **conversions.FUNCTIONS,
    **encodings.FUNCTIONS,
    **geography.FUNCTIONS,
    **hashing.FUNCTIONS,
    **locations.FUNCTIONS,
    **math.FUNCTIONS,
    **network.FUNCTIONS,
    **network6.FUNCTIONS,
    **parsing.FUNCTIONS,
    **regexes.FUNCTIONS,
    **searching.FUNCTIONS,
    **series.FUNCTIONS,
    **statistics.FUNCTIONS,
    **strings.FUNCTIONS,
    **time.FUNCTIONS,
    **units.FUNCTIONS,
    **windows.FUNCTIONS,
}

AGGREGATES: Mapping[str, Aggregate] = {**aggregates.AGGREGATES, **percentiles.AGGREGATES}

#: Functions whose call is several columns; the operators that compute columns take them apart.
SEVERAL: Mapping[str, Several] = series.SEVERAL
