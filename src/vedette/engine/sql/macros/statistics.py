"""Macros for distributions: the error function and the beta distribution, to 15 digits while the
parameters add up to less than 170, and to 12 beyond.

The trap: each is a limit. A fold takes so many steps that a double changes no more, over the side
from which the sum has no cancellation.
"""

from __future__ import annotations

from collections.abc import Mapping

_STEPS = 300
_ROOT_PI = "1.7724538509055160273"

MACROS: Mapping[str, str] = {
    # 2/sqrt(pi) exp(-x^2) times the sum of 2^n x^(2n+1) / (2n+1)!!, whose terms are all positive.
    "erf_series(x)": (
        f"list_reduce(range(1, {_STEPS}), lambda s, n: {{'term': s.term * 2 * x * x / (2 * n + 1),"
        " 'sum': s.sum + s.term * 2 * x * x / (2 * n + 1)}, {'term': x, 'sum': x}).sum"
        f" * 2 / {_ROOT_PI} * exp(-x * x)"
    ),
    # The continued fraction of Laplace, from its inside out.
    "erfc_fraction(x)": (
        f"exp(-x * x) / {_ROOT_PI} / list_reduce(list_reverse(range(1, {_STEPS})),"
        " lambda f, k: x + (k / 2) / f, x)"
    ),
    "erfc_positive(x)": (
        "CASE WHEN x < 1.2 THEN 1 - kql.erf_series(x) WHEN x > 27 THEN 0::DOUBLE"
        " ELSE kql.erfc_fraction(x) END"
    ),
    "erf(r)": (
        "list_transform([r], lambda x: CASE WHEN isnan(x) THEN x WHEN abs(x) < 2"
        " THEN kql.erf_series(x) ELSE sign(x) * (1 - kql.erfc_positive(abs(x))) END)[1]"
    ),
    "erfc(r)": (
        "list_transform([r], lambda x: CASE WHEN isnan(x) THEN x WHEN x >= 0"
        " THEN kql.erfc_positive(x) ELSE 2 - kql.erfc_positive(-x) END)[1]"
    ),
    # x^a (1 - x)^b / B(a, b): the gamma function itself is exact to more digits while it is finite.
    "beta_power(x, a, b)": (
        "CASE WHEN a + b < 170 THEN pow(x, a) * pow(1 - x, b)"
        " * (gamma(a + b) / gamma(a) / gamma(b))"
        " ELSE exp(a * ln(x) + b * ln(1 - x) + lgamma(a + b) - lgamma(a) - lgamma(b)) END"
    ),
    "beta_density(x, a, b)": "(kql.beta_power(x, a, b) / (x * (1 - x)))",
    # The sum of (a+b)_n x^n / (a+1)_n, whose terms are all positive, from its inside out: it goes
    # beyond the largest term, and as far again until nothing is added.
    "beta_terms(x, a, b)": (
        "(60 + 10 * sqrt(a + b) - 40 / ln(x)"
        " + 2 * greatest(0, (x * (a + b) - a) / (1 - x)))::BIGINT"
    ),
    "beta_sum(x, a, b)": (
        "list_reduce(range(kql.beta_terms(x, a, b), 0, -1),"
        " lambda f, n: 1 + f * x * (a + b + n - 1) / (a + n), 1::DOUBLE)"
    ),
    "beta_tail(x, a, b)": "(kql.beta_power(x, a, b) / a * kql.beta_sum(x, a, b))",
    # From the side on which the sum is short, and where a small result keeps its digits.
    "beta_share(x, a, b)": (
        "CASE WHEN x <= 0 THEN 0::DOUBLE WHEN x >= 1 THEN 1::DOUBLE"
        " WHEN x <= 0.5 OR (x < 0.97 AND x < a / (a + b)) THEN kql.beta_tail(x, a, b)"
        " ELSE 1 - kql.beta_tail(1 - x, b, a) END"
    ),
    "beta_domain(x, a, b, f)": (
        "CASE WHEN x IS NULL OR a IS NULL OR b IS NULL THEN NULL"
        " WHEN a <= 0 OR b <= 0 OR x < 0 OR x > 1 THEN 'nan'::DOUBLE ELSE f END"
    ),
    "beta_cdf(x0, a0, b0)": (
        "list_transform([{'x': x0, 'a': a0, 'b': b0}], lambda p: kql.beta_domain(p.x, p.a, p.b,"
        " kql.beta_share(p.x, p.a, p.b)))[1]"
    ),
    "beta_pdf(x0, a0, b0)": (
        "list_transform([{'x': x0, 'a': a0, 'b': b0}], lambda p: kql.beta_domain(p.x, p.a, p.b,"
        " kql.beta_density(p.x, p.a, p.b)))[1]"
    ),
    # Newton's step, or half of the interval where that would leave it.
    "beta_step(s, miss, slope)": (
        "list_transform([miss], lambda m: list_transform([{'low': CASE WHEN m < 0 THEN s.x"
        " ELSE s.low END, 'high': CASE WHEN m < 0 THEN s.high ELSE s.x END, 'x': s.x - m / slope}],"
        " lambda n: {'low': n.low, 'high': n.high, 'x': CASE WHEN n.x > n.low AND n.x < n.high"
        " THEN n.x ELSE (n.low + n.high) / 2 END})[1])[1]"
    ),
    "beta_inv(p0, a0, b0)": (
        "list_transform([{'p': p0, 'a': a0, 'b': b0}], lambda q: CASE WHEN q.p < 0 OR q.p > 1"
        " THEN NULL WHEN q.p IN (0, 1) THEN q.p ELSE kql.beta_domain(q.p, q.a, q.b,"
        " list_reduce(range(0, 40), lambda s, i: kql.beta_step(s, kql.beta_share(s.x, q.a, q.b)"
        " - q.p, kql.beta_density(s.x, q.a, q.b)),"
        " {'low': 0::DOUBLE, 'high': 1::DOUBLE, 'x': q.a / (q.a + q.b)}).x) END)[1]"
    ),
    # Student's distribution is a beta distribution of df / (df + t^2).
    "t_two_sided(t, df)": "kql.beta_share(df / (df + t * t), df / 2, 0.5::DOUBLE)",
    "welch_test(m1, v1, n1, m2, v2, n2)": (
        "list_transform([{'a': v1 / n1, 'b': v2 / n2}], lambda e: kql.t_two_sided("
        "(m1 - m2) / sqrt(e.a + e.b), (e.a + e.b) * (e.a + e.b)"
        " / (e.a * e.a / (n1 - 1) + e.b * e.b / (n2 - 1))))[1]"
    ),
}  # fmt: skip
