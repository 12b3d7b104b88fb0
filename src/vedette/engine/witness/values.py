"""A value that has all that is wanted of it.

The trap: wants may contradict each other; then the first ones win, and the database says no.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import cast
from uuid import UUID

from vedette.engine.witness.wants import PARSED, Step, Want

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_ORDERS = frozenset({"between", "ge", "gt", "le", "lt"})
_FILLERS: dict[str, object] = {
    "bool": True,
    "decimal": "1",
    "dynamic": {"Name": "value"},
    "guid": "11111111-2222-3333-4444-555555555555",
    "int": 1,
    "long": 1,
    "real": 1.5,
    "string": "value",
}


def column_value(type_: str, wants: Sequence[Want], now: datetime) -> object:
    """A value of a column, with what is wanted of the parts inside it; ``now`` is naive, UTC."""
    inside = [want for want in wants if want.path]
    if inside and not any(want.kind == "eq" for want in wants if not want.path):
        built = _built([(want.path, want) for want in inside], now)
        return built if type_ == "dynamic" or isinstance(built, str) else json.dumps(built)
    return _solved(type_, [want for want in wants if not want.path], now)


def _built(parts: Iterable[tuple[tuple[Step, ...], Want]], now: datetime) -> object:
    """A bag, an array or a text of JSON that holds the parts at their places."""
    groups: dict[Step, list[tuple[tuple[Step, ...], Want]]] = {}
    here: list[Want] = []
    for path, want in parts:
        if path:
            groups.setdefault(path[0], []).append((path[1:], want))
        else:
            here.append(want)
    if not groups:
        return _solved(_type_of(here), here, now)
    if PARSED in groups:
        return json.dumps(_built(groups[PARSED], now))
    if all(isinstance(step, int) for step in groups):
        last = max(max(cast(int, step), 0) for step in groups)
        made = {max(cast(int, step), 0): _built(inner, now) for step, inner in groups.items()}
        return [made.get(index, {}) for index in range(last + 1)]
    return {str(step): _built(inner, now) for step, inner in groups.items()}


def _type_of(wants: Sequence[Want]) -> str:
    """The type of a part of a dynamic value: that of what it is compared with."""
    for want in wants:
        value = want.value[0] if isinstance(want.value, tuple) and want.value else want.value
        if isinstance(value, bool):
            return "bool"
        if isinstance(value, (int, float)):
            return "real" if isinstance(value, float) else "long"
        if isinstance(value, datetime):
            return "datetime"
    return "string"


def _solved(type_: str, wants: Sequence[Want], now: datetime) -> object:
    exact = next((want.value for want in wants if want.kind == "eq"), None)
    if exact is not None:
        return _fitting(type_, exact)
    if any(want.kind == "empty" for want in wants):
        return None
    if type_ in {"datetime", "int", "long", "real", "timespan"}:
        return _number(type_, wants, now)
    if type_ == "bool":
        return not any(want.kind == "ne" and want.value is True for want in wants)
    if type_ in {"string", "dynamic"}:
        if any(want.kind in _ORDERS for want in wants):
            return _plain(_number(_type_of(wants), wants, now))
        text = _text(wants)
        return text if text or type_ == "string" else _FILLERS["dynamic"]
    return _FILLERS.get(type_)


def _fitting(type_: str, value: object) -> object:
    """A constant that a column is compared with, as a value of that column; None if it is none."""
    if type_ == "string":
        return _plain(value)
    if type_ == "dynamic":
        return _plain(value) if isinstance(value, datetime) else value
    count = _counted(value)
    if type_ == "bool":
        return _truth(value, count)
    if type_ in {"datetime", "decimal", "int", "long", "real", "timespan"}:
        return None if count is None else _typed(type_, count)
    return value if type_ == "guid" and _is_guid(value) else None


def _is_guid(value: object) -> bool:
    try:
        return bool(UUID(str(value)))
    except ValueError:
        return False


def _truth(value: object, count: float | None) -> bool:
    return str(value).lower() == "true" if count is None else count != 0


def _plain(value: object) -> str:
    """A constant as the text that it is compared as."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(wants: Sequence[Want]) -> str:
    """A text with every part that is asked for, the beginning first and the end last."""
    start = next((str(want.value) for want in wants if want.kind == "prefix"), "")
    end = next((str(want.value) for want in wants if want.kind == "suffix"), "")
    middle: list[str] = []
    for want in wants:
        if want.kind in {"has", "contains"}:
            middle.append(str(want.value))
        elif want.kind == "all" and isinstance(want.value, tuple):
            middle += [str(each) for each in want.value]
    parts = [start]
    for part in middle:
        if part.lower() not in " ".join([*parts, end]).lower():
            parts.append(part)
    # Nothing stands between the beginning and the end where nothing must.
    text = " ".join(part for part in parts if part)
    text = f"{text} {end}".strip() if text and end and len(parts) > 1 else text + end
    if text:
        return text
    refused = {_plain(value).lower() for want in wants for value in _values(want)}
    return next(each for each in ("value", "other", "third", "x1") if each not in refused)


def _values(want: Want) -> tuple[object, ...]:
    return want.value if isinstance(want.value, tuple) else (want.value,)


def _number(type_: str, wants: Sequence[Want], now: datetime) -> object:
    """A number or time between the bounds; a time that nothing is asked of is shortly before now.

    Times are counted in microseconds here, timespans in ticks.
    """
    unit = {"datetime": 1_000_000, "timespan": 10_000_000}.get(type_, 1)
    low: list[float] = []
    high: list[float] = []
    avoided: set[float] = set()
    for want in wants:
        counts = [count for value in _values(want) if (count := _counted(value)) is not None]
        if not counts:
            continue
        if want.kind == "between":
            low.append(counts[0])
            # ``between (start .. 1d)`` ends a day behind its start.
            spans = type_ == "datetime" and not isinstance(_values(want)[-1], datetime)
            high.append(counts[0] + counts[-1] // 10 if spans else counts[-1])
        elif want.kind in {"gt", "ge"}:
            low.append(counts[0])
        elif want.kind in {"lt", "le"}:
            high.append(counts[0])
        elif want.kind in {"ne", "not"}:
            avoided.update(counts)
    if low and high:
        count = max(low) + (min(high) - max(low)) / 2
    elif low or high:
        count = max(low) + unit if low else min(high) - unit
    else:
        count = _counted(now - timedelta(minutes=10)) or 0 if type_ == "datetime" else unit
    while count in avoided:
        count += unit
    return _typed(type_, count)


def _counted(value: object) -> float | None:
    if isinstance(value, datetime):
        return (value - _EPOCH) // timedelta(microseconds=1)
    if isinstance(value, (bool, int, float)):
        return float(value) if isinstance(value, float) else int(value)
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _typed(type_: str, count: float) -> object:
    if type_ == "datetime":
        return _EPOCH + timedelta(microseconds=int(count))
    if type_ == "timespan":
        return timedelta(microseconds=int(count) // 10)
    if type_ == "decimal":
        return Decimal(str(count))
    if type_ == "real":
        return float(count)
    bits = 31 if type_ == "int" else 63
    return int(count) if -(2**bits) <= count < 2**bits else None
