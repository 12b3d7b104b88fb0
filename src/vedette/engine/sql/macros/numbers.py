"""Macros for numbers.

The trap: DuckDB raises where Kusto answers null: an overflow, a division by zero.
"""

from __future__ import annotations

from collections.abc import Mapping

MACROS: Mapping[str, str] = {
    "modulo(a, b)": "(a % nullif(b, 0) + abs(b)) % nullif(abs(b), 0)",
    # A size that is null or negative gives null.
    "bin_whole(v, s)": "CASE WHEN s > 0 THEN v - kql.modulo(v, s) END",
    "bin_real(v, s)": "CASE WHEN s > 0 THEN floor(v / s) * s END",
    # 2.15 is less than that as a real, and is rounded up because ten times of it is 21.5.
    "round_to(n, digits)": (
        "CASE WHEN digits < 0 THEN round(n / pow(10::DOUBLE, -digits)) * pow(10::DOUBLE, -digits)"
        " ELSE round(n * pow(10::DOUBLE, digits)) / pow(10::DOUBLE, digits) END"
    ),
    # As documented, 1,048,576 elements at most: the rest is cut off.
    "real_numbers(first, last, step)": (
        "list_transform(range(0, CASE WHEN (last - first) / step > 1048575 THEN 1048575"
        " ELSE floor((last - first) / step) END::BIGINT + 1),"
        " lambda i: first + i * step)"
    ),
    "whole_numbers(first, last, step)": (
        "generate_series(first, CASE WHEN (last::HUGEINT - first) // step > 1048575"
        " THEN first + step * 1048575 ELSE last END, step)"
    ),
    # Lists are made in one go and for 2,048 rows at a time, which no limit of time or memory stops:
    # where their size is another in each row, it is bound.
    "size_of_list(n, most)": (
        "CASE WHEN n > most THEN error('refused: a list of more than ' || most || ' elements')"
        "::BIGINT ELSE n END"
    ),
    "some_whole_numbers(first, last, step, most)": (
        "generate_series(first, CASE WHEN kql.size_of_list(((last::HUGEINT - first) // step)"
        "::BIGINT, most) IS NOT NULL THEN last END, step)"
    ),
    "some_real_numbers(first, last, step, most)": (
        "list_transform(range(0, kql.size_of_list(floor((last - first) / step)::BIGINT, most) + 1),"
        " lambda i: first + i * step)"
    ),
    "last_bin(first, last)": (
        "CASE WHEN last - first >= 1048576 THEN"
        " error('refused: a series of more than 1,048,576 bins')::BIGINT ELSE last END"
    ),
    "weighted_rank(rows, share)": (
        "list_transform([list_sort(rows)], lambda l: list_filter(list_zip(l, list_transform("
        "range(1, len(l) + 1), lambda i: list_sum(list_transform(l[1:i], lambda r: r.w)))),"
        " lambda z: z[2] >= share * list_sum(list_transform(l, lambda r: r.w)))[1][1].v)[1]"
    ),
    "root(r)": "CASE WHEN r < 0 THEN NULL ELSE sqrt(greatest(r, 0)) END",
    "logarithm(r, base)": (
        "CASE WHEN r < 0 THEN NULL WHEN r = 0 THEN '-inf'::DOUBLE WHEN base = 10 THEN log10(r)"
        " WHEN base = 2 THEN log2(r) ELSE ln(r) END"
    ),
    "unit(r, f)": "CASE WHEN r BETWEEN -1 AND 1 OR isnan(r) THEN f END",
    # A negative number of bits gives null.
    "shift_right(a, n)": "CASE WHEN n >= 0 THEN a >> (n % 64)::INTEGER END",
    "shift_left(a, n)": (
        "CASE WHEN n >= 0 THEN kql.signed64(kql.cut64(kql.cut64((a::HUGEINT"
        " + 18446744073709551616)::UHUGEINT) << (n % 64)::UHUGEINT)) END"
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
}
