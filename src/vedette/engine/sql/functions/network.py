"""Addresses: IPv4 as the number that it is.

The trap: an address that is none gives null, not false, and ``127.1`` is none.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.registry import Call, Function, native
from vedette.engine.sql.value import INTEGERS, Value


def _compared(call: Call) -> Value:
    first, second = call.converted(0, "string").sql, call.converted(1, "string").sql
    prefix = call.converted(2, "long").sql if len(call) > 2 else "32"
    return Value(f"kql.ipv4_compare({first}, {second}, {prefix})", "long")


def _match(call: Call) -> Value:
    return Value(f"({_compared(call).sql} = 0)", "bool")


def listed(call: Call) -> str:
    """All arguments but the first as one list of texts: an array, or several strings."""
    if len(call) == 2 and call.value(1).type == "dynamic":
        return f"kql.texts({call.value(1).sql})"
    texts = ", ".join(call.converted(index, "string").sql for index in range(1, len(call)))
    return f"[{texts}]"


def any_of(macro: str) -> Function:
    """A test of a text against every address of a list."""

    def build(call: Call) -> Value:
        text = call.converted(0, "string").sql
        return Value(f"kql.{macro}({text}, {listed(call)})", "bool")

    return Function(build)


def _text(call: Call) -> str:
    """The address as text, which may come as a number."""
    if call.value(0).type in INTEGERS:
        return f"coalesce(kql.ipv4_text({call.value(0).sql}), '')"
    return call.converted(0, "string").sql


def _formatted(macro: str) -> Function:
    def build(call: Call) -> Value:
        prefix = call.converted(1, "long").sql if len(call) > 1 else "32"
        return Value(f"kql.{macro}({_text(call)}, {prefix})", "string")

    return Function(build)


def _masked(call: Call) -> Value:
    text, prefix = call.converted(0, "string").sql, call.converted(1, "long").sql
    return Value(f"kql.ipv4_cut({text}, {prefix}).n", "long")


_IPV4 = ("string",)
_TWO = ("string", "string")

FUNCTIONS: Mapping[str, Function] = {
    "format_ipv4": _formatted("ipv4_format"),
    "format_ipv4_mask": _formatted("ipv4_format_mask"),
    "has_any_ipv4": any_of("ipv4_has_any"),
    "has_any_ipv4_prefix": any_of("ipv4_has_any_prefix"),
    "has_ipv4": native("kql.ipv4_has({0}, {1})", *_TWO, gives="bool"),
    "has_ipv4_prefix": native("kql.ipv4_has_prefix({0}, {1})", *_TWO, gives="bool"),
    "ipv4_compare": Function(_compared),
    "ipv4_is_in_any_range": any_of("ipv4_in_any"),
    "ipv4_is_in_range": native("kql.ipv4_in({0}, {1})", *_TWO, gives="bool"),
    "ipv4_is_match": Function(_match),
    "ipv4_is_private": native("kql.ipv4_private({0})", *_IPV4, gives="bool"),
    "ipv4_netmask_suffix": native("kql.ipv4_suffix({0})", *_IPV4, gives="long"),
    "ipv4_range_to_cidr_list": native("kql.ipv4_cidr_list({0}, {1})", *_TWO, gives="dynamic"),
    "parse_ipv4": native("kql.ipv4({0})", *_IPV4, gives="long"),
    "parse_ipv4_mask": Function(_masked),
}
