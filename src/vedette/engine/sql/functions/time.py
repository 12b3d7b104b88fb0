"""Datetimes and timespans.

The trap: Kusto's week begins on Sunday, DuckDB's on Monday; and the end of a day is one tick before
the next, of which microseconds keep six digits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from vedette.engine.sql.expressions.arithmetic import shifted
from vedette.engine.sql.registry import Call, Function, native
from vedette.engine.sql.value import TICKS_PER_SECOND, Value, literal
from vedette.kql.desugar.names import INGESTION_COLUMN

_TICKS_PER_DAY = 864_000_000_000
_PARTS = {
    "year": "year",
    "quarter": "quarter",
    "month": "month",
    "week": "week",
    "week_of_year": "week",
    "day": "day",
    "dayofyear": "dayofyear",
    "hour": "hour",
    "minute": "minute",
    "second": "second",
    "millisecond": "millisecond",
    "microsecond": "microsecond",
}
_STEPS = {
    "year": "to_years({0}::INTEGER)",
    "quarter": "to_months(({0} * 3)::INTEGER)",
    "month": "to_months({0}::INTEGER)",
    "week": "to_days(({0} * 7)::INTEGER)",
    "day": "to_days({0}::INTEGER)",
    "hour": "to_hours({0})",
    "minute": "to_minutes({0})",
    "second": "to_microseconds({0} * 1000000)",
    "millisecond": "to_microseconds({0} * 1000)",
    "microsecond": "to_microseconds({0})",
}
#: Kusto's format specifiers as SQL over ``{0}``, longest first.
_FORMATS = {
    "yyyy": "strftime({0}, '%Y')",
    "yy": "strftime({0}, '%y')",
    "y": "(year({0}) % 100)::VARCHAR",
    "MM": "strftime({0}, '%m')",
    "M": "month({0})::VARCHAR",
    "dd": "strftime({0}, '%d')",
    "d": "day({0})::VARCHAR",
    "HH": "strftime({0}, '%H')",
    "H": "hour({0})::VARCHAR",
    "hh": "strftime({0}, '%I')",
    "h": "strftime({0}, '%-I')",
    "mm": "strftime({0}, '%M')",
    "m": "minute({0})::VARCHAR",
    "ss": "strftime({0}, '%S')",
    "s": "second({0})::VARCHAR",
    "tt": "strftime({0}, '%p')",
}
_FORMAT = re.compile(
    r"yyyy|yy|y(?!y)|MM|M|dd|d|HH|H|hh|h|mm|m|ss|s|tt|f{1,7}|F{1,7}|[ /:,._\[\]-]+|(.)"
)


def _now(call: Call) -> Value:
    clock = Value("$kqlnow", "datetime")
    return clock if len(call) == 0 else shifted(clock, call.converted(0, "timespan"))


def _ago(call: Call) -> Value:
    return shifted(Value("$kqlnow", "datetime"), call.converted(0, "timespan"), "-")


def _start(unit: str, *, end: bool = False) -> Function:
    def build(call: Call) -> Value:
        moment = call.converted(0, "datetime").sql
        offset = call.converted(1, "long").sql if len(call) > 1 else ""
        start = _week_start(moment) if unit == "week" else f"date_trunc('{unit}', {moment})"
        if offset:
            start = f"({start} + {_STEPS[unit].format(offset)})"
        if end:
            start = f"({start} + {_STEPS[unit].format(1)} - INTERVAL 1 MICROSECOND)"
        return Value(start, "datetime")

    return Function(build)


def _week_start(moment: str) -> str:
    """The Sunday that a week begins with."""
    return f"(date_trunc('week', {moment} + INTERVAL 1 DAY) - INTERVAL 1 DAY)"


def _difference(call: Call) -> Value:
    part = call.text(0).lower()
    later, earlier = call.converted(1, "datetime").sql, call.converted(2, "datetime").sql
    if part not in _STEPS:
        # A nanosecond among them: a datetime has microseconds here.
        call.refuse(f"the part {part}")
    if part == "week":
        starts = (_week_start(moment) for moment in (earlier, later))
        return Value(f"(date_diff('day', {', '.join(starts)}) // 7)", "long")
    return Value(f"date_diff('{part}', {earlier}, {later})", "long")


def _add(call: Call) -> Value:
    part = call.text(0).lower()
    step = _STEPS.get(part)
    if step is None:
        call.refuse(f"the part {part}")
    amount, moment = call.converted(1, "long").sql, call.converted(2, "datetime").sql
    return Value(f"({moment} + {step.format(amount)})", "datetime")


def _part(call: Call) -> Value:
    part, moment = call.text(0).lower(), call.converted(1, "datetime").sql
    if part not in _PARTS:
        call.refuse(f"the part {part}")
    if part in {"millisecond", "microsecond"}:
        divisor = 1000 if part == "millisecond" else 1
        return Value(f"(epoch_us({moment}) % 1000000 // {divisor})", "int")
    return Value(f"{_PARTS[part]}({moment})", "int")


def _format_datetime(call: Call) -> Value:
    moment, pattern = call.converted(0, "datetime").sql, call.text(1)
    parts = []
    for match in _FORMAT.finditer(pattern):
        token = match[0]
        if match[1] is not None:
            call.refuse(f"the format {token}")
        if token in _FORMATS:
            parts.append(_FORMATS[token].format(moment))
        elif token[0] in "fF":
            digits = f"left(strftime({moment}, '%f') || '0', {len(token)})"
            parts.append(digits if token[0] == "f" else f"rtrim({digits}, '0')")
        else:
            parts.append(literal(token))
    return Value(f"coalesce({' || '.join(parts) or literal('')}, '')", "string")


def _format_timespan(call: Call) -> Value:
    span, pattern = call.converted(0, "timespan").sql, call.text(1)
    units = {"d": (_TICKS_PER_DAY, 0), "h": (36_000_000_000, 24), "H": (36_000_000_000, 24)}
    units |= {"m": (600_000_000, 60), "s": (10_000_000, 60)}
    parts = []
    for match in re.finditer(r"d{1,8}|hh?|HH?|mm?|ss?|f{1,7}|F{1,7}|[ /:,._\[\]-]+|(.)", pattern):
        token = match[0]
        if match[1] is not None:
            call.refuse(f"the format {token}")
        if token[0] in units:
            ticks, modulus = units[token[0]]
            number = f"abs({span}) // {ticks}" + (f" % {modulus}" if modulus else "")
            parts.append(f"kql.pad_left(({number})::VARCHAR, {len(token)})")
        elif token[0] in "fF":
            digits = f"left(lpad((abs({span}) % 10000000)::VARCHAR, 7, '0'), {len(token)})"
            parts.append(digits if token[0] == "f" else f"rtrim({digits}, '0')")
        else:
            parts.append(literal(token))
    return Value(f"coalesce({' || '.join(parts) or literal('')}, '')", "string")


def _make_datetime(call: Call) -> Value:
    if len(call) == 1:
        return call.converted(0, "datetime")
    parts = [call.converted(index, "long").sql for index in range(min(len(call), 5))]
    parts += ["0"] * (5 - len(parts))
    minute = f"TRY(make_timestamp({', '.join(parts)}, 0::DOUBLE))"
    if len(call) < 6:
        return Value(minute, "datetime")
    # In whole ticks first: 0.1 s is a little more or less as a real.
    second = f"round({call.converted(5, 'real').sql} * {TICKS_PER_SECOND})::BIGINT"
    return Value(f"kql.with_seconds({minute}, {second})", "datetime")


def _make_timespan(call: Call) -> Value:
    if len(call) == 1:
        return call.converted(0, "timespan")
    days = call.converted(0, "long").sql if len(call) == 4 else "0"
    rest = range(1 if len(call) == 4 else 0, len(call))
    numbers = [call.converted(index, "real").sql for index in rest]
    hours, minutes, seconds = [*numbers, "0"][:3]
    total = f"(({days} * 24 + {hours}) * 60 + {minutes}) * 60 + {seconds}"
    return Value(f"round(({total}) * 10000000)::BIGINT", "timespan")


def _unix(factor: int) -> Function:
    """``unixtime_…_todatetime`` of a unit with so many nanoseconds."""

    def build(call: Call) -> Value:
        value = call.value(0)
        if value.type == "real" and factor >= 1000:
            number = f"trunc({value.sql} * {factor // 1000})::BIGINT"
        else:
            number = call.converted(0, "long").sql
            number = f"({number} * {factor // 1000})" if factor >= 1000 else f"({number} // 1000)"
        return Value(f"make_timestamp({number})", "datetime")

    return Function(build)


def _ingestion_time(call: Call) -> Value:
    row = call.scope.row
    column = None if row is None else row.hidden_column(INGESTION_COLUMN)
    if column is None:
        call.refuse("an operator before it has dropped the time of ingestion")
    return column


def _zoned(template: str) -> Function:
    """A datetime moved between UTC and the local time of a named zone."""

    def build(call: Call) -> Value:
        moment, zone = call.converted(0, "datetime").sql, call.converted(1, "string").sql
        return Value(template.format(moment, zone), "datetime")

    return Function(build)


def _field(template: str, gives: str = "int") -> Function:
    return native(template, "datetime", gives=gives)


FUNCTIONS: Mapping[str, Function] = {
    "ago": Function(_ago),
    "datetime_add": Function(_add),
    "datetime_diff": Function(_difference),
    "datetime_local_to_utc": _zoned("timezone('UTC', timezone({1}, {0}))"),
    "datetime_part": Function(_part),
    "datetime_utc_to_local": _zoned("timezone({1}, timezone('UTC', {0}))"),
    "datepart": Function(_part),
    "dayofmonth": _field("day({0})"),
    "dayofweek": _field(f"(dayofweek({{0}}) * {_TICKS_PER_DAY})", "timespan"),
    "dayofyear": _field("dayofyear({0})"),
    **{f"endof{unit}": _start(unit, end=True) for unit in ("day", "week", "month", "year")},
    "format_datetime": Function(_format_datetime),
    "format_timespan": Function(_format_timespan),
    "getmonth": _field("month({0})"),
    "getyear": _field("year({0})"),
    "hourofday": _field("hour({0})"),
    "ingestion_time": Function(_ingestion_time),
    "make_datetime": Function(_make_datetime),
    "make_timespan": Function(_make_timespan),
    "monthofyear": _field("month({0})"),
    "now": Function(_now),
    **{f"startof{unit}": _start(unit) for unit in ("day", "week", "month", "year")},
    "unixtime_microseconds_todatetime": _unix(1_000),
    "unixtime_milliseconds_todatetime": _unix(1_000_000),
    "unixtime_nanoseconds_todatetime": _unix(1),
    "unixtime_seconds_todatetime": _unix(1_000_000_000),
    "week_of_year": _field("week({0})"),
    "weekofyear": _field("week({0})"),
}
