"""Says in plain words why a YAML parser gave up, at the character that has to be changed.

The trap: libyaml and PyYAML's own parser word the same error differently, and both point at where
they noticed it: for a quote that is never closed that is the end of the file.
"""

from __future__ import annotations

from pathlib import PurePosixPath

import yaml

from vedette.finding import Finding
from vedette.model.text import position_of
from vedette.source import Location

_NO_START = "cannot start any token"
_TAB = "a tab character where an indentation"
_NO_NAME = "alphabetic or numeric character"
_NO_END = "unexpected end of stream"
_NESTED = "maximum nesting depth"

#: A part of the parser's problem → what it means to the author.
_PLAIN_WORDS = {
    "mapping values are not allowed": (
        "a ': ' stands where no key can be",
        "quote the text, or put it into a block below '|'",
    ),
    "unknown escape": ("an unknown escape in double quotes", "double the backslash: '\\\\'"),
    "undefined tag handle": ("an unknown tag", "quote the text if it begins with '!'"),
}


def explain(error: yaml.MarkedYAMLError, text: str, path: PurePosixPath) -> Finding:
    """The parser's error as a finding."""
    problem, context = error.problem or "the text is not YAML", error.context or ""
    # libyaml reports what is missing at the end on a line that does not exist.
    at = min(_index(error.problem_mark, _index(error.context_mark, 0)), len(text))
    start = min(_index(error.context_mark, at), len(text))
    if _NO_START in problem or _TAB in problem:
        return _no_start(text, at, path)
    if _NO_NAME in problem:
        # An anchor or an alias without a name: its sign was not meant as one.
        return _no_start(text, start, path)
    if _NO_END in problem:
        return _bad(text, start, path, "the quote that opens here is never closed", "close it")
    if _NESTED in problem:
        place = Location(path, *position_of(text, at))
        return Finding(place, "too-deep", "brackets are nested too deep")
    for part, (message, hint) in _PLAIN_WORDS.items():
        if part in problem:
            return _bad(text, at, path, message, hint)
    if "flow" in context and start < at:
        bracket = "]" if "sequence" in context else "}"
        line, column = position_of(text, start)
        message = f"expected ',' or '{bracket}' for what opens at {line}:{column}"
        return _bad(text, at, path, message)
    message = f"{context}, {problem}" if context else problem
    return _bad(text, at, path, message, "check the indentation above")


def _index(mark: yaml.Mark | None, default: int) -> int:
    return default if mark is None else mark.index


def _bad(text: str, at: int, path: PurePosixPath, message: str, hint: str = "") -> Finding:
    return Finding(Location(path, *position_of(text, at)), "bad-yaml", message, hint)


def _no_start(text: str, at: int, path: PurePosixPath) -> Finding:
    character = text[at : at + 1]
    if character == "\t":
        place = Location(path, *position_of(text, at))
        return Finding(place, "tab-indent", "a tab cannot indent YAML", "indent with spaces")
    message = f"a plain value cannot begin with '{character}'"
    return _bad(text, at, path, message, "put the value in quotes")
