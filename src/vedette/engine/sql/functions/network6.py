"""IPv6 addresses, and IPv4 ones among them.

The trap: a number of bits to compare holds only where no address has a shorter prefix of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.functions.network import any_of
from vedette.engine.sql.registry import Call, Function, native
from vedette.engine.sql.value import Value

_ALL_BITS = "128"


def _compared(call: Call) -> Value:
    first, second = call.converted(0, "string").sql, call.converted(1, "string").sql
    bits = call.converted(2, "long").sql if len(call) > 2 else _ALL_BITS
    return Value(f"kql.ipv6_compare({first}, {second}, {bits})", "long")


def _match(call: Call) -> Value:
    return Value(f"({_compared(call).sql} = 0)", "bool")


def _canonical(call: Call) -> Value:
    text = call.converted(0, "string").sql
    bits = call.converted(1, "long").sql if len(call) > 1 else _ALL_BITS
    return Value(f"kql.ipv6_canonical({text}, {bits})", "string")


FUNCTIONS: Mapping[str, Function] = {
    "ipv6_compare": Function(_compared),
    "ipv6_is_in_any_range": any_of("ipv6_in_any"),
    "ipv6_is_in_range": native("kql.ipv6_in({0}, {1})", "string", "string", gives="bool"),
    "ipv6_is_match": Function(_match),
    "parse_ipv6": Function(_canonical),
    "parse_ipv6_mask": Function(_canonical),
}
