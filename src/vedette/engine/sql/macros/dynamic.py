"""Macros for arrays and bags.

The trap: an element that is null stays in its array, but is NULL by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

MACROS: Mapping[str, str] = {
    "get(d, path)": "nullif(json_extract(d, path), 'null'::JSON)",
    # A JSON pointer, which takes any key as it is once these two signs are spelled out.
    "field(d, k)": ("json_extract(d, '/' || replace(replace(k, '~', '~0'), '/', '~1'))"),
    "item(d, n)": "nullif(json_extract(d, '$[' || n || ']'), 'null'::JSON)",
    "member(d, k)": (
        "CASE WHEN json_type(d) = 'OBJECT' THEN nullif(kql.field(d, k), 'null'::JSON) END"
    ),
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
        " json_object(k, kql.field(d, k))) ELSE [d] END"
    ),
    "pairs(d)": (
        "CASE WHEN json_type(d) = 'OBJECT' THEN list_transform(json_keys(d), lambda k:"
        " to_json([to_json(k), kql.field(d, k)])) ELSE kql.expandable(d) END"
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
    "position(d, e, start, size, n)": (
        "list_transform([kql.items(d)], lambda l: CASE WHEN l IS NOT NULL AND size >= -1 AND n > 0"
        " THEN list_transform([CASE WHEN start < 0 THEN greatest(len(l) + start, 0) ELSE start"
        " END], lambda s: coalesce(list_filter(range(0, len(l)), lambda i: i >= s AND (size < 0"
        " OR i < s + size) AND l[i + 1] = e)[n], -1))[1] END)[1]::BIGINT"
    ),
    "at(d, i)": (
        "CASE WHEN json_type(d) = 'ARRAY' THEN nullif(json_extract(d, '$[' || i || ']'),"
        " 'null'::JSON) ELSE d END"
    ),
    "array_iff(c, a, b)": (
        "list_transform([kql.items(c)], lambda l: to_json(list_transform(range(0, len(l)), lambda"
        " i: CASE WHEN json_type(l[i + 1]) IN ('BOOLEAN', 'BIGINT', 'UBIGINT', 'DOUBLE') THEN"
        " CASE WHEN kql.text_bool(l[i + 1] ->> '$') THEN kql.at(a, i) ELSE kql.at(b, i) END"
        " END)))[1]"
    ),
    "array_split(d, places)": (
        "list_transform([kql.items(d)], lambda l: CASE WHEN l IS NOT NULL THEN"
        " list_transform([list_sort(list_transform(places,"
        " lambda p: least(greatest(CASE WHEN p < 0 THEN len(l) + p ELSE p END, 0), len(l))))],"
        " lambda cuts: to_json(list_transform(list_zip(list_prepend(0, cuts),"
        " list_append(cuts, len(l))), lambda z: l[z[1] + 1:z[2]])))[1] END)[1]"
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
    # The places of the elements in the order of their values: numbers, then texts, nulls apart.
    "array_order(l, descending, nulls_last)": (
        "list_transform([list_transform(list_sort(list_transform(list_filter(range(1, len(l) + 1),"
        " lambda i: l[i] IS NOT NULL), lambda i: {'n': kql.numeric_key(l[i]), 't': l[i] ->> '$',"
        " 'i': CASE WHEN descending THEN -i ELSE i END})), lambda k: abs(k.i))], lambda o:"
        " list_transform([{'o': CASE WHEN descending THEN list_reverse(o) ELSE o END, 'nulls':"
        " list_filter(range(1, len(l) + 1), lambda i: l[i] IS NULL)}], lambda s: CASE WHEN"
        " nulls_last THEN list_concat(s.o, s.nulls) ELSE list_concat(s.nulls, s.o) END)[1])[1]"
    ),
    "array_by(d, places)": (
        "list_transform([kql.items(d)], lambda l: CASE WHEN len(l) = len(places)"
        " THEN to_json(list_transform(places, lambda i: l[i])) END)[1]"
    ),
    "array_sorted(d, descending, nulls_last)": (
        "kql.array_by(d, kql.array_order(kql.items(d), descending, nulls_last))"
    ),
    # Equal values side by side with their places, the first of each, and back in the order of
    # places: to look for each value in the whole list takes minutes for a million.
    "first_seen(l)": (
        "list_transform([list_sort(list_transform(l, lambda e, i: {'e': e, 'i': i}))], lambda o:"
        " list_transform(list_sort(list_transform(list_filter(o, lambda z, k: z.e IS NOT NULL"
        " AND (k = 1 OR z.e IS DISTINCT FROM o[k - 1].e)), lambda f: {'i': f.i, 'e': f.e})),"
        " lambda x: x.e))[1]"
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
    "set_equals(a, b)": (
        "(len(list_distinct(kql.items(a))) = len(list_distinct(kql.items(b)))"
        " AND list_has_all(kql.items(a), kql.items(b)))"
    ),
    "jaccard(a, b)": (
        "CASE WHEN kql.items(a) IS NOT NULL AND kql.items(b) IS NOT NULL THEN"
        " len(list_intersect(list_distinct(kql.items(a)), list_distinct(kql.items(b))))::DOUBLE"
        " / len(list_distinct(list_concat(kql.items(a), kql.items(b)))) END"
    ),
    "keys(d)": "CASE WHEN json_type(d) = 'OBJECT' THEN to_json(json_keys(d)) END",
    "bag_from(pairs)": (
        "CASE WHEN len(pairs) = 0 THEN '{}'::JSON ELSE to_json(map_from_entries(pairs)) END"
    ),
    "has_key(d, k)": "coalesce(list_contains(json_keys(d), k), FALSE)",
    "bag_entries(entries)": (
        "list_transform([list_filter(entries, lambda e: e IS NOT NULL)], lambda l: CASE WHEN"
        " len(l) = 0 THEN '{}'::JSON ELSE to_json(map_from_entries(l)) END)[1]"
    ),
    "with_member(d, key, value)": (
        "CASE WHEN json_type(d) = 'OBJECT' THEN to_json(map_from_entries(list_transform("
        "kql.first_seen(list_append(json_keys(d), key)), lambda k: {'k': k, 'v': CASE WHEN k = key"
        " THEN value ELSE kql.field(d, k) END}))) END"
    ),
    "without_path(d, path, patch)": (
        "CASE WHEN json_exists(d, path) THEN json_merge_patch(d, patch) ELSE d END"
    ),
    "bag_zip(keys, vs)": (
        "list_transform([kql.items(keys)], lambda l: CASE WHEN l IS NOT NULL THEN kql.bag_entries("
        "list_transform(range(1, len(l) + 1), lambda i: CASE WHEN json_type(l[i]) = 'VARCHAR'"
        " THEN {'k': l[i] ->> '$', 'v': kql.items(vs)[i]} END)) END)[1]"
    ),
    "bag_of(names, d)": (
        "to_json(map_from_entries(list_transform(names, lambda k: {'k': k, 'v': kql.field(d, k)})))"
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
        " list_contains(json_keys(b), k)), lambda b: kql.field(b, k))[1]}))))[1]"
    ),
}
