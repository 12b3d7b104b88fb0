"""Series: arrays of numbers, element by element, and what is said of them as a whole.

The trap: what the service computes by an algorithm that nobody has published (which period a series
has, how far out an outlier is) is refused on the first series that there is; a query that finds
none runs. With a period that is given, a decomposition is documented step by step.
"""

from __future__ import annotations

from collections.abc import Mapping

from vedette.engine.sql import value as values
from vedette.engine.sql.registry import Call, Function, Several, native
from vedette.engine.sql.value import Value, literal

_STATISTICS = ("min", "min_idx", "max", "max_idx", "avg", "stdev", "variance")
_FIT = ("rsquare", "slope", "variance", "rvariance", "interception", "line_fit")
_DECOMPOSITION = ("baseline", "seasonal", "trend", "residual")
_ANOMALIES = ("ad_flag", "ad_score", "baseline")
_TYPES = {"min_idx": "long", "max_idx": "long", "line_fit": "dynamic", "len": "long"}

_NO_PERIOD = "how the service finds a series' period is not documented; give the period"
_NO_SCORE = "how the service scores an outlier is not documented"


def _each(expression: str) -> Function:
    """A function of each number, called ``x``."""

    def build(call: Call) -> Value:
        series = call.converted(0, "dynamic").sql
        return Value(
            f"to_json(list_transform(kql.numbers({series}), lambda x: {expression}))", "dynamic"
        )

    return Function(build)


def _pairs(name: str) -> Function:
    """A function of two series; a number stands for a series of it."""

    def build(call: Call) -> Value:
        sides = [call.value(index) for index in (0, 1)]
        series = [
            call.converted(index, "dynamic").sql
            if side.type == "dynamic"
            else f"to_json([{call.converted(index, 'dynamic').sql}])"
            for index, side in enumerate(sides)
        ]
        if not all(side.type == "dynamic" for side in sides):
            call.refuse("a number where a series stands")
        return Value(f"kql.{name}({series[0]}, {series[1]})", "dynamic")

    return Function(build)


def _missing(call: Call, index: int) -> str:
    """What stands for a missing number, as a real."""
    return call.converted(index, "real").sql if len(call) > index else "NULL::DOUBLE"


def _filled(macro: str) -> Function:
    def build(call: Call) -> Value:
        items = f"kql.items({call.converted(0, 'dynamic').sql})"
        return Value(f"to_json(kql.{macro}({items}, {_missing(call, 1)}))", "dynamic")

    return Function(build)


def _filled_const(call: Call) -> Value:
    items = f"kql.items({call.converted(0, 'dynamic').sql})"
    constant = call.converted(1, "dynamic").sql
    return Value(f"to_json(kql.filled_const({items}, {constant}, {_missing(call, 2)}))", "dynamic")


def _filled_linear(call: Call) -> Value:
    series = call.converted(0, "dynamic").sql
    edges = call.converted(2, "bool").sql if len(call) > 2 else "TRUE"
    constant = call.converted(3, "dynamic").sql if len(call) > 3 else "to_json(0.0::DOUBLE)"
    missing = _missing(call, 1)
    return Value(f"kql.series_fill_linear({series}, {missing}, {edges}, {constant})", "dynamic")


def _numbers(call: Call, index: int = 0) -> str:
    return f"kql.numbers({call.converted(index, 'dynamic').sql})"


def _statistics(call: Call) -> str:
    """The struct of all statistics; null where a number is missing, unless those are ignored."""
    ignored = len(call) > 1 and call.constant(1) is True
    return f"kql.series_stats(kql.finite{'_only' if ignored else ''}({_numbers(call)}))"


def _fields(struct: str, names: tuple[str, ...], type_: str = "real") -> list[Value]:
    return [Value(f"({struct}).{name}", _TYPES.get(name, type_)) for name in names]


def _stats(call: Call) -> list[Value]:
    return _fields(_statistics(call), _STATISTICS)


def _stats_bag(call: Call) -> Value:
    return Value(f"to_json({_statistics(call)})", "dynamic")


def _fit(call: Call) -> list[Value]:
    fit = f"kql.series_fit_line(kql.finite({_numbers(call)}))"
    *numbers, line = _fields(fit, _FIT)
    return [*numbers, Value(f"to_json({line.sql})", "dynamic")]


def _fit_bag(call: Call) -> Value:
    return Value(f"to_json(kql.series_fit_line(kql.finite({_numbers(call)})))", "dynamic")


def _decompose(call: Call) -> list[Value]:
    series = call.converted(0, "dynamic").sql
    period = call.number(1) if len(call) > 1 else -1
    trend = call.text(2) if len(call) > 2 else "avg"
    if len(call) > 3 and call.number(3) != 0:
        call.refuse("points that are left out of the regression")
    if period < 0:
        refused = _refused(call, series, _NO_PERIOD)
        return [refused] * len(_DECOMPOSITION)
    numbers = f"kql.finite({_numbers(call)})"
    seasonal = f"kql.seasonal(l, {period})" if period else "kql.constant(l, 0)"
    trends = {
        "avg": "kql.constant(d, list_avg(d))",
        "linefit": "kql.on(kql.line(d), len(d))",
        "none": "kql.constant(d, 0)",
    }
    if trend not in trends:
        call.refuse(f"the trend {trend!r}")
    struct = (
        f"list_transform([{numbers}], lambda l: list_transform([{seasonal}], lambda s:"
        " list_transform([kql.minus(l, s)], lambda d:"
        f" kql.parts(l, s, {trends[trend]}))[1])[1])[1]"
    )
    return _fields(struct, _DECOMPOSITION, "dynamic")


def _anomalies(call: Call) -> list[Value]:
    return [_refused(call, call.converted(0, "dynamic").sql, _NO_SCORE)] * len(_ANOMALIES)


def _outliers(call: Call) -> Value:
    return _refused(call, call.converted(0, "dynamic").sql, _NO_SCORE)


def _refused(call: Call, series: str, reason: str) -> Value:
    return Value(f"kql.refused({series}, {literal(f'{call.name}() ({reason})')})", "dynamic")


def _seasonal(call: Call) -> Value:
    if len(call) < 2 or call.number(1) < 0:
        return _refused(call, call.converted(0, "dynamic").sql, _NO_PERIOD)
    seasonal = f"kql.seasonal(kql.finite({_numbers(call)}), {call.number(1)})"
    return Value(f"to_json({seasonal})", "dynamic")


def _pearson(call: Call) -> Value:
    first, second = (f"kql.finite({_numbers(call, index)})" for index in (0, 1))
    return Value(f"kql.pearson({first}, {second})", "real")


def _coefficients(call: Call, index: int) -> tuple[float, ...]:
    given = call.constant(index)
    if not isinstance(given, list) or not given:
        call.refuse("coefficients that are no constant array")
    if not all(isinstance(each, (int, float)) for each in given):
        call.refuse("a coefficient that is no number")
    return tuple(float(each) for each in given)


def _listed(numbers: tuple[float, ...]) -> str:
    return f"[{', '.join(values.real(number).sql for number in numbers)}]"


def _finite_response(call: Call) -> Value:
    filter_ = _coefficients(call, 1)
    normal = call.constant(2) if len(call) > 2 else min(filter_) >= 0
    if len(call) > 3 and call.constant(3) is not False:
        call.refuse("a centred filter")
    if normal and min(filter_) < 0:
        return values.null("dynamic")
    total = sum(filter_) if normal else 1.0
    scaled = _listed(tuple(each / total for each in filter_))
    return Value(f"to_json(kql.fir({_numbers(call)}, {scaled}))", "dynamic")


def _infinite_response(call: Call) -> Value:
    numerators, denominators = _coefficients(call, 1), _coefficients(call, 2)
    if denominators[0] == 0:
        call.refuse("a first denominator of 0")
    sql = f"kql.iir({_numbers(call)}, {_listed(numerators)}, {_listed(denominators)})"
    return Value(f"to_json({sql})", "dynamic")


def _reduced(expression: str) -> Function:
    return native(expression, "dynamic", gives="real")


def _reduced_pair(expression: str) -> Function:
    return native(expression, "dynamic", "dynamic", gives="real")


_NAMES = ("add", "divide", "equals", "greater", "greater_equals", "less", "less_equals",
          "multiply", "not_equals", "pow", "subtract")  # fmt: skip

FUNCTIONS: Mapping[str, Function] = {
    **{f"series_{name}": _pairs(f"series_{name}") for name in _NAMES},
    "series_abs": _each("abs(x)"),
    "series_acos": _each("kql.unit(x, acos(least(1, greatest(-1, x))))"),
    "series_asin": _each("kql.unit(x, asin(least(1, greatest(-1, x))))"),
    "series_atan": _each("atan(x)"),
    "series_ceiling": _each("ceil(x)"),
    "series_cos": _each("cos(x)"),
    "series_exp": _each("exp(x)"),
    "series_fill_backward": _filled("filled_backward"),
    "series_fill_const": Function(_filled_const),
    "series_fill_forward": _filled("filled_forward"),
    "series_fill_linear": Function(_filled_linear),
    "series_fir": Function(_finite_response),
    "series_fit_line_dynamic": Function(_fit_bag),
    "series_floor": _each("floor(x)"),
    "series_iir": Function(_infinite_response),
    "series_log": _each("kql.logarithm(x, 2.718281828459045)"),
    "series_magnitude": _reduced(
        "sqrt(list_sum(list_transform(kql.numbers({0}), lambda x: x * x)))"
    ),
    "series_outliers": Function(_outliers),
    "series_pearson_correlation": Function(_pearson),
    "series_product": _reduced("list_product(kql.numbers({0}))"),
    "series_seasonal": Function(_seasonal),
    "series_sign": _each("sign(x)::DOUBLE"),
    "series_sin": _each("sin(x)"),
    "series_stats_dynamic": Function(_stats_bag),
    "series_sum": _reduced("list_sum(kql.numbers({0}))"),
    "series_tan": _each("tan(x)"),
    "series_dot_product": _reduced_pair("list_dot_product(kql.numbers({0}), kql.numbers({1}))"),
    "series_cosine_similarity": _reduced_pair(
        "list_cosine_similarity(kql.numbers({0}), kql.numbers({1}))"
    ),
}

#: Functions whose call is several columns.
SEVERAL: Mapping[str, Several] = {
    "series_decompose": Several(_DECOMPOSITION, _decompose),
    "series_decompose_anomalies": Several(_ANOMALIES, _anomalies),
    "series_fit_line": Several(_FIT, _fit),
    "series_stats": Several(_STATISTICS, _stats),
}
