"""Tables of a live workspace as table files: what it has that Vedette does not know.

The trap: an answer that breaks off half-way looks like a workspace with few tables. What is no
whole description is an error, and nothing that is missing in it is ever taken away here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from vedette.errors import ServiceError
from vedette.schema.load_table import TIME_COLUMN
from vedette.schema.stock import scalar_type
from vedette.schema.types import Column, TableSchema

#: The first line of a file that a pull wrote and may write again.
MARK = "# Written by 'vedette schema pull'; the next pull writes it again."

_NAME = re.compile(r"[A-Za-z_]\w*")

#: Results of a search job or a restore: they come and go, and no rule reads them.
_PASSING = ("_SRCH", "_RST")


@dataclass(frozen=True, slots=True)
class Remote:
    """A workspace's tables by name, its functions' names, and ``notes`` on what was left out."""

    tables: Mapping[str, TableSchema]
    functions: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PulledTable:
    """A table to write: in full, or (``extends``) the columns that a known one has as well."""

    name: str
    columns: tuple[Column, ...]
    extends: bool

    def render(self, source: str, date: str) -> str:
        """The table file; ``date`` is ISO 8601."""
        lines = [
            "# yaml-language-server: $schema=../table.schema.json",
            MARK,
            f"name: {_scalar(self.name)}",
            "product: sentinel",
            *(["extends: true"] if self.extends else []),
            f"source: {source}",
            f"date: {date}",
            "columns:",
            *(f"  - {{name: {_scalar(each.name)}, type: {each.type}}}" for each in self.columns),
        ]
        return "\n".join(lines) + "\n"


def _scalar(name: str) -> str:
    # Plain, these are no texts.
    return f'"{name}"' if name.lower() in {"true", "false", "null"} else name


def read_metadata(answer: object) -> Remote:
    """The JSON of the Logs metadata API, checked.

    Raises:
        ServiceError: it is no whole description of a workspace.
    """
    tables = answer.get("tables") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(tables, list) or not tables:
        raise ServiceError("the workspace describes no tables")
    if "error" in answer:
        raise ServiceError("the workspace describes itself only in part")
    found: dict[str, TableSchema] = {}
    notes: list[str] = []
    for each in tables:
        table, left_out = _table(each)
        notes += left_out
        if table is not None:
            found[table.name] = table
    functions = answer.get("functions") or ()
    names = {str(each["name"]) for each in functions if isinstance(each, dict) and each.get("name")}
    return Remote(found, tuple(sorted(names)), tuple(notes))


def differences(remote: Remote, known: Mapping[str, TableSchema]) -> Iterator[PulledTable]:
    """What the workspace has beyond ``known``, by name; columns that only ``known`` has stay."""
    for name, table in sorted(remote.tables.items()):
        if name not in known:
            yield PulledTable(name, table.columns, extends=False)
            continue
        types = {column.name: column.type for column in known[name].columns}
        news = tuple(column for column in table.columns if types.get(column.name) != column.type)
        if news:
            yield PulledTable(name, news, extends=True)


def is_ours(text: str) -> bool:
    """True for a file that a pull wrote."""
    return MARK in text.splitlines()[:2]


def unchanged(text: str, table: PulledTable) -> bool:
    """True if the file says what ``table`` says, read at another time or from elsewhere."""
    said = [line for line in text.splitlines() if not line.startswith(("source: ", "date: "))]
    now = table.render("", "").splitlines()
    return said == [line for line in now if not line.startswith(("source: ", "date: "))]


def _table(value: object) -> tuple[TableSchema | None, list[str]]:
    """The table, and what of it is left out."""
    columns = value.get("columns") if isinstance(value, dict) else None
    name = str(value.get("name", "")) if isinstance(value, dict) else ""
    if not name or not isinstance(columns, list):
        raise ServiceError(f"the workspace describes the table '{name}' without its columns")
    if name.endswith(_PASSING):
        return None, []
    if not _NAME.fullmatch(name):
        return None, [f"{name}: left out, its name is none of KQL's"]
    table = TableSchema(name, tuple(_columns(name, columns)), "workspace")
    if table.column(TIME_COLUMN) is None:
        return None, [f"{name}: left out, it has no {TIME_COLUMN}"]
    return replace(table, columns=tuple(dict.fromkeys(table.columns))), []


def _columns(table: str, values: Iterable[object]) -> Iterator[Column]:
    for value in values:
        if not isinstance(value, dict) or not value.get("name"):
            raise ServiceError(f"the workspace describes a column of '{table}' without its name")
        name = str(value["name"])
        if _NAME.fullmatch(name):
            yield Column(name, scalar_type(str(value.get("type", ""))))
