"""All scalar functions and aggregates by Kusto's name, from the modules of each topic."""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.functions import (
    aggregates,
    conditions,
    conversions,
    dynamics,
    encodings,
    math,
    network,
    regexes,
    strings,
    time,
    windows,
)
from vedette.engine.sql.registry import Aggregate, Function

FUNCTIONS: Mapping[str, Function] = {
    **conditions.FUNCTIONS,
    **conversions.FUNCTIONS,
    **dynamics.FUNCTIONS,
    **encodings.FUNCTIONS,
    **math.FUNCTIONS,
    **network.FUNCTIONS,
    **regexes.FUNCTIONS,
    **strings.FUNCTIONS,
    **time.FUNCTIONS,
    **windows.FUNCTIONS,
}

AGGREGATES: Mapping[str, Aggregate] = aggregates.AGGREGATES
