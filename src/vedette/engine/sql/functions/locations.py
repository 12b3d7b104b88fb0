"""``geo_info_from_ip_address``: where an address is, from a table that a case supplies.

The trap: the service asks data of its own. Here they are a stub like an ``externaldata``: a table
of networks, the narrowest of which counts; an address in none of them has no location.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.compiler import External
from vedette.engine.sql.registry import Call, Function
from vedette.engine.sql.value import Value, identifier, literal
from vedette.kql.desugar.names import external_table
from vedette.kql.externals import LOCATION_COLUMNS, LOCATIONS


def _located(call: Call) -> Value:
    address = call.converted(0, "string").sql
    offset = call.scope.place(call.node)
    call.compiler.externals.setdefault(LOCATIONS, External(LOCATION_COLUMNS, offset))
    fields = ", ".join(
        f"{literal(column.name)}, L.{identifier(column.name)}" for column in LOCATION_COLUMNS[1:]
    )
    network = f"L.{identifier(LOCATION_COLUMNS[0].name)}"
    within = (
        f"coalesce(kql.ipv4_in({address}, {network}), kql.ipv6_in({address}, {network}), FALSE)"
    )
    prefix = f"coalesce(TRY_CAST(string_split({network}, '/')[2] AS BIGINT), 128)"
    table = f"{identifier(external_table(LOCATIONS))} AS L"
    best = f"arg_max(json_object({fields}), {prefix})"
    return Value(" ".join(("(SELECT", best, "FROM", table, f"WHERE {within})")), "dynamic")


FUNCTIONS: Mapping[str, Function] = {"geo_info_from_ip_address": Function(_located)}
