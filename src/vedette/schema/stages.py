"""Which tables are in preview and which are retired, from a file of the package.

The trap: both are true on a day and by a page, and a year later neither is. Source and date stand
beside each name in ``stages.yaml``, and a message says the date.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

from vedette.errors import ToolError
from vedette.model.yaml import parse


@dataclass(frozen=True, slots=True)
class Preview:
    """Who says that a table is in preview, and when (YYYY-MM-DD)."""

    source: str
    date: str


@dataclass(frozen=True, slots=True)
class Retirement:
    """What became of a table, what took its place, and who says so, when (YYYY-MM-DD)."""

    fate: str
    successor: str
    source: str
    date: str


@cache
def previews() -> Mapping[str, Preview]:
    """The tables in preview, by name."""
    return {
        str(table): Preview(str(page["source"]), str(page["date"]))
        for page in _entries("preview")
        for table in page["tables"]
    }


@cache
def retirements() -> Mapping[str, Retirement]:
    """The tables that get no rows any more, by name."""
    keys = ("fate", "successor", "source", "date")
    return {
        str(each["table"]): Retirement(*(str(each[key]) for key in keys))
        for each in _entries("retired")
    }


def _entries(name: str) -> Iterator[Any]:
    text = (files("vedette.schema") / "stages.yaml").read_text(encoding="utf-8")
    document, findings = parse(text, PurePosixPath("vedette/schema/stages.yaml"))
    if document is None or findings or not isinstance(document.data, dict):
        raise ToolError(f"vedette/schema/stages.yaml cannot be read: {findings}")
    yield from document.data[name]
