"""Whether a result's cell is what a case expects, and how both are shown.

The trap: a case says a value as YAML has it and the engine says it as Python has it. ``-40m`` is
a moment, ``'1'`` in a custom detail is a number's text, ``''`` and null are one string; compared by
their spelling they would all differ.
"""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from vedette.evidence.moments import parse_moment
from vedette.evidence.values import Mismatch, typed_value
from vedette.simulate.text import cell_text

#: Reals are equal within this relative distance: sums differ in their last digit by their order.
_TOLERANCE = 1e-9

#: A longer cell is cut in what a person reads; the first words tell it apart.
_SHOWN_LENGTH = 120


def cell_matches(expected: object, got: object, type_name: str, now: datetime) -> bool:
    """True if ``got``, a cell of type ``type_name``, is what ``expected`` means at ``now``.

    Datetimes are compared as moments (ISO or relative), numbers by value, dynamics by structure,
    guids without case; a string has no null, so that null expects an empty one.
    """
    if type_name == "string":
        return (expected or "") == (got or "") if expected in (None, "") else expected == got
    if expected is None or got is None:
        return expected is got
    if _is_number(expected) and _is_number(got):
        return _same_number(expected, got)
    if same_value(expected, got):
        return True
    typed = typed_value(expected, type_name, now)
    return not isinstance(typed, Mismatch) and same_value(typed, got)


def same_value(one: object, other: object) -> bool:
    """True if two values are the same JSON data, numbers compared by value (true is no number)."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_value(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same_value, one, other))
    if _is_number(one) and _is_number(other):
        return _same_number(one, other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one == other


def same_text(expected: str, got: str, now: datetime) -> bool:
    """True if two texts of an alert say the same: equal, or the same moment or truth value.

    An alert shows a datetime as Kusto writes it, a case may say it relative to its own now.
    """
    if expected == got:
        return True
    if {expected.lower(), got.lower()} in ({"true"}, {"false"}):
        return True
    moment = parse_moment(got, now) if got[:1].isdigit() and "T" in got else None
    return moment is not None and moment == parse_moment(expected, now)


def show(value: object, now: datetime | None = None) -> str:
    """``value`` as a case would write it; a relative datetime also says which moment it is."""
    if value is None or isinstance(value, bool):
        text = json.dumps(value)
    elif isinstance(value, datetime):
        text = value.isoformat().replace("+00:00", "Z")
    elif isinstance(value, str):
        relative = now is not None and value[:1] in ("+", "-", "n")
        moment = parse_moment(value, now) if now is not None and relative else None
        quoted = json.dumps(value, ensure_ascii=False)
        text = quoted if moment is None else f"{value} ({show(moment)})"
    elif isinstance(value, timedelta | Decimal | UUID):
        text = cell_text(value)
    elif isinstance(value, dict | list | tuple):
        text = json.dumps(value, ensure_ascii=False, default=cell_text)
    else:
        text = str(value)
    return text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _same_number(one: object, other: object) -> bool:
    if one == other:
        return True
    if isinstance(one, int | float | Decimal) and isinstance(other, int | float | Decimal):
        exact = not isinstance(one, float) and not isinstance(other, float)
        return not exact and math.isclose(float(one), float(other), rel_tol=_TOLERANCE)
    return False
