"""What is wrong with a value, and what to do: one short sentence for each keyword of JSON Schema.

The trap: values come from somebody's file. A message shows at most forty characters of one, on
one line; the file itself is one click away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from vedette.finding import did_you_mean
from vedette.schema.shapes import EXPECTS, HINT, MESSAGE, Schema
from vedette.source import ValuePath

_MAX_SHOWN = 40

#: More than this many choices are no help in a hint.
_MAX_LISTED = 8

_TYPE_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "empty",
}


@dataclass(frozen=True, slots=True)
class Slip:
    """A value that fails a keyword of its schema; ``path`` ends in the key that it is about.

    ``written`` is the value as it stands in the file, None for lists and mappings.
    """

    keyword: str
    path: ValuePath
    value: object
    limit: object
    schema: Schema
    written: str | None = None


def message_of(slip: Slip) -> str:
    """What is wrong, without a full stop."""
    own = _annotation(slip, MESSAGE)
    if own is not None:
        return own.format(name=name_of(slip.path), value=_shown(slip.value))
    return _MESSAGES.get(slip.keyword, _wrong_form)(slip)


def hint_of(slip: Slip) -> str:
    """What to do, empty if the message says it."""
    own = _annotation(slip, HINT)
    if own is not None:
        return own
    if slip.keyword == "enum":
        known = [str(each) for each in choices(slip)]
        close = did_you_mean(str(slip.value), known)
        return close or (f"one of {', '.join(known)}" if len(known) <= _MAX_LISTED else "")
    if slip.keyword == "additionalProperties":
        return did_you_mean(str(slip.path[-1]), known_keys(slip.schema))
    if slip.keyword == "type" and slip.written and _quotes_would_do(slip):
        return f'put it in quotes: "{slip.written}"'
    return ""


def name_of(path: ValuePath) -> str:
    """``severity``; ``tactics[2]`` for a list's third item; ``the file`` for the root."""
    if not path:
        return "the file"
    if isinstance(path[-1], int) and len(path) > 1:
        return f"{path[-2]}[{path[-1]}]"
    return str(path[-1])


def choices(slip: Slip) -> list[object]:
    """The values that an enum allows, without the null of an optional one."""
    return [each for each in _sequence(slip.limit) if each is not None]


def same_but_for_case(slip: Slip) -> str | None:
    """The allowed value that differs from the given one in case only, or None."""
    given = str(slip.value).casefold()
    return next((str(each) for each in choices(slip) if str(each).casefold() == given), None)


def known_keys(schema: Schema) -> list[str]:
    """The keys that a mapping may have."""
    properties = schema.get("properties")
    return [str(key) for key in properties] if isinstance(properties, dict) else []


def _annotation(slip: Slip, name: str) -> str | None:
    annotation = slip.schema.get(name)
    text = annotation.get(slip.keyword) if isinstance(annotation, dict) else None
    return text if isinstance(text, str) else None


def _types(slip: Slip) -> list[str]:
    given = slip.schema.get("type")
    return [given] if isinstance(given, str) else [str(each) for each in _sequence(given)]


def _quotes_would_do(slip: Slip) -> bool:
    """Whether the same characters as text would be right: ``1.10`` for a name, not for a GUID."""
    if "string" not in _types(slip) or not isinstance(slip.value, bool | int | float):
        return False
    pattern = slip.schema.get("pattern")
    matches = not isinstance(pattern, str) or re.search(pattern, slip.written or "")
    return bool(matches) and "enum" not in slip.schema


def _sequence(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else []


def _shown(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"


def _type_of(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "text" if isinstance(value, str) else "a number"


def _wrong_type(slip: Slip) -> str:
    wanted = [_TYPE_WORDS.get(each, each) for each in _types(slip) if each != "null"]
    expected = slip.schema.get(EXPECTS)
    what = str(expected) if isinstance(expected, str) else " or ".join(wanted)
    if slip.value is None:
        return f"'{name_of(slip.path)}' is empty; it has to be {what}"
    is_number = isinstance(slip.value, int | float) and not isinstance(slip.value, bool)
    given = f"the number {slip.written}" if is_number else _type_of(slip.value)
    return f"'{name_of(slip.path)}' has to be {what}, not {given}"


def _unexpected(slip: Slip) -> str:
    expected = slip.schema.get(EXPECTS) or f"a value that '{name_of(slip.path)}' can have"
    return f"'{_shown(slip.value)}' is not {expected}"


def _missing(slip: Slip) -> str:
    return f"the key '{slip.path[-1]}' is missing"


def _unknown_key(slip: Slip) -> str:
    return f"unknown key '{_shown(slip.path[-1])}'"


def _empty(slip: Slip) -> str:
    return f"'{name_of(slip.path)}' is empty"


def _too_long(slip: Slip) -> str:
    length = utf16_length(str(slip.value))
    return f"'{_shown_name(slip)}' has {length:,} characters; the limit is {slip.limit:,}"


def _shown_name(slip: Slip) -> str:
    return _shown(name_of(slip.path))


def _too_many(slip: Slip) -> str:
    count = len(slip.value) if isinstance(slip.value, list | dict) else 0
    return f"'{name_of(slip.path)}' has {count} entries; the limit is {slip.limit}"


def _too_few(slip: Slip) -> str:
    count = len(slip.value) if isinstance(slip.value, list | dict) else 0
    if count == 0:
        return _empty(slip)
    return f"'{name_of(slip.path)}' has {count} entries; it needs at least {slip.limit}"


def _out_of_range(slip: Slip) -> str:
    lowest, highest = slip.schema.get("minimum"), slip.schema.get("maximum")
    if lowest is not None and highest is not None:
        bounds = f"from {lowest:,} to {highest:,}"
    elif lowest is not None:
        bounds = f"at least {lowest:,}"
    else:
        bounds = f"at most {highest:,}"
    return f"'{name_of(slip.path)}' is {_shown(slip.value)}; it has to be {bounds}"


def _duplicate(slip: Slip) -> str:
    return f"'{name_of(slip.path)}' names the same value twice"


def _wrong_form(slip: Slip) -> str:
    return f"'{name_of(slip.path)}' does not have the form that it needs"


def utf16_length(text: str) -> int:
    """The length as the service counts it: an emoji is two of .NET's characters."""
    return len(text) + sum(character > "\uffff" for character in text)


_MESSAGES: dict[str, Callable[[Slip], str]] = {
    "type": _wrong_type,
    "enum": _unexpected,
    "const": _unexpected,
    "pattern": _unexpected,
    "required": _missing,
    "additionalProperties": _unknown_key,
    "minLength": _empty,
    "maxLength": _too_long,
    "minItems": _too_few,
    "maxItems": _too_many,
    "minProperties": _too_few,
    "maxProperties": _too_many,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
    "exclusiveMinimum": _out_of_range,
    "exclusiveMaximum": _out_of_range,
    "uniqueItems": _duplicate,
}
