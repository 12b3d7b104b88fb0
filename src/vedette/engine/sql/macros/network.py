"""Macros for addresses.

The trap: an address that is none gives null, never an error.
"""

from __future__ import annotations

from collections.abc import Mapping

_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = rf"^{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}(/(3[0-2]|[12]?[0-9]))?$"


def _ranges(*ranges: str) -> str:
    return " OR ".join(f"kql.ipv4_within(a, '{item}')" for item in ranges)


MACROS: Mapping[str, str] = {
    "ipv4_number(t)": (
        "list_transform([string_split(string_split(t, '/')[1], '.')], lambda p:"
        " (TRY_CAST(p[1] AS BIGINT) << 24) + (TRY_CAST(p[2] AS BIGINT) << 16)"
        " + (TRY_CAST(p[3] AS BIGINT) << 8) + TRY_CAST(p[4] AS BIGINT))[1]"
    ),
    "ipv4_valid(t)": f"regexp_matches(t, '{_IPV4}')",
    "ipv4_suffix(t)": (
        "CASE WHEN kql.ipv4_valid(t) THEN coalesce(TRY_CAST(string_split(t, '/')[2] AS"
        " BIGINT), 32) END"
    ),
    "ipv4_masked(t, n)": "kql.ipv4_number(t) // (1::BIGINT << (32 - n)::INTEGER)",
    "ipv4(t0)": (
        "list_transform([t0], lambda t: CASE WHEN kql.ipv4_valid(t) THEN"
        " kql.ipv4_masked(t, kql.ipv4_suffix(t)) * (1::BIGINT << (32 -"
        " kql.ipv4_suffix(t))::INTEGER)"
        " END)[1]"
    ),
    "ipv4_compare(a0, b0, prefix)": (
        "list_transform([[a0, b0]], lambda p: CASE WHEN kql.ipv4_valid(p[1]) AND"
        " kql.ipv4_valid(p[2]) THEN list_transform([least(prefix, kql.ipv4_suffix(p[1]),"
        " kql.ipv4_suffix(p[2]))], lambda n: sign(kql.ipv4_masked(p[1], n)"
        " - kql.ipv4_masked(p[2], n))::BIGINT)[1] END)[1]"
    ),
    "ipv4_within(a, r)": (
        "CASE WHEN kql.ipv4_valid(a) AND kql.ipv4_valid(r) THEN"
        " kql.ipv4_suffix(a) >= kql.ipv4_suffix(r) AND kql.ipv4_masked(a, kql.ipv4_suffix(r))"
        " = kql.ipv4_masked(r, kql.ipv4_suffix(r)) END"
    ),
    "ipv4_in(a0, r0)": "list_transform([[a0, r0]], lambda p: kql.ipv4_within(p[1], p[2]))[1]",
    "ipv4_in_any(a, rs)": ("list_bool_or(list_transform(rs, lambda r: kql.ipv4_in(a, r)))"),
    "ipv4_private(a0)": (
        "list_transform([a0], lambda a: "
        + _ranges("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
        + ")[1]"
    ),
}
