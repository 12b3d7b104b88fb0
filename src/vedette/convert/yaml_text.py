"""Writes plain data as YAML in the style of hand-written detections.

The trap: what is written has to be read back as the very same value, by our parser and by those of
YAML 1.1 that other tools use: ``no`` is a country to one and false to the other. So text is plain
only where nobody could take it for anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from vedette.model import limits

#: A word, then words: nothing that is an indicator, a number or a date to any YAML parser.
_WORDS = re.compile(r"[^\W\d_][\w.,@()/+&;%=-]*(?: [\w.,@(/+;%=][\w.,@()/+&;%=-]*)*")

#: Text that begins with a digit and is no number all the same. ``12:30:00`` is one in YAML 1.1.
_CODES = re.compile(f"{limits.GUID_PATTERN}|{limits.VERSION_PATTERN}|[0-9]+[mhd]")

#: What some parser takes for true, false or nothing.
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})

#: What a block cannot hold: only double quotes have escapes for it.
_ESCAPED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
_SHORT_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}

#: Longer text on one line is put into a block, where it reads better.
_BLOCK_FROM = 90


def mapping_text(values: Mapping[str, object], indent: int = 0) -> str:
    """``values`` as a block mapping; keys keep their order, and every line ends with ``\\n``."""
    return "".join(f"{line}\n" for line in _mapping(values, " " * indent))


def value_lines(value: object, indent: int) -> tuple[str, tuple[str, ...]]:
    """What stands behind ``key:`` on its line (with its space), and the lines below it.

    ``indent`` is that of the key; text in a block keeps its final line end or its lack of one.
    """
    pad = " " * indent
    if isinstance(value, Mapping):
        return (" {}", ()) if not value else ("", tuple(_mapping(value, pad + "  ")))
    if isinstance(value, str):
        return _text(value, pad)
    if isinstance(value, Sequence):
        return (" []", ()) if not value else ("", tuple(_sequence(value, pad + "  ")))
    return f" {scalar(value)}", ()


def item_lines(value: object, indent: int) -> tuple[str, ...]:
    """``value`` as an item of a block list whose dashes stand at ``indent``."""
    return tuple(_item(value, " " * indent))


def scalar(value: object) -> str:
    """``value`` on one line: plain, in single quotes, or in double quotes if it needs escapes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    if _is_plain(value):
        return value
    if _ESCAPED.search(value) or "\n" in value or "\t" in value:
        return double_quoted(value)
    return "'" + value.replace("'", "''") + "'"


def flow(value: object) -> str:
    """``value`` on one line whatever it is: ``[a, b]``, ``{key: value}``, or a scalar."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_inside(key)}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(map(flow, value)) + "]"
    return _inside(value)


def _inside(value: object) -> str:
    """A scalar between brackets, where a comma ends it."""
    text = scalar(value)
    if isinstance(value, str) and text == value and set(text) & set(",[]{}"):
        return f"'{text}'"
    return text


def fits_block(value: str) -> bool:
    """True if a block can hold the text: it shows something, and nothing in it needs an escape."""
    return bool(value.strip(" \n")) and not _ESCAPED.search(value)


def double_quoted(value: str) -> str:
    """``value`` in double quotes; whatever no editor shows is an escape."""
    text = re.sub(r'[\\"\n\t\r]', lambda found: _SHORT_ESCAPES[found[0]], value)
    return '"' + _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + '"'


def _is_plain(value: str) -> bool:
    if value.casefold() in _RESERVED:
        return False
    return _WORDS.fullmatch(value) is not None or _CODES.fullmatch(value) is not None


def _mapping(values: Mapping[str, object], pad: str) -> Iterator[str]:
    for key, value in values.items():
        head, below = value_lines(value, len(pad))
        yield f"{pad}{scalar(key)}:{head}"
        yield from below


def _sequence(values: Sequence[object], pad: str) -> Iterator[str]:
    for value in values:
        yield from _item(value, pad)


def _item(value: object, pad: str) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        lines = list(_mapping(value, pad + "  "))
        yield f"{pad}- {lines[0].lstrip()}"
        yield from lines[1:]
    elif isinstance(value, Sequence) and value and not isinstance(value, str):
        yield f"{pad}- {flow(value)}"
    else:
        head, below = value_lines(value, len(pad))
        yield f"{pad}-{head}"
        yield from below


def _text(value: str, pad: str) -> tuple[str, tuple[str, ...]]:
    """Text behind a key: a block if it has several lines or is long, and can be one."""
    is_long = "\n" in value or len(value) > _BLOCK_FROM
    if not is_long or not fits_block(value):
        return f" {scalar(value)}", ()
    body, ends = value.rstrip("\n"), len(value) - len(value.rstrip("\n"))
    # Without an indicator a parser measures the first line that is not blank.
    indicator = "2" if body.split("\n", 1)[0][:1] in {"", " ", "\t"} else ""
    chomping = "-" if ends == 0 else "" if ends == 1 else "+"
    lines = body.split("\n") + [""] * max(ends - 1, 0)
    return f" |{indicator}{chomping}", tuple(f"{pad}  {line}" if line else "" for line in lines)
