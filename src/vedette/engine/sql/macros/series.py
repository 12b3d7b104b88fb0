"""Macros for series: dynamic arrays of numbers, as ``make-series`` makes them.

The trap: an element that is no number is null in every result, and of two arrays the shorter one
ends in nulls. Whole numbers stay whole where both operands are.
"""

from __future__ import annotations

from collections.abc import Mapping

_WHOLE = "json_type({0}) IN ('BIGINT', 'UBIGINT')"


def _arithmetic(operator: str) -> str:
    """An operator that keeps whole numbers whole."""
    return (
        f"CASE WHEN {_WHOLE.format('p.a')} AND {_WHOLE.format('p.b')}"
        f" THEN to_json(p.a::BIGINT {operator} p.b::BIGINT)"
        f" ELSE to_json(kql.number(p.a) {operator} kql.number(p.b)) END"
    )


def _pairwise(expression: str) -> str:
    return (
        f"CASE WHEN kql.items(a) IS NOT NULL AND kql.items(b) IS NOT NULL THEN"
        f" to_json(list_transform(kql.zipped(kql.items(a), kql.items(b)), lambda p: {expression}))"
        " END"
    )


MACROS: Mapping[str, str] = {
    "number(e)": "CASE WHEN json_type(e) IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN e::DOUBLE END",
    "numbers(d)": "list_transform(kql.items(d), lambda e: kql.number(e))",
    "zipped(l, r)": (
        "list_transform(generate_series(1, greatest(len(l), len(r))::BIGINT),"
        " lambda i: {'a': l[i], 'b': r[i]})"
    ),
    "series_add(a, b)": _pairwise(_arithmetic("+")),
    "series_subtract(a, b)": _pairwise(_arithmetic("-")),
    "series_multiply(a, b)": _pairwise(_arithmetic("*")),
    "series_divide(a, b)": _pairwise("to_json(kql.number(p.a) / kql.number(p.b))"),
    "series_pow(a, b)": _pairwise("to_json(pow(kql.number(p.a), kql.number(p.b)))"),
    "series_equals(a, b)": _pairwise("to_json(kql.number(p.a) = kql.number(p.b))"),
    "series_not_equals(a, b)": _pairwise("to_json(kql.number(p.a) <> kql.number(p.b))"),
    "series_less(a, b)": _pairwise("to_json(kql.number(p.a) < kql.number(p.b))"),
    "series_less_equals(a, b)": _pairwise("to_json(kql.number(p.a) <= kql.number(p.b))"),
    "series_greater(a, b)": _pairwise("to_json(kql.number(p.a) > kql.number(p.b))"),
    "series_greater_equals(a, b)": _pairwise("to_json(kql.number(p.a) >= kql.number(p.b))"),
    "is_missing(e, m)": "(e IS NULL OR coalesce(kql.number(e) = m, FALSE))",
    # An element that is missing takes the last (the next) one that is not.
    "filled_forward(l, m)": (
        "list_transform(l, lambda e, i: CASE WHEN kql.is_missing(e, m) THEN coalesce(list_last("
        "list_filter(l[1:i], lambda x: NOT kql.is_missing(x, m))), e) ELSE e END)"
    ),
    "filled_backward(l, m)": (
        "list_transform(l, lambda e, i: CASE WHEN kql.is_missing(e, m) THEN coalesce(list_first("
        "list_filter(l[i:], lambda x: NOT kql.is_missing(x, m))), e) ELSE e END)"
    ),
    "filled_const(l, c, m)": (
        "list_transform(l, lambda e: CASE WHEN kql.is_missing(e, m) THEN c ELSE e END)"
    ),
    "known_places(l, m)": (
        "list_filter(generate_series(1, len(l)::BIGINT), lambda i: NOT kql.is_missing(l[i], m))"
    ),
    # Between two known places on a line; whole numbers are cut to whole ones.
    "between(l, i, p, n)": (
        "CASE WHEN list_bool_and(list_transform(l, lambda e: e IS NULL OR"
        f" {_WHOLE.format('e')})) THEN to_json(trunc(kql.on_line(l, i, p, n))::BIGINT)"
        " ELSE to_json(kql.on_line(l, i, p, n)) END"
    ),
    "on_line(l, i, p, n)": (
        "kql.number(l[p]) + (kql.number(l[n]) - kql.number(l[p])) * (i - p) / (n - p)"
    ),
    "filled_linear(l, k, m, edges)": (
        "list_transform(l, lambda e, i: CASE WHEN NOT kql.is_missing(e, m) THEN e"
        " WHEN i < k[1] THEN CASE WHEN edges THEN l[k[1]] ELSE e END"
        " WHEN i > k[-1] THEN CASE WHEN edges THEN l[k[-1]] ELSE e END"
        " ELSE kql.between(l, i, list_last(list_filter(k, lambda x: x < i)),"
        " list_first(list_filter(k, lambda x: x > i))) END)"
    ),
    "series_fill_linear(d, m, edges, c)": (
        "list_transform([kql.items(d)], lambda l: list_transform([kql.known_places(l, m)],"
        " lambda k: CASE WHEN len(k) = 0 THEN to_json(kql.filled_const(l, c, m))"
        " ELSE to_json(kql.filled_linear(l, k, m, edges)) END)[1])[1]"
    ),
    # NULL where an element is no finite number, which the statistics then are too.
    "finite(l)": (
        "CASE WHEN len(l) > 0 AND list_bool_and(list_transform(l, lambda x:"
        " coalesce(isfinite(x), FALSE))) THEN l END"
    ),
    "finite_only(l)": "list_filter(l, lambda x: coalesce(isfinite(x), FALSE))",
    "series_stats(l)": (
        "CASE WHEN len(l) > 0 THEN {'min': list_min(l),"
        " 'min_idx': list_position(l, list_min(l))::BIGINT - 1, 'max': list_max(l),"
        " 'max_idx': list_position(l, list_max(l))::BIGINT - 1, 'avg': list_avg(l),"
        " 'stdev': coalesce(list_aggregate(l, 'stddev_samp'), 0),"
        " 'variance': coalesce(list_aggregate(l, 'var_samp'), 0),"
        " 'sum': list_sum(l), 'len': len(l)::BIGINT} END"
    ),
    "sum_of(l)": "coalesce(list_sum(l), 0)",
    "slope(l)": (
        "list_transform([(len(l) - 1) / 2], lambda m: kql.sum_of(list_transform(l, lambda y, i:"
        " (i - 1 - m) * y)) / nullif(kql.sum_of(list_transform(l, lambda y, i:"
        " pow(i - 1 - m, 2))), 0))[1]"
    ),
    "line(l)": (
        "list_transform([coalesce(kql.slope(l), 0)], lambda s: {'slope': s,"
        " 'interception': list_avg(l) - s * (len(l) - 1) / 2})[1]"
    ),
    "on(line, n)": (
        "list_transform(generate_series(0, n::BIGINT - 1),"
        " lambda i: line.interception + line.slope * i)"
    ),
    "series_fit_line(l)": (
        "CASE WHEN len(l) > 1 THEN list_transform([kql.line(l)], lambda f:"
        " list_transform([kql.on(f, len(l))], lambda v:"
        " kql.fit(l, v, f, coalesce(list_aggregate(l, 'var_samp'), 0)))[1])[1] END"
    ),
    "fit(l, v, f, variance)": (
        "list_transform([kql.sum_of(list_transform(l, lambda y, i: pow(y - v[i], 2)))"
        " / (len(l) - 1)], lambda r: {'rsquare': CASE WHEN variance = 0 THEN 1 ELSE"
        " 1 - r / variance END, 'slope': f.slope, 'variance': variance, 'rvariance': r,"
        " 'interception': f.interception, 'line_fit': v})[1]"
    ),
    # The median of the elements in the same phase of a period.
    "seasonal(l, period)": (
        "list_transform(l, lambda x, i: list_aggregate(list_filter(l, lambda y, j:"
        " (j - i) % period = 0), 'median'))"
    ),
    "minus(a, b)": "list_transform(a, lambda x, i: x - b[i])",
    "plus(a, b)": "list_transform(a, lambda x, i: x + b[i])",
    "constant(l, c)": "list_transform(l, lambda x: c::DOUBLE)",
    "parts(l, season, trend)": (
        "{'baseline': to_json(kql.plus(season, trend)), 'seasonal': to_json(season),"
        " 'trend': to_json(trend), 'residual': to_json(kql.minus(l, kql.plus(season, trend)))}"
    ),
    "pearson(a, b)": (
        "CASE WHEN len(a) = len(b) AND len(a) > 1 THEN list_transform([kql.centred(a)], lambda x:"
        " list_transform([kql.centred(b)], lambda y: list_dot_product(x, y)"
        " / nullif(sqrt(list_dot_product(x, x) * list_dot_product(y, y)), 0))[1])[1] END"
    ),
    "centred(l)": "list_transform(l, lambda x: x - list_avg(l))",
    "iir(x, b, a)": (
        "list_transform([kql.fir(x, b)], lambda f: list_reduce(list_concat([[]::DOUBLE[]],"
        " list_transform(f, lambda v: [v])), lambda y, v: list_append(y,"
        " (v[1] - kql.sum_of(list_transform(a[2:], lambda c, j: c * coalesce("
        "y[len(y) - j + 1], 0)))) / a[1])))[1]"
    ),
    "fir(x, b)": (
        "list_transform(x, lambda v, i: kql.sum_of(list_transform(b, lambda c, j:"
        " CASE WHEN i - j + 1 > 0 THEN c * x[i - j + 1] ELSE 0 END)))"
    ),
}
