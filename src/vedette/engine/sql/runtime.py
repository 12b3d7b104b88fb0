"""What a translation calls: DuckDB macros for Kusto functions that are more than one expression.

They live in the schema ``kql`` of each database. The trap: a macro's argument is put into its text
wherever the parameter stands, as an expression. A parameter that stands more than once is bound by
a one-element list first (``list_transform([x], lambda v: …)[1]``), or is cheap by its use.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_YEAR_ONE_MICROSECONDS = 62_135_596_800_000_000
_YEAR_ONE_TICKS = 621_355_968_000_000_000

#: Formats that todatetime takes beside ISO 8601; a month comes before its day.
_DATE_FORMATS = (
    "%m-%d-%Y", "%m/%d/%Y", "%m.%d.%Y", "%m-%d-%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p", "%-d %b %Y", "%b %-d, %Y", "%a, %d %b %Y %H:%M:%S GMT", "%Y%m%d",
)  # fmt: skip
_FORMATS = "[" + ", ".join(f"'{name}'" for name in _DATE_FORMATS) + "]"

_CLOCK = r"^\s*-?([0-9]+\.)?[0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]+)?)?\s*$"
_TICKS = (
    "(coalesce(TRY_CAST(p[2] AS BIGINT), 0) * 86400 + p[3]::BIGINT * 3600 + p[4]::BIGINT * 60"
    " + coalesce(TRY_CAST(p[5] AS BIGINT), 0)) * 10000000"
    " + coalesce(TRY_CAST(left(rpad(p[6], 7, '0'), 7) AS BIGINT), 0)"
)
_GROUPS = r"^\s*(-?)(?:([0-9]+)\.)?([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]+))?)?\s*$"
_SPLIT_CLOCK = "[" + ", ".join(f"regexp_extract(t, '{_GROUPS}', {n})" for n in range(1, 7)) + "]"

_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_IPV4 = rf"^{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}(/(3[0-2]|[12]?[0-9]))?$"


def _ranges(*ranges: str) -> str:
    return " OR ".join(f"kql.ipv4_within(a, '{item}')" for item in ranges)


#: Signature -> expression, in an order in which each knows those that it calls.
MACROS: Mapping[str, str] = {
    # comparison
    "equal(a, b)": "CASE WHEN a IS NULL AND b IS NULL THEN NULL ELSE a IS NOT DISTINCT FROM b END",
    "compare(a, b)": "CASE WHEN a < b THEN -1 WHEN a > b THEN 1 ELSE 0 END::BIGINT",
    # text
    "bool_text(b)": "CASE b WHEN TRUE THEN 'True' WHEN FALSE THEN 'False' ELSE '' END",
    "datetime_text(d)": "coalesce(strftime(d, '%Y-%m-%dT%H:%M:%S.%f') || '0Z', '')",
    "decimal_text(d)": "coalesce(regexp_replace(d::VARCHAR, '\\.?0+$', ''), '')",
    "real_text(r)": "coalesce(CASE WHEN isnan(r) THEN 'NaN' ELSE r::VARCHAR END, '')",
    "pad_left(t, n)": "repeat('0', greatest(n - length(t), 0)::BIGINT) || t",
    "timespan_text(t)": (
        "coalesce(list_transform([t], lambda s:"
        " CASE WHEN s < 0 THEN '-' ELSE '' END"
        " || CASE WHEN abs(s) >= 864000000000 THEN (abs(s) // 864000000000)::VARCHAR || '.'"
        " ELSE '' END"
        " || lpad((abs(s) // 36000000000 % 24)::VARCHAR, 2, '0')"
        " || ':' || lpad((abs(s) // 600000000 % 60)::VARCHAR, 2, '0')"
        " || ':' || lpad((abs(s) // 10000000 % 60)::VARCHAR, 2, '0')"
        " || CASE WHEN abs(s) % 10000000 <> 0"
        " THEN '.' || lpad((abs(s) % 10000000)::VARCHAR, 7, '0') ELSE '' END)[1], '')"
    ),
    "substring(t, start, length)": (
        "list_transform([t], lambda s: list_transform([CASE WHEN start < 0"
        " THEN length(s) + start ELSE start END], lambda o: CASE WHEN o < 0 THEN ''"
        " ELSE substring(s, o + 1, greatest(coalesce(length, length(s)), 0)) END)[1])[1]"
    ),
    "index_of(t, lookup, start, length)": (
        "list_transform([strpos(CASE WHEN length < 0 THEN substring(t, start + 1)"
        " ELSE substring(t, start + 1, length) END, lookup)],"
        " lambda p: CASE WHEN p = 0 THEN -1 ELSE p - 1 + start END)[1]"
    ),
    "count_of(t, search)": (
        "CASE WHEN length(search) = 0 THEN 0 ELSE list_sum(list_transform("
        "generate_series(1, length(t)), lambda i: (substring(t, i, length(search)) ="
        " search)::BIGINT"
        "))::BIGINT END"
    ),
    "split_part(parts, n)": (
        "CASE WHEN n >= 0 AND n < len(parts) THEN to_json([parts[n + 1]]) ELSE '[]'::JSON END"
    ),
    "some_texts(l)": "CASE WHEN len(l) > 0 THEN to_json(l) END",
    # terms
    "has(t, fast, slow)": (
        "CASE WHEN regexp_matches(t, fast) THEN TRUE WHEN strlen(t) = length(t) THEN FALSE"
        # Not a constant, so that it is compiled for the rows that need it and no others.
        " ELSE regexp_matches(t, slow || left(t, 0)) END"
    ),
    "has_term(t, term, flags, lead, trail)": (
        "regexp_matches(t, flags"
        " || CASE WHEN lead AND regexp_matches(term, '^[\\pL\\pN]')"
        " THEN '(?:^|[^\\pL\\pN])' ELSE '' END || regexp_escape(term)"
        " || CASE WHEN trail AND regexp_matches(term, '[\\pL\\pN]$')"
        " THEN '(?:$|[^\\pL\\pN])' ELSE '' END)"
    ),
    "has_any(t, terms)": (
        "coalesce(list_bool_or(list_transform(terms, lambda w:"
        " contains(lower(t), lower(w)) AND kql.has_term(t, w, '(?i)', TRUE, TRUE))), FALSE)"
    ),
    "has_all(t, terms)": (
        "coalesce(list_bool_and(list_transform(terms, lambda w:"
        " contains(lower(t), lower(w)) AND kql.has_term(t, w, '(?i)', TRUE, TRUE))), TRUE)"
    ),
    # numbers
    "modulo(a, b)": "(a % nullif(b, 0) + abs(b)) % nullif(abs(b), 0)",
    "bin_whole(v, s)": "v - kql.modulo(v, s)",
    "bin_real(v, s)": "floor(v / s) * s",
    "root(r)": "CASE WHEN r < 0 THEN NULL ELSE sqrt(greatest(r, 0)) END",
    "logarithm(r, base)": (
        "CASE WHEN r < 0 THEN NULL WHEN r = 0 THEN '-inf'::DOUBLE WHEN base = 10 THEN log10(r)"
        " WHEN base = 2 THEN log2(r) ELSE ln(r) END"
    ),
    "unit(r, f)": "CASE WHEN r BETWEEN -1 AND 1 OR isnan(r) THEN f END",
    "shift_left(a, n)": (
        "((a::HUGEINT & ((1::HUGEINT << (64 - n % 64)::INTEGER) - 1))::UBIGINT << (n %"
        " 64)::UBIGINT)"
        "::BIGINT"
    ),
    "to_int(n)": "CASE WHEN n BETWEEN -2147483648 AND 2147483647 THEN n END",
    "text_long(t)": (
        "list_transform([t], lambda s: CASE WHEN regexp_full_match(s, '\\s*[-+]?[0-9]+\\s*')"
        " OR regexp_full_match(s, '\\s*0[xX][0-9a-fA-F]+\\s*') THEN TRY_CAST(trim(s) AS BIGINT)"
        " ELSE TRY_CAST(trunc(TRY_CAST(s AS DOUBLE)) AS BIGINT) END)[1]"
    ),
    "text_real(t)": "TRY_CAST(t AS DOUBLE)",
    "text_bool(t)": (
        "list_transform([lower(trim(t))], lambda s: CASE WHEN s = 'true' THEN TRUE"
        " WHEN s = 'false' THEN FALSE ELSE TRY_CAST(s AS DOUBLE) <> 0 END)[1]"
    ),
    # time
    "shift(d, t)": "d + to_microseconds((t - (t % 10 + 10) % 10) // 10)",
    "ticks_datetime(t)": (
        f"CASE WHEN t BETWEEN 0 AND 3155378975999999999 THEN make_timestamp("
        f"(t - t % 10 - {_YEAR_ONE_TICKS}) // 10) END"
    ),
    "bin_time(d, us)": (
        f"make_timestamp(epoch_us(d) - (epoch_us(d) + {_YEAR_ONE_MICROSECONDS}) % us)"
    ),
    "bin_time_at(d, us, fixed)": (
        "make_timestamp(epoch_us(fixed) + kql.bin_whole(epoch_us(d) - epoch_us(fixed), us))"
    ),
    "text_datetime(t)": (
        "list_transform([trim(t)], lambda s: coalesce(TRY_CAST(s AS TIMESTAMPTZ) AT TIME"
        " ZONE 'UTC',"
        f" try_strptime(s, {_FORMATS})))[1]"
    ),
    "text_timespan(t0)": (
        "list_transform([t0], lambda t: CASE"
        f" WHEN regexp_matches(t, '{_CLOCK}') THEN list_transform([{_SPLIT_CLOCK}],"
        f" lambda p: CASE p[1] WHEN '-' THEN -1 ELSE 1 END * ({_TICKS}))[1]"
        " WHEN regexp_matches(t, '^\\s*-?[0-9]+(\\.[0-9]+)?(d|h|m|s|ms)\\s*$') THEN"
        " (TRY_CAST(regexp_extract(t, '-?[0-9]+(\\.[0-9]+)?') AS DECIMAL(28,7)) *"
        " CASE regexp_extract(t, '[a-z]+') WHEN 'd' THEN 864000000000 WHEN 'h' THEN 36000000000"
        " WHEN 'm' THEN 600000000 WHEN 's' THEN 10000000 ELSE 10000 END)::BIGINT"
        " WHEN regexp_matches(t, '^\\s*-?[0-9]+\\s*$') THEN"
        " TRY_CAST(t AS BIGINT) * 864000000000 END)[1]"
    ),
    # dynamic
    "get(d, path)": "nullif(json_extract(d, path), 'null'::JSON)",
    "item(d, n)": "nullif(json_extract(d, '$[' || n || ']'), 'null'::JSON)",
    "member(d, k)": "nullif(json_extract(d, '$.\"' || k || '\"'), 'null'::JSON)",
    "parse_json(t)": (
        "list_transform([t], lambda s: CASE WHEN s = '' THEN NULL"
        " ELSE nullif(coalesce(TRY_CAST(s AS JSON), to_json(s)), 'null'::JSON) END)[1]"
    ),
    "valid_json(t)": "TRY_CAST(nullif(t, '') AS JSON)",
    "type_of(d)": (
        "CASE coalesce(json_type(d), 'NULL') WHEN 'NULL' THEN 'null' WHEN 'OBJECT' THEN"
        " 'dictionary'"
        " WHEN 'ARRAY' THEN 'array' WHEN 'VARCHAR' THEN 'string' WHEN 'DOUBLE' THEN 'double'"
        " WHEN 'BOOLEAN' THEN 'bool' ELSE 'long' END"
    ),
    "items(d)": "TRY_CAST(d AS JSON[])",
    "expandable(d)": (
        "CASE WHEN d IS NULL THEN [NULL::JSON] WHEN json_type(d) = 'ARRAY' THEN kql.items(d)"
        " WHEN json_type(d) = 'OBJECT' THEN list_transform(json_keys(d), lambda k:"
        " json_object(k, json_extract(d, '$.\"' || k || '\"'))) ELSE [d] END"
    ),
    "pairs(d)": (
        "CASE WHEN json_type(d) = 'OBJECT' THEN list_transform(json_keys(d), lambda k:"
        " to_json([to_json(k), json_extract(d, '$.\"' || k || '\"')])) ELSE kql.expandable(d) END"
    ),
    "texts(d)": (
        "list_transform(CASE WHEN json_type(d) = 'ARRAY' THEN TRY_CAST(d AS JSON[]) WHEN d IS NULL"
        " THEN []::JSON[] ELSE [d] END, lambda e: coalesce(e ->> '$', ''))"
    ),
    "lower_texts(d)": "list_transform(kql.texts(d), lambda e: lower(e))",
    "array_length(d)": "len(kql.items(d))::BIGINT",
    "array_sum(d)": "list_sum(list_transform(kql.items(d), lambda e: (e ->> '$')::DOUBLE))",
    "concatenated(a, b)": (
        "to_json(list_concat(coalesce(kql.items(a), []::JSON[]), coalesce(kql.items(b),"
        " []::JSON[])))"
    ),
    "position(d, e)": (
        "CASE WHEN kql.items(d) IS NOT NULL THEN"
        " coalesce(list_position(kql.items(d), e) - 1, -1)::BIGINT END"
    ),
    "slice(d, first, last)": (
        "list_transform([kql.items(d)], lambda l: to_json(list_slice(l,"
        " greatest(CASE WHEN first < 0 THEN len(l) + first ELSE first END, 0)::BIGINT + 1,"
        " CASE WHEN last < 0 THEN len(l) + last ELSE last END::BIGINT + 1)))[1]"
    ),
    "rotated(d, n)": (
        "list_transform([kql.items(d)], lambda l: to_json(list_transform(generate_series(0,"
        " len(l)::BIGINT - 1), lambda i: l[kql.modulo(i + n, len(l)::BIGINT) + 1])))[1]"
    ),
    "shifted(d, n, fill)": (
        "list_transform([kql.items(d)], lambda l: to_json(list_transform(generate_series(0,"
        " len(l)::BIGINT - 1), lambda i: CASE WHEN i + n BETWEEN 0 AND len(l)::BIGINT - 1"
        " THEN l[i + n + 1] ELSE fill END)))[1]"
    ),
    "numeric_key(e)": "CASE WHEN json_type(e) IN ('VARCHAR') THEN NULL ELSE"
    " TRY_CAST(e AS DOUBLE) END",
    "sorted_keys(l)": (
        "list_sort(list_transform(list_filter(l, lambda e: e IS NOT NULL), lambda e:"
        " {'n': kql.numeric_key(e), 't': e ->> '$', 'e': e}))"
    ),
    "sorted_asc(d)": (
        "list_transform([kql.items(d)], lambda l: to_json(list_concat(list_transform("
        "kql.sorted_keys(l), lambda k: k.e), list_filter(l, lambda e: e IS NULL))))[1]"
    ),
    "sorted_desc(d)": (
        "list_transform([kql.items(d)], lambda l: to_json(list_concat(list_transform("
        "list_reverse(kql.sorted_keys(l)), lambda k: k.e), list_filter(l, lambda e: e IS"
        " NULL))))[1]"
    ),
    "first_seen(l0)": (
        "list_transform([l0], lambda l: list_filter(l, lambda e, i: list_position(l, e) = i))[1]"
    ),
    "flat_set(l)": (
        "kql.first_seen(flatten(list_transform(l, lambda e: CASE WHEN json_type(e) = 'ARRAY'"
        " THEN kql.items(e) ELSE [e] END)))"
    ),
    "united(a, b)": (
        "to_json(kql.first_seen(list_concat(coalesce(kql.items(a), []),"
        " coalesce(kql.items(b), []))))"
    ),
    "intersection(a, b)": (
        "list_transform([coalesce(kql.items(b), [])], lambda r: to_json(kql.first_seen(list_filter("
        "coalesce(kql.items(a), []), lambda e: list_contains(r, e)))))[1]"
    ),
    "difference(a, b)": (
        "list_transform([coalesce(kql.items(b), [])], lambda r: to_json(kql.first_seen(list_filter("
        "coalesce(kql.items(a), []), lambda e: NOT list_contains(r, e)))))[1]"
    ),
    "keys(d)": "CASE WHEN json_type(d) = 'OBJECT' THEN to_json(json_keys(d)) END",
    "has_key(d, k)": "coalesce(list_contains(json_keys(d), k), FALSE)",
    "bag_of(names, d)": (
        "to_json(map_from_entries(list_transform(names, lambda k: {'k': k,"
        " 'v': json_extract(d, '$.\"' || k || '\"')})))"
    ),
    "without(d, gone)": (
        "list_transform([kql.texts(gone)], lambda g: kql.bag_of(list_filter(json_keys(d), lambda k:"
        " NOT list_contains(g, k)), d))[1]"
    ),
    "merged(bags)": (
        "list_transform([list_filter(bags, lambda b: json_type(b) = 'OBJECT')], lambda l:"
        " to_json(map_from_entries(list_transform(kql.first_seen(flatten(list_transform(l,"
        " lambda b:"
        " json_keys(b)))), lambda k: {'k': k, 'v': list_transform(list_filter(l, lambda b:"
        " list_contains(json_keys(b), k)), lambda b: json_extract(b, '$.\"' || k ||"
        " '\"'))[1]}))))[1]"
    ),
    # encodings
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
    # addresses
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

_CALLED = re.compile(r"kql\.(\w+)\(")
_BY_NAME = {signature.partition("(")[0]: signature for signature in MACROS}

SCHEMA = "CREATE SCHEMA IF NOT EXISTS kql"


def called_macros(sql: str) -> tuple[str, ...]:
    """The names of the macros that ``sql`` needs, each after those that it calls itself."""
    found: dict[str, None] = {}

    def need(text: str) -> None:
        for name in _CALLED.findall(text):
            if name in _BY_NAME and name not in found:
                need(MACROS[_BY_NAME[name]])
                found[name] = None

    need(sql)
    return tuple(found)


def definition(name: str) -> str:
    """The statement that makes a macro."""
    signature = _BY_NAME[name]
    return f"CREATE OR REPLACE MACRO kql.{signature} AS ({MACROS[signature]})"
