"""Which events of a table a page shows: a time range, values of columns, a word.

The trap: a value in an address is text, whatever its column holds. One that is no number, time or
GUID where the column wants one is a problem to tell, never a query that means something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID

from vedette.schema.types import Column, TableSchema
from vedette.workspace.iso8601 import parse_time
from vedette.workspace.pages.address import addressed
from vedette.workspace.pages.kql_text import equals, name_text, text_literal
from vedette.workspace.pages.time_range import TimeRange

#: Before a column's name in an address: no column can be mistaken for another argument.
PREFIX = "is."


@dataclass(frozen=True, slots=True)
class EventFilter:
    """``values``: columns and the texts that they must have; ``word`` must be anywhere."""

    table: TableSchema
    range: TimeRange
    values: tuple[tuple[str, str], ...] = ()
    word: str = ""
    problems: tuple[str, ...] = ()

    @property
    def query(self) -> str:
        """The same as a query, without the time range."""
        lines = [name_text(self.table.name)]
        if self.word:
            lines.append(f"search {text_literal(self.word)}")
        lines += [f"where {condition}" for condition in self._conditions()]
        return "\n| ".join(lines)

    def address(self, *, page: int = 1) -> str:
        """Where these events are shown."""
        return self._address(self.values, page)

    def with_value(self, column: str, text: str) -> str:
        """Where only those of them are shown that have a value too."""
        return self._address((*self._without(column), (column, text)))

    def without_value(self, column: str) -> str:
        """Where they are shown whatever a column has."""
        return self._address(self._without(column))

    def without_word(self) -> str:
        """Where they are shown whatever words they have."""
        return self._address(self.values, word="")

    def _without(self, column: str) -> tuple[tuple[str, str], ...]:
        return tuple(pair for pair in self.values if pair[0] != column)

    def _address(
        self, values: tuple[tuple[str, str], ...], page: int = 1, word: str | None = None
    ) -> str:
        arguments = [
            *self.range.arguments,
            ("word", self.word if word is None else word),
            *((PREFIX + name, text or EMPTY) for name, text in values),
            ("page", str(page) if page > 1 else ""),
        ]
        return addressed(("events", self.table.name), arguments)

    def _conditions(self) -> Iterator[str]:
        for name, text in self.values:
            column = self.table.column(name)
            if column is not None:
                yield equals(name, column.type, typed(column, text))


#: What stands for "no value" in an address, where an empty argument is one that was not filled in.
EMPTY = "(empty)"


def event_filter(table: TableSchema, range_: TimeRange, given: Mapping[str, str]) -> EventFilter:
    """Read a filter from an address; ``column`` and ``value`` are the form's own pair."""
    pairs = {
        name.removeprefix(PREFIX): text
        for name, text in given.items()
        if name.startswith(PREFIX) and text
    }
    if given.get("column"):
        pairs[given["column"]] = given.get("value", "").strip() or EMPTY
    problems = [range_.problem] if range_.problem else []
    values = []
    for name, text in pairs.items():
        column = table.column(name)
        if column is None:
            problems.append(f"{table.name} has no column '{name}'.")
            continue
        text = "" if text == EMPTY else text
        try:
            typed(column, text)
        except ValueError:
            problems.append(f"'{text}' is not a value of {name}, which is of type {column.type}.")
            continue
        values.append((name, text))
    word = given.get("word", "").strip()
    return EventFilter(table, range_, tuple(values), word, tuple(problems))


def typed(column: Column, text: str) -> object:
    """A text as a value of its column; None for the empty text; ValueError if it is none."""
    if not text:
        return None
    match column.type:
        case "int" | "long":
            return int(text)
        case "real":
            return float(text)
        case "decimal":
            try:
                return Decimal(text)
            except InvalidOperation as error:
                raise ValueError(text) from error
        case "bool":
            if text.lower() not in ("true", "false"):
                raise ValueError(text)
            return text.lower() == "true"
        case "datetime":
            return parse_time(text)
        case "guid":
            return UUID(text)
    return text
