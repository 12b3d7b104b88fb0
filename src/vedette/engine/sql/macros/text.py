"""Macros for strings and terms.

The trap: Kusto counts characters from 0 and from the end; DuckDB from 1.
"""

from __future__ import annotations

from collections.abc import Mapping

MACROS: Mapping[str, str] = {
    "equal(a, b)": "CASE WHEN a IS NULL AND b IS NULL THEN NULL ELSE a IS NOT DISTINCT FROM b END",
    "compare(a, b)": "CASE WHEN a < b THEN -1 WHEN a > b THEN 1 ELSE 0 END::BIGINT",
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
}
