"""Distributions: ``erf``, the beta distribution, Welch's test.

The trap: outside their domain these give NaN, ``beta_inv`` of an impossible probability null.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql.registry import Function, native


def _reals(name: str, count: int) -> Function:
    places = ", ".join(f"{{{place}}}" for place in range(count))
    return native(f"kql.{name}({places})", *["real"] * count, gives="real")


FUNCTIONS: Mapping[str, Function] = {
    "beta_cdf": _reals("beta_cdf", 3),
    "beta_inv": _reals("beta_inv", 3),
    "beta_pdf": _reals("beta_pdf", 3),
    "erf": _reals("erf", 1),
    "erfc": _reals("erfc", 1),
    "welch_test": _reals("welch_test", 6),
}
