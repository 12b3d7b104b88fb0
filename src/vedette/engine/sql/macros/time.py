"""Macros for datetimes and timespans.

The trap: a timespan is ticks, a datetime microseconds: nothing may round between the two.
"""

from __future__ import annotations

from collections.abc import Mapping

_YEAR_ONE_MICROSECONDS = 62_135_596_800_000_000
_YEAR_ONE_TICKS = 621_355_968_000_000_000

#: Formats that todatetime takes beside ISO 8601; a month comes before its day.
_DATE_FORMATS = (
    "%m-%d-%Y", "%m/%d/%Y", "%m.%d.%Y", "%m-%d-%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p", "%-d %b %Y", "%b %-d, %Y", "%a, %d %b %Y %H:%M:%S GMT", "%Y%m%d",
)  # fmt: skip
_FORMATS = "[" + ", ".join(f"'{name}'" for name in _DATE_FORMATS) + "]"

_CLOCK = r"^\s*-?([0-9]+\.)?[0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]+)?)?\s*$"
_TICKS = (
    "(coalesce(TRY_CAST(p[2] AS BIGINT), 0) * 86400 + p[3]::BIGINT * 3600 + p[4]::BIGINT * 60"
    " + coalesce(TRY_CAST(p[5] AS BIGINT), 0)) * 10000000"
    " + coalesce(TRY_CAST(left(rpad(p[6], 7, '0'), 7) AS BIGINT), 0)"
)
_GROUPS = r"^\s*(-?)(?:([0-9]+)\.)?([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:\.([0-9]+))?)?\s*$"
_SPLIT_CLOCK = "[" + ", ".join(f"regexp_extract(t, '{_GROUPS}', {n})" for n in range(1, 7)) + "]"

MACROS: Mapping[str, str] = {
    "shift(d, t)": "d + to_microseconds((t - (t % 10 + 10) % 10) // 10)",
    "ticks_datetime(t)": (
        f"CASE WHEN t BETWEEN 0 AND 3155378975999999999 THEN make_timestamp("
        f"(t - t % 10 - {_YEAR_ONE_TICKS}) // 10) END"
    ),
    # The start of the session that the last of these rows belongs to.
    "session_start(rows, total, gap)": (
        "list_reduce(rows, lambda s, r: CASE WHEN r.d IS NULL THEN {'start': NULL::TIMESTAMP,"
        " 'last': NULL::TIMESTAMP} WHEN s.start IS NULL OR r.again"
        " OR r.d >= kql.shift(s.start, total) OR r.d >= kql.shift(s.last, gap)"
        " THEN {'start': r.d, 'last': r.d} ELSE {'start': s.start, 'last': r.d} END,"
        " {'start': NULL::TIMESTAMP, 'last': NULL::TIMESTAMP}).start"
    ),
    "with_seconds(d, t)": (
        "CASE WHEN t BETWEEN 0 AND 599999999 THEN d + to_microseconds(t // 10) END"
    ),
    "ticks_text(t)": "kql.datetime_text(kql.ticks_datetime(t))",
    "bin_time(d, us)": (
        f"make_timestamp(epoch_us(d) - (epoch_us(d) + {_YEAR_ONE_MICROSECONDS}) % us)"
    ),
    "ticks_of(d)": f"(epoch_us(d) * 10 + {_YEAR_ONE_TICKS})",
    # For sizes that only the row knows, or that are no whole microseconds.
    "bin_ticks(d, size)": "kql.ticks_datetime(kql.bin_whole(kql.ticks_of(d), size))",
    "bin_ticks_at(d, size, fixed)": (
        "kql.shift(fixed, kql.bin_whole((epoch_us(d) - epoch_us(fixed)) * 10, size))"
    ),
    "text_datetime(t)": (
        "list_transform([trim(t)], lambda s: coalesce(TRY_CAST(s AS TIMESTAMPTZ) AT TIME"
        " ZONE 'UTC',"
        f" try_strptime(s, {_FORMATS})))[1]"
    ),
    "text_timespan(t0)": (
        "list_transform([t0], lambda t: CASE"
        f" WHEN regexp_matches(t, '{_CLOCK}') THEN list_transform([{_SPLIT_CLOCK}],"
        f" lambda p: CASE p[1] WHEN '-' THEN -1 ELSE 1 END * ({_TICKS}))[1]"
        " WHEN regexp_matches(t, '^\\s*-?[0-9]+(\\.[0-9]+)?(d|h|m|s|ms)\\s*$') THEN"
        " (TRY_CAST(regexp_extract(t, '-?[0-9]+(\\.[0-9]+)?') AS DECIMAL(28,7)) *"
        " CASE regexp_extract(t, '[a-z]+') WHEN 'd' THEN 864000000000 WHEN 'h' THEN 36000000000"
        " WHEN 'm' THEN 600000000 WHEN 's' THEN 10000000 ELSE 10000 END)::BIGINT"
        " WHEN regexp_matches(t, '^\\s*-?[0-9]+\\s*$') THEN"
        " TRY_CAST(t AS BIGINT) * 864000000000 END)[1]"
    ),
}
