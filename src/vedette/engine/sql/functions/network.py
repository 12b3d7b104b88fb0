"""Addresses: IPv4 as the number that it is.

The trap: an address that is none gives null, not false, and ``127.1`` is none.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.registry import Call, Function, native
from vedette.engine.sql.value import Value


def _compared(call: Call) -> Value:
    first, second = call.converted(0, "string").sql, call.converted(1, "string").sql
    prefix = call.converted(2, "long").sql if len(call) > 2 else "32"
    return Value(f"kql.ipv4_compare({first}, {second}, {prefix})", "long")


def _match(call: Call) -> Value:
    return Value(f"({_compared(call).sql} = 0)", "bool")


def _in_ranges(call: Call) -> Value:
    address = call.converted(0, "string").sql
    ranges = [call.value(index) for index in range(1, len(call))]
    if len(ranges) == 1 and ranges[0].type == "dynamic":
        return Value(f"kql.ipv4_in_any({address}, kql.texts({ranges[0].sql}))", "bool")
    listed = ", ".join(call.converted(index, "string").sql for index in range(1, len(call)))
    return Value(f"kql.ipv4_in_any({address}, [{listed}])", "bool")


_IPV4 = ("string",)

FUNCTIONS: Mapping[str, Function] = {
    "ipv4_compare": Function(_compared),
    "ipv4_is_in_any_range": Function(_in_ranges),
    "ipv4_is_in_range": native("kql.ipv4_in({0}, {1})", "string", "string", gives="bool"),
    "ipv4_is_match": Function(_match),
    "ipv4_is_private": native("kql.ipv4_private({0})", *_IPV4, gives="bool"),
    "ipv4_netmask_suffix": native("kql.ipv4_suffix({0})", *_IPV4, gives="long"),
    "parse_ipv4": native("kql.ipv4({0})", *_IPV4, gives="long"),
}
