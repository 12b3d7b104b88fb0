"""Whether a result is what a page of the documentation prints.

The trap: a page prints text, rounded, cut and escaped for Markdown. A number must agree in every
digit that is printed, a datetime in every part; an empty cell is null or an empty string.
"""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from uuid import UUID

from vedette.engine.base import Rows
from vedette.engine.ingest import parse_timespan

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~&-])")
_WORDS = {"∞": math.inf, "inf": math.inf, "infinity": math.inf, "nan": math.nan}
_AMERICAN = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y")
#: Digits of a double that a page may round differently from the shortest text of the same number.
_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Page:
    """What a page prints below a query."""

    query: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def heads(self, name: str, printed: str) -> bool:
        """True if ``printed`` may head the column ``name``.

        What the query does not name (``print_0``, ``Column1``) pages head as they like.
        """
        return name == _bare(printed) or name not in self.query


def same(rows: Rows, page: Page, *, ordered: bool) -> str:
    """Why ``rows`` are not those that are printed, "" if they are."""
    names = [column.name for column in rows.columns]
    if len(names) != len(page.columns) or not all(map(page.heads, names, page.columns)):
        return f"columns {', '.join(names)}, printed {', '.join(page.columns)}"
    printed = page.rows
    if len(rows.rows) != len(printed):
        return f"{len(rows.rows)} rows, {len(printed)} printed"
    types = [column.type for column in rows.columns]
    rest = list(rows.rows)
    for line in printed:
        # A row whose last cells are empty may end where they begin.
        cells = [*line, *[""] * (len(types) - len(line))]
        candidates = rest[:1] if ordered else rest
        found = next((row for row in candidates if _row(row, types, cells)), None)
        if found is None:
            return f"no row {cells}; left: {rest[:3]}"
        rest.remove(found)
    return ""


def _row(row: Sequence[object], types: Sequence[str], cells: Sequence[str]) -> bool:
    return all(map(cell, row, types, cells))


def cell(value: object, type_: str, text: str) -> bool:
    """True if ``text`` is how a page may print ``value`` of a Kusto type."""
    text = text.strip()
    for spelling in dict.fromkeys((text, _bare(text), _ESCAPED.sub(r"\1", _bare(text)))):
        if value is None:
            # What a page prints for null; a string is never null.
            if spelling in {"", "null", "(null)"}:
                return True
        elif _CELLS[type_](value, spelling):
            return True
    return False


def _bare(text: str) -> str:
    """The text without Markdown's marks of code, links and lines."""
    text = html.unescape(re.sub(r"<br ?/?>", "\n", text)).replace("\xa0", " ").strip()
    text = re.sub(r"^<(https?://[^>]*)>", r"\1", text)
    text = re.sub(r"^\[(https?://[^]]*)\]\(https?://[^)]*\)$", r"\1", text)
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "`" else text


def _string(value: object, text: str) -> bool:
    # Blanks at the ends of a cell are the table's, and a page may print one for another.
    return str(value).replace("\xa0", " ").strip() == text


def _real(value: object, text: str) -> bool:
    expected = _number(text)
    return isinstance(value, (int, float, Decimal)) and expected is not None and _close(value, text)


def _close(value: float | Decimal, text: str) -> bool:
    expected = _number(text)
    if expected is None:
        return False
    if math.isnan(value) or math.isinf(value) or math.isinf(expected) or math.isnan(expected):
        return str(float(value)) == str(expected)
    exact = Decimal(text.replace(",", "")) if _NUMBER.fullmatch(text.replace(",", "")) else None
    if exact is None:
        return float(value) == expected
    exponent = exact.as_tuple().exponent
    unit = Decimal(1).scaleb(exponent) if isinstance(exponent, int) and exponent < 0 else Decimal(0)
    slack = abs(exact) * Decimal(10) ** -_DIGITS * 4
    if exact and (value < 0) != (exact < 0):
        return False
    # A page rounds to its last place, or cuts off what is behind it.
    beyond = abs(Decimal(value)) - abs(exact)
    return -unit / 2 - slack <= beyond <= max(unit, slack)


def _number(text: str) -> float | None:
    bare = text.replace(",", "")
    if bare.lower().lstrip("+-") in _WORDS:
        return -_WORDS[bare[1:].lower()] if bare[0] == "-" else _WORDS[bare.lower().lstrip("+")]
    return float(bare) if _NUMBER.fullmatch(bare) else None


def _integer(value: object, text: str) -> bool:
    return re.fullmatch(r"[-+]?[\d,]+", text) is not None and value == int(text.replace(",", ""))


def _decimal(value: object, text: str) -> bool:
    try:
        return value == Decimal(text) or _real(value, text)
    except InvalidOperation:
        return False


def _bool(value: object, text: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}.get(text.lower()) is value


def _guid(value: object, text: str) -> bool:
    return isinstance(value, UUID) and str(value) == text.lower()


def _timespan(value: object, text: str) -> bool:
    try:
        return value == parse_timespan(text)
    except ValueError:
        days = re.fullmatch(r"-?\d+", text)
        return days is not None and value == timedelta(days=int(text))


def _datetime(value: object, text: str) -> bool:
    expected = _moment(text)
    if not isinstance(value, datetime) or expected is None:
        return False
    # A page prints whole seconds, or as many digits as it likes.
    fraction = re.search(r"\.(\d+)", text)
    digits = min(len(fraction[1]), 6) if fraction else 0
    unit = timedelta(microseconds=10 ** (6 - digits))
    return timedelta() <= value - expected < unit


def _moment(text: str) -> datetime | None:
    cut = re.sub(r"(\.\d{6})\d+", r"\1", text).replace("Z", "+00:00")
    cut = re.sub(r"\.(\d{1,5})(?=\D|$)", lambda found: "." + found[1].ljust(6, "0"), cut)
    try:
        moment = datetime.fromisoformat(cut)
    except ValueError:
        return _american(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _american(text: str) -> datetime | None:
    for pattern in _AMERICAN:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _dynamic(value: object, text: str) -> bool:
    for spelling in (text, text.replace('\\"', '"'), text.replace("\\\\", "\\")):
        try:
            if _alike(value, json.loads(spelling)):
                return True
        except ValueError:
            continue
    if isinstance(value, bool):
        return _bool(value, text)
    if isinstance(value, (int, float)):
        return _real(value, text)
    return isinstance(value, str) and _string(value, text)


def _alike(value: object, printed: object) -> bool:
    if isinstance(value, bool) or isinstance(printed, bool):
        return value is printed
    if isinstance(value, (int, float)) and isinstance(printed, (int, float)):
        return _close(value, repr(printed))
    if isinstance(value, list) and isinstance(printed, list):
        return len(value) == len(printed) and all(map(_alike, value, printed))
    if isinstance(value, dict) and isinstance(printed, dict):
        return value.keys() == printed.keys() and all(_alike(value[k], printed[k]) for k in value)
    return value == printed


_CELLS: Mapping[str, Callable[[object, str], bool]] = {
    "bool": _bool,
    "datetime": _datetime,
    "decimal": _decimal,
    "dynamic": _dynamic,
    "guid": _guid,
    "int": _integer,
    "long": _integer,
    "real": _real,
    "string": _string,
    "timespan": _timespan,
}
