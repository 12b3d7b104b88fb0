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
    "ipv4_text(n)": (
        "kql.joined(list_transform([24, 16, 8, 0], lambda b: ((n >> b) & 255)::VARCHAR), '.')"
    ),
    #: {n: the number, p: the prefix}; n is NULL for what is no address or has no such prefix.
    "ipv4_cut(t0, prefix)": (
        "list_transform([t0], lambda t: CASE WHEN kql.ipv4_valid(t) AND prefix BETWEEN 0 AND 32"
        " THEN list_transform([least(kql.ipv4_suffix(t), prefix)], lambda p: {'n': "
        "kql.ipv4_masked(t, p) * (1::BIGINT << (32 - p)::INTEGER), 'p': p})[1] END)[1]"
    ),
    "ipv4_format(t, prefix)": (
        "coalesce(list_transform([kql.ipv4_cut(t, prefix)], lambda a: kql.ipv4_text(a.n))[1], '')"
    ),
    "ipv4_format_mask(t, prefix)": (
        "coalesce(list_transform([kql.ipv4_cut(t, prefix)],"
        " lambda a: kql.ipv4_text(a.n) || '/' || a.p)[1], '')"
    ),
    "ipv4_has(t, address)": (
        "(kql.ipv4_valid(address) AND NOT contains(address, '/')"
        " AND contains(t, address) AND regexp_matches(t,"
        " '(?:^|[^\\pL\\pN])' || regexp_escape(address) || '(?:$|[^\\pL\\pN])'))"
    ),
    "ipv4_has_prefix(t, prefix)": (
        "(kql.ipv4_has(t, prefix) OR (regexp_full_match(prefix, '([0-9]{1,3}[.]){1,3}')"
        " AND contains(t, prefix) AND coalesce(list_bool_or(list_transform(regexp_extract_all(t,"
        " '(?:^|[^\\pL\\pN])(' || regexp_escape(prefix)"
        " || '[0-9.]+)(?:$|[^\\pL\\pN.]|[.]$|[.][^0-9])', 1), lambda a:"
        " kql.ipv4_valid(a))), FALSE)))"
    ),
    "ipv4_has_any(t, addresses)": (
        "coalesce(list_bool_or(list_transform(addresses, lambda a: kql.ipv4_has(t, a))), FALSE)"
    ),
    "ipv4_has_any_prefix(t, prefixes)": (
        "coalesce(list_bool_or(list_transform(prefixes, lambda a: kql.ipv4_has_prefix(t, a))),"
        " FALSE)"
    ),
    # Again and again the largest block that begins at the next address and does not pass the last.
    "ipv4_blocks(first, last)": (
        "list_reduce(range(0, 64), lambda s, i: CASE WHEN s.n > last THEN s ELSE"
        " list_transform([list_max(list_filter(range(0, 33), lambda k: s.n % (1::BIGINT << k) = 0"
        " AND s.n + (1::BIGINT << k) - 1 <= last))], lambda k: {'n': s.n + (1::BIGINT << k),"
        " 'l': list_append(s.l, kql.ipv4_text(s.n) || '/' || (32 - k))})[1] END,"
        " {'n': first, 'l': []::VARCHAR[]}).l"
    ),
    "ipv4_cidr_list(a, b)": (
        "CASE WHEN kql.ipv4_valid(a) AND kql.ipv4_valid(b)"
        " THEN to_json(kql.ipv4_blocks(kql.ipv4_number(a), kql.ipv4_number(b))) END"
    ),
}
