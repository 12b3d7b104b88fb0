"""Macros for strings and terms.

The trap: Kusto counts characters from 0 and from the end; DuckDB from 1.
"""

from __future__ import annotations

from collections.abc import Mapping

MACROS: Mapping[str, str] = {
    # DuckDB's array_to_string is a macro that names its list twice.
    "joined(l, separator)": "coalesce(list_aggregate(l, 'string_agg', separator), '')",
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
    "cut(t, start, size)": (
        "CASE WHEN size < 0 THEN substring(t, start + 1) ELSE substring(t, start + 1, size) END"
    ),
    # The next search begins behind the match before it and is as long as the first one.
    "index_of(t, lookup, start, size, n)": (
        "CASE WHEN size >= -1 AND n > 0 THEN list_reduce(range(0, n), lambda s, i: CASE WHEN"
        " s.p < 0 THEN s ELSE list_transform([strpos(kql.cut(t, s.at, size), lookup)::BIGINT],"
        " lambda q: CASE WHEN q = 0 THEN {'at': 0::BIGINT, 'p': -1::BIGINT}"
        " ELSE {'at': s.at + q - 1 + length(lookup), 'p': s.at + q - 1} END)[1] END, {'at':"
        " CASE WHEN start < 0 THEN greatest(length(t) + start, 0) ELSE start END::BIGINT,"
        " 'p': 0::BIGINT}).p END"
    ),
    # ``before`` matches what stands before the first match, ``through`` that and the match too.
    "index_of_regex(t, before, through, start, size, n)": (
        "CASE WHEN size >= -1 AND n > 0 AND start >= 0 THEN list_reduce(range(0, n), lambda s, i:"
        " CASE WHEN s.p < 0 THEN s ELSE list_transform([kql.cut(t, s.at, size)], lambda r:"
        " CASE WHEN regexp_matches(r, through)"
        " THEN {'at': s.at + length(regexp_extract(r, through)),"
        " 'p': s.at + length(regexp_extract(r, before, 1))}"
        " ELSE {'at': 0::BIGINT, 'p': -1::BIGINT} END)[1] END,"
        " {'at': start::BIGINT, 'p': 0::BIGINT}).p END"
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
    "code_points(t)": (
        "to_json(list_transform(range(1, length(t) + 1), lambda i: unicode(substring(t, i, 1))))"
    ),
    "of_code_points(l)": (
        "kql.joined(list_transform(l, lambda c: chr(TRY_CAST(c ->> '$' AS INTEGER))), '')"
    ),
    "regex_quote(t)": "regexp_replace(t, '([\\\\.+*?()|\\[\\]{}^$])', '\\\\\\1', 'g')",
    "bytes_power(n, largest)": (
        "len(list_filter(range(1, largest + 1), lambda p: abs(n) >= pow(1024::DOUBLE, p)))"
    ),
    "bytes_text(n, power, digits)": (
        "list_transform([{'size': n, 'power': power}], lambda v: coalesce(printf('%.' || digits"
        " || 'f', round(v.size / pow(1024::DOUBLE, v.power), digits::INTEGER)) || ' '"
        " || ['Bytes', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'][v.power + 1], ''))[1]"
    ),
    # An earlier lookup goes first; what it has replaced is not looked at again.
    "replaced_piece(p, lookup, rewrite)": (
        "CASE WHEN p.done THEN [p] ELSE flatten(list_transform(string_split(p.t, lookup),"
        " lambda x, i: CASE WHEN i = 1 THEN [{'t': x, 'done': FALSE}]"
        " ELSE [{'t': rewrite, 'done': TRUE}, {'t': x, 'done': FALSE}] END)) END"
    ),
    "replace_strings(t, lookups, rewrites)": (
        "kql.joined(list_transform(list_reduce(list_filter(list_zip(lookups, rewrites),"
        " lambda z: json_type(z[1]) = 'VARCHAR' AND z[1] ->> '$' <> ''), lambda s, z:"
        " flatten(list_transform(s, lambda p: kql.replaced_piece(p, z[1] ->> '$',"
        " CASE WHEN json_type(z[2]) = 'VARCHAR' THEN z[2] ->> '$' ELSE z[1] ->> '$' END))),"
        " [{'t': t, 'done': FALSE}]), lambda p: p.t), '')"
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
    # A pattern that is no constant is compiled for each row and word: CASE, since both sides of an
    # AND are computed, and a word that the text does not hold needs no pattern.
    "has_word(t, w)": (
        "CASE WHEN contains(lower(t), lower(w)) THEN kql.has_term(t, w, '(?i)', TRUE, TRUE)"
        " ELSE FALSE END"
    ),
    "has_any_index(t, terms)": (
        "coalesce(list_position(list_transform(terms, lambda w: kql.has_word(t, w)), TRUE) - 1,"
        " -1)::BIGINT"
    ),
    "has_any(t, terms)": (
        "coalesce(list_bool_or(list_transform(terms, lambda w: kql.has_word(t, w))), FALSE)"
    ),
    "has_all(t, terms)": (
        "coalesce(list_bool_and(list_transform(terms, lambda w: kql.has_word(t, w))), TRUE)"
    ),
}
