"""Macros for encodings.

The trap: a text that cannot be decoded gives an empty or the same text, never an error.
"""

from __future__ import annotations

from collections.abc import Mapping

MACROS: Mapping[str, str] = {
    "base64_text(t)": "coalesce(TRY(decode(from_base64(t))), '')",
    "base64_hex(t)": "TRY(hex(from_base64(t)))",
    "base64_bytes(t)": (
        "list_transform([kql.base64_hex(t)], lambda h: to_json(list_transform(range(0, length(h)"
        " // 2), lambda i: ('0x' || substring(h, i * 2 + 1, 2))::INTEGER)))[1]"
    ),
    "bytes_base64(d)": (
        "coalesce(to_base64(unhex(kql.joined(list_transform(kql.items(d), lambda b:"
        " lpad(to_hex(TRY_CAST(b ->> '$' AS INTEGER) & 255), 2, '0')), ''))), '')"
    ),
    # The first three groups of a guid stand in it with their last byte first.
    "guid_bytes(h)": (
        "h[7:8] || h[5:6] || h[3:4] || h[1:2] || h[11:12] || h[9:10] || h[15:16] || h[13:14]"
        " || h[17:]"
    ),
    "base64_guid(t)": (
        "list_transform([kql.base64_hex(t)], lambda h: CASE WHEN length(h) = 32"
        " THEN TRY_CAST(kql.guid_bytes(h) AS UUID) END)[1]"
    ),
    "guid_base64(g)": (
        "coalesce(to_base64(unhex(kql.guid_bytes(replace(g::VARCHAR, '-', '')))), '')"
    ),
    # Lower-case hexadecimal; these marks stay as they are and the tilde does not.
    "url_encode(t)": (
        "kql.joined(list_transform(regexp_extract_all(replace(url_encode(t), '~', '%7E'),"
        " '%[0-9A-F]{2}|[^%]+'), lambda p: CASE p WHEN '%21' THEN '!' WHEN '%28' THEN '('"
        " WHEN '%29' THEN ')' WHEN '%2A' THEN '*' ELSE CASE WHEN p[1] = '%' THEN lower(p)"
        " ELSE p END END), '')"
    ),
    "url_decode(t)": "coalesce(TRY(url_decode(replace(t, '+', ' '))), t)",
    "query_bag(q)": (
        "list_transform([list_filter(string_split(q, '&'), lambda p: p <> '')], lambda l:"
        " CASE WHEN len(l) = 0 THEN '{}'::JSON ELSE to_json(map_from_entries(list_transform("
        "kql.first_seen(list_transform(l, lambda p: string_split(p, '=')[1])), lambda k: {'k': k,"
        " 'v': list_transform(list_filter(l, lambda p: string_split(p, '=')[1] = k),"
        " lambda p: substring(p, length(k) + 2))[1]}))) END)[1]"
    ),
    "parse_urlquery(t)": "json_object('Query Parameters', kql.query_bag(ltrim(t, '?')))",
    "parse_url(t)": (
        "list_transform([regexp_extract(t,"
        " '^(?:([A-Za-z][A-Za-z0-9+.-]*):(?://)?)?(?:([^:@/?#]*)(?::([^@/?#]*))?@)?(\\[[^\\]]*\\]|[^:/?#]*)"
        "(?::([0-9]+))?([^?#]*)(?:\\?([^#]*))?(?:#(.*))?$',"
        " ['s', 'u', 'w', 'h', 'o', 'p', 'q', 'f'])], lambda m: json_object('Scheme', m.s,"
        " 'Host', m.h, 'Port', m.o, 'Path', m.p, 'Username', m.u, 'Password', m.w,"
        " 'Query Parameters', kql.query_bag(m.q), 'Fragment', m.f))[1]"
    ),
}
