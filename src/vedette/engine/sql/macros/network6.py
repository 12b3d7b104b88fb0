"""Macros for IPv6 addresses: each is the 128-bit number that it is.

The trap: an IPv4 address is one of them too (``::ffff:a.b.c.d``), also where it is written
``::a.b.c.d``, and its prefix counts from bit 96.
"""

from __future__ import annotations

from collections.abc import Mapping

_DOTTED = r"^(?:::(?:[fF]{4}:)?)?([0-9]{1,3}(?:\.[0-9]{1,3}){3})$"

MACROS: Mapping[str, str] = {
    "ipv6_words(t)": (
        "list_filter(string_split(t, ':'), lambda w: w <> '')"
    ),
    "ipv6_sum(words)": (
        "list_reduce(words, lambda s, w: s * 65536 + ('0x' || w)::INTEGER::UHUGEINT, 0::UHUGEINT)"
    ),
    # The groups on both sides of ``::``, of which there may be one; no group is empty elsewhere.
    "ipv6_groups(t)": (
        "list_transform([string_split(t, '::')], lambda p: list_transform(["
        "{'l': kql.ipv6_words(p[1]), 'r': kql.ipv6_words(coalesce(p[2], ''))}],"
        " lambda g: CASE WHEN regexp_full_match(t, '[0-9a-fA-F:]{2,}')"
        " AND NOT regexp_matches(t, '[0-9a-fA-F]{5}|:::|(^|[^:]):$|^:([^:]|$)')"
        " AND (len(p) = 1 AND len(g.l) = 8 OR len(p) = 2 AND len(g.l) + len(g.r) <= 7)"
        " THEN list_concat(g.l, list_resize([]::VARCHAR[], 8 - len(g.l) - len(g.r), '0'), g.r)"
        " END)[1])[1]"
    ),
    "ipv6_number(a)": (
        f"list_transform([regexp_extract(a, '{_DOTTED}', 1)], lambda v4: CASE"
        " WHEN v4 <> '' AND kql.ipv4_valid(v4)"
        " THEN 281470681743360::UHUGEINT + kql.ipv4_number(v4)::UHUGEINT"
        " WHEN v4 = '' THEN kql.ipv6_sum(kql.ipv6_groups(a)) END)[1]"
    ),
    #: {n: the number, p: the bits of the prefix}; n is NULL for what is no address.
    "ipv6(t)": (
        "list_transform([string_split(t, '/')], lambda s: list_transform(["
        "{'n': CASE WHEN len(s) < 3 THEN kql.ipv6_number(s[1]) END, 'p': CASE WHEN len(s) = 1"
        " THEN 128 WHEN regexp_full_match(s[2], '[0-9]{1,3}') THEN s[2]::INTEGER"
        " + CASE WHEN contains(s[1], '.') THEN 96 ELSE 0 END END}],"
        " lambda a: {'n': CASE WHEN a.p BETWEEN 0 AND 128 THEN a.n END, 'p': a.p})[1])[1]"
    ),
    "ipv6_masked(n, bits)": (
        "CASE WHEN bits <= 0 THEN 0::UHUGEINT"
        " ELSE n // (1::UHUGEINT << (128 - bits)::UHUGEINT) * (1::UHUGEINT <<"
        " (128 - bits)::UHUGEINT) END"
    ),
    "ipv6_text(n)": (
        "kql.joined(list_transform(range(0, 8), lambda i:"
        " lpad(lower(to_hex(((n >> (112 - 16 * i)::UHUGEINT) & 65535::UHUGEINT)::INTEGER)), 4,"
        " '0')), ':')"
    ),
    "ipv6_canonical(t, bits)": (
        "coalesce(list_transform([kql.ipv6(t)], lambda a: CASE WHEN a.n IS NOT NULL AND bits"
        " BETWEEN 0 AND 128 THEN kql.ipv6_text(kql.ipv6_masked(a.n, least(a.p, bits))) END)[1], '')"
    ),
    "ipv6_compare(t1, t2, bits)": (
        "list_transform([{'a': kql.ipv6(t1), 'b': kql.ipv6(t2)}], lambda s:"
        " CASE WHEN s.a.n IS NOT NULL AND s.b.n IS NOT NULL AND bits BETWEEN 0 AND 128 THEN"
        " kql.compare(kql.ipv6_masked(s.a.n, least(s.a.p, s.b.p, bits)),"
        " kql.ipv6_masked(s.b.n, least(s.a.p, s.b.p, bits))) END)[1]"
    ),
    "ipv6_in(t, r)": "(kql.ipv6_compare(t, r, 128) = 0)",
    "ipv6_in_any(t, rs)": "list_bool_or(list_transform(rs, lambda r: kql.ipv6_in(t, r)))",
}  # fmt: skip
