"""What the simulation assumes about the service where nobody has published how it behaves.

Every assumption is a function or constant that the simulation uses, and is listed in
``docs/fidelity.md``. Where one could be made either way, the one stands that makes a case fail
rather than pass: what is green here must not depend on a guess in its favour. What is documented
stands in ``limits.py`` and ``schedule.py``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from vedette.engine.base import TimeWindow
from vedette.simulate.text import cell_text, distinct

Row = Mapping[str, object]

# ---- the run


def query_clock(scheduled: datetime) -> datetime:
    """What ``now()`` returns in the run scheduled for ``scheduled``: that time itself.

    The run starts minutes later (``schedule.executes_at``); the documentation of the delay does
    not say which of the two times the query sees.
    """
    return scheduled


def window_before(
    scheduled: datetime, length: timedelta, *, on_ingestion: bool = False
) -> TimeWindow:
    """The half-open interval [scheduled - length, scheduled).

    Half-open because consecutive windows of a rule whose period equals its frequency must tile:
    with both ends closed an event on the boundary would be reported twice, with both open never.
    """
    return TimeWindow(scheduled - length, scheduled, on_ingestion=on_ingestion)


def end_of_suppression(fired: datetime, duration: timedelta) -> datetime:
    """The first time at which a rule runs again after the run scheduled for ``fired`` made alerts.

    Counted from the scheduled time; the schedule itself does not move, so the next run is the
    first of the old grid that is not before this time.
    """
    return fired + duration


#: Failures of one kind in a row after which the service switches a rule off. The documentation says
#: "a predetermined number" and not which.
FAILURES_UNTIL_DISABLED = 10


def description_of_disabled(description: str, reason: str) -> str:
    """The description of a rule that was switched off: the reason follows it on a line of its own.

    That the reason is added at the end is documented, the text around it is not.
    """
    return f"{description}\n{reason}" if description else reason


# ---- several rows behind one alert


def single_value(rows: Sequence[Row], column: str) -> str:
    """The text that a column gives to a name, description, severity or other single value.

    The first row's. (The documented limit of 50 values for an overridden field is read as
    speaking of collections: tactics, techniques, links.)
    """
    return cell_text(rows[0].get(column)) if rows else ""


def collected_values(
    rows: Iterable[Row], column: str, limit: int, separator: str | None = ","
) -> tuple[str, ...]:
    """The items that a column gives to a collection: of all rows, distinct, in their order."""
    items = (item for row in rows for item in list_items(row.get(column), separator))
    return distinct(items)[:limit]


def list_items(cell: object, separator: str | None = ",") -> tuple[str, ...]:
    """A cell as a list: a dynamic array, JSON text of one, or names separated by commas.

    ``separator`` is None for texts (links, remediation steps) that may hold a comma themselves.
    """
    if isinstance(cell, str):
        text = cell.strip()
        if not text.startswith("["):
            parts = text.split(separator) if separator else [text]
            return tuple(part.strip() for part in parts if part.strip())
        try:
            cell = json.loads(text)
        except ValueError:
            return (text,)
    if isinstance(cell, list | tuple):
        return tuple(cell_text(item) for item in cell)
    return (cell_text(cell),) if cell is not None else ()


def detail_values(rows: Iterable[Row], column: str, limit: int) -> tuple[str, ...]:
    """The values of a custom detail: of all rows, distinct, not empty, in their order."""
    return distinct(cell_text(row.get(column)) for row in rows)[:limit]


def fit_details(
    details: Mapping[str, tuple[str, ...]], max_bytes: int
) -> dict[str, tuple[str, ...]]:
    """The custom details that fit into ``max_bytes`` of compact JSON, in the rule's order.

    The first that does not fit is dropped with every one after it. A detail without values is
    left out.
    """
    kept: dict[str, tuple[str, ...]] = {}
    for name, values in details.items():
        if not values:
            continue
        text = json.dumps({**kept, name: values}, ensure_ascii=False, separators=(",", ":"))
        if len(text.encode("utf-8", errors="surrogatepass")) > max_bytes:
            break
        kept[name] = values
    return kept


# ---- values that a column gives


def valid_value(value: str, known: Collection[str]) -> str | None:
    """``value`` if it is one of ``known``, compared with case.

    A column that says "high" thus falls back to the rule's severity here, so that the author sees
    it before the service decides.
    """
    return value if value in known else None


def valid_items(items: tuple[str, ...], known: Collection[str]) -> tuple[str, ...] | None:
    """``items`` if there are any and all are known: one that is invalid reverts the whole list.

    "Values that don't match the field data type" revert to the rule's own (alert details),
    and of a list that is partly valid nothing is said.
    """
    return items if items and all(item in known for item in items) else None


# ---- alerts


#: The rows' column that bounds an alert in time: its least and greatest value are the start and
#: end; without it, or without a value in it, the run's window is.
EVENT_TIME_COLUMN = "TimeGenerated"


def is_built_in_account(name: str, built_in: Collection[str]) -> bool:
    """True for a generic account name in any case; the documented list is in capitals."""
    return name.upper() in built_in


# ---- incidents

#: An incident that a new alert reopens goes back to the queue, without its classification.
REOPENED_STATUS = "New"


def keys_match(ours: object, theirs: object) -> bool:
    """True if two alerts belong together by their grouping keys.

    Compared with case; two empty keys (alerts without entities under "all entities match") are
    alike like any other two.
    """
    return ours == theirs


# ---- automation rules


def condition_holds(found: Collection[str], operator: str, wanted: Collection[str]) -> bool:
    """Whether a condition of an automation rule holds for the values that an incident has.

    Compared without case. One wanted value that fits one found is enough; a negated operator holds
    if none fits, so also for an incident that has nothing of the kind.
    """
    negated = operator.startswith("Not")
    test = operator.removeprefix("Not")
    values = [value.casefold() for value in found]
    return negated != any(_fits(value, test, one.casefold()) for value in values for one in wanted)


def _fits(value: str, test: str, wanted: str) -> bool:
    match test:
        case "Equals":
            return value == wanted
        case "Contains":
            return wanted in value
        case "StartsWith":
            return value.startswith(wanted)
        case _:
            return value.endswith(wanted)


#: How a condition's values call who updated an incident. The page lists the sources in words; how
#: the API spells them is not published.
UPDATED_BY_APPLICATION = "Application"
UPDATED_BY_GROUPING = "AlertGrouping"
UPDATED_BY_RULE = "AutomationRule"


def place_of_automation(order: int, name: str) -> tuple[int, str]:
    """Where an automation rule stands among others: of two with one order the name decides.

    Each sees the incident as those before it left it. That rules for updates run after all those
    for the creation, in an order of their own, is documented.
    """
    return order, name.casefold()


def may_run_again(rule: str, spent: Collection[str]) -> bool:
    """Whether a rule may run after those in ``spent`` ran for the same change: not if it is one.

    That rules wake rules is documented (a condition asks whether a rule made the change), and not
    what keeps two of them from waking each other for ever.
    """
    return rule not in spent


# ---- custom detections of Defender XDR


def look_back_before(scheduled: datetime, length: timedelta) -> TimeWindow:
    """What a custom detection's run sees of every table: the look-back of its frequency.

    The documentation says both that a run checks the data of the look-back and that results from
    outside are ignored. If it is only the results, a join reaches further back than here.
    """
    return TimeWindow(scheduled - length, scheduled)


#: A custom detection's run executes at the time that it is scheduled for; of no delay is spoken.
CUSTOM_DETECTION_DELAY = timedelta()


def is_repeated(ours: object, theirs: object) -> bool:
    """True if two alerts are one: the same entities, custom details and dynamic texts.

    Compared with case; a value that is missing in both is the same. Read as speaking of a run, and
    of the runs before whose events this one looks at again: a rule that runs hourly over four hours
    would tell of everything four times.
    """
    return ours == theirs
