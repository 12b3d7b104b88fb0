"""Macros for encodings.

The trap: a text that cannot be decoded gives an empty or the same text, never an error.
"""

from __future__ import annotations

from collections.abc import Mapping

MACROS: Mapping[str, str] = {
    "base64_text(t)": "coalesce(TRY(decode(from_base64(t))), '')",
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
