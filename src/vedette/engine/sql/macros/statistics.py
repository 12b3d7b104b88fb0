"""Macros for distributions: the error function and the beta distribution, to the last digits.

The trap: each is a limit. A fold takes so many steps that a double changes no more, over the side
from which the sum has no cancellation.
"""

from __future__ import annotations

from collections.abc import Mapping

_STEPS = 300
_TINY = "1e-300"
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
    "log_beta(a, b)": "(lgamma(a) + lgamma(b) - lgamma(a + b))",
    "beta_density(x, a, b)": (
        "exp((a - 1) * ln(x) + (b - 1) * ln(1 - x) - kql.log_beta(a, b))"
    ),
    "nonzero(x)": f"CASE WHEN abs(x) < {_TINY} THEN {_TINY} ELSE x END",
    # One step of Lentz's method: s.c and s.d with the next coefficient of the fraction.
    "lentz(s, term)": (
        "list_transform([{'c': kql.nonzero(1 + term / s.c), 'd': 1 / kql.nonzero(1 + term * s.d)}],"
        " lambda t: {'c': t.c, 'd': t.d, 'h': s.h * t.c * t.d})[1]"
    ),
    "beta_fraction(x, a, b)": (
        f"list_reduce(range(1, {_STEPS}), lambda s, m: kql.lentz(kql.lentz(s,"
        " m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))),"
        " -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))),"
        " list_transform([1 / kql.nonzero(1 - (a + b) * x / (a + 1))], lambda d:"
        " {'c': 1::DOUBLE, 'd': d, 'h': d})[1]).h"
    ),
    "beta_tail(x, a, b)": (
        "exp(a * ln(x) + b * ln(1 - x) - kql.log_beta(a, b)) * kql.beta_fraction(x, a, b) / a"
    ),
    # The fraction converges fast below this point; above it the other tail is taken.
    "beta_share(x, a, b)": (
        "CASE WHEN x <= 0 THEN 0::DOUBLE WHEN x >= 1 THEN 1::DOUBLE"
        " WHEN x < (a + 1) / (a + b + 2) THEN kql.beta_tail(x, a, b)"
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
    # Halves the interval until a double has no more room between its ends.
    "beta_inv(p0, a0, b0)": (
        "list_transform([{'p': p0, 'a': a0, 'b': b0}], lambda q: CASE WHEN q.p < 0 OR q.p > 1"
        " THEN NULL ELSE kql.beta_domain(q.p, q.a, q.b, list_reduce(range(0, 64), lambda s, i:"
        " CASE WHEN kql.beta_share((s.low + s.high) / 2, q.a, q.b) < q.p"
        " THEN {'low': (s.low + s.high) / 2, 'high': s.high}"
        " ELSE {'low': s.low, 'high': (s.low + s.high) / 2} END,"
        " {'low': 0::DOUBLE, 'high': 1::DOUBLE}).high) END)[1]"
    ),
    # Student's distribution is a beta distribution of df / (df + t^2).
    "t_two_sided(t, df)": "kql.beta_share(df / (df + t * t), df / 2, 0.5::DOUBLE)",
    "welch_test(m1, v1, n1, m2, v2, n2)": (
        "list_transform([{'a': v1 / n1, 'b': v2 / n2}], lambda e: kql.t_two_sided("
        "(m1 - m2) / sqrt(e.a + e.b), (e.a + e.b) * (e.a + e.b)"
        " / (e.a * e.a / (n1 - 1) + e.b * e.b / (n2 - 1))))[1]"
    ),
}  # fmt: skip
