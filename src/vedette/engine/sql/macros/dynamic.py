"""Macros for arrays and bags.

The trap: an element that is null stays in its array, but is NULL by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

MACROS: Mapping[str, str] = {
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
}
