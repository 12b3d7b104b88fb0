"""JSONL text into events: one JSON object a line.

The trap: Python's json takes NaN and a second key of the same name without a word, and splits
nothing itself: ``str.splitlines`` would cut a line at a U+2028 inside of a string.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from vedette.finding import Finding
from vedette.source import Location


@dataclass(frozen=True, slots=True)
class JsonLines:
    """The objects of the file and the line of each."""

    rows: tuple[Mapping[str, object], ...]
    lines: tuple[int, ...]


class _DuplicateKeyError(ValueError):
    """An object names a key twice."""


def parse_jsonl(text: str, path: PurePosixPath) -> tuple[JsonLines, list[Finding]]:
    """The objects in ``text`` (``\\n`` line ends); blank lines are skipped.

    A line that is no JSON object is a finding and is left out.
    """
    findings: list[Finding] = []
    rows: list[Mapping[str, object]] = []
    lines: list[int] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        value = _parse_line(line, Location(path, number))
        if isinstance(value, Finding):
            findings.append(value)
        else:
            rows.append(value)
            lines.append(number)
    return JsonLines(tuple(rows), tuple(lines)), findings


def _parse_line(line: str, at: Location) -> Mapping[str, object] | Finding:
    try:
        value = json.loads(line, object_pairs_hook=_pairs, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        place = Location(at.path, at.line, error.pos + 1)
        hint = "write one JSON object on each line"
        return Finding(place, "bad-jsonl", f"not JSON: {error.msg}", hint)
    except _DuplicateKeyError as error:
        return Finding(at, "duplicate-key", str(error), "keep one of the two")
    except ValueError as error:
        return Finding(at, "bad-jsonl", f"not JSON: {error}")
    except RecursionError:
        return Finding(at, "bad-jsonl", "the value is nested too deeply")
    if not isinstance(value, dict):
        message = f"the line holds {_name_of(value)}, not an object"
        return Finding(at, "bad-jsonl", message, "write one JSON object on each line")
    return value


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    data = dict(pairs)
    if len(data) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise _DuplicateKeyError(f"the key '{twice}' stands twice in one object")
    return data


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON value")


def _name_of(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    return "a string" if isinstance(value, str) else "an array"
