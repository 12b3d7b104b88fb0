"""Values as HCL writes them.

The trap: a heredoc knows no escapes but two: ``${`` and ``%{`` begin a template even there, and are
text only with their first character doubled. Its last line break belongs to it, too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

#: What a heredoc cannot hold as it is: control characters, and line ends that it may change.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True, slots=True)
class Expression:
    """HCL that is written as it is: a reference."""

    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A block: its head (``resource "a" "b"``), its arguments, its blocks, in this order.

    Arguments that are None, an empty list or an empty mapping are left out.
    """

    head: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    blocks: tuple[Block, ...] = ()


def write_block(block: Block, pad: str = "") -> Iterator[str]:
    """The lines of a block, formatted as ``terraform fmt`` formats them."""
    arguments = {name: value for name, value in block.arguments.items() if not _is_empty(value)}
    yield f"{pad}{block.head} {{"
    for run in _runs(arguments.items()):
        width = max(len(name) for name, _ in run)
        for name, value in run:
            yield f"{pad}  {name.ljust(width)} = {value}"
    for inner in block.blocks:
        if arguments or inner is not block.blocks[0]:
            yield ""
        yield from write_block(inner, f"{pad}  ")
    yield f"{pad}}}"


def _runs(arguments: Iterable[tuple[str, object]]) -> Iterator[list[tuple[str, str]]]:
    """Arguments whose ``=`` are aligned: those of several lines stand alone."""
    run: list[tuple[str, str]] = []
    for name, value in arguments:
        written = expression(value)
        if "\n" in written:
            if run:
                yield run
            yield [(name, written)]
            run = []
        else:
            run.append((name, written))
    if run:
        yield run


def expression(value: object) -> str:
    """``value`` as HCL; text of several lines is a heredoc."""
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        pairs = (f"{quoted(str(key))} = {_inline(one)}" for key, one in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_inline, value))}]"
    return str(value)


def _inline(value: object) -> str:
    """``value`` inside of a list or an object: on one line."""
    return quoted(value) if isinstance(value, str) else expression(value)


def text(value: str) -> str:
    """A string: a heredoc if it has several lines and no final line break, else in quotes."""
    if "\n" not in value or value.endswith("\n") or _HIDDEN.search(value):
        return quoted(value)
    word = "EOT"
    while any(line.strip() == word for line in value.split("\n")):
        word += "X"
    return f"chomp(<<{word}\n{_template(value)}\n{word}\n  )"


def quoted(value: str) -> str:
    """``value`` in double quotes."""
    escaped = re.sub(r'[\\"\n\r\t]', lambda found: _ESCAPES[found[0]], value)
    hidden = _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped)
    return f'"{_template(hidden)}"'


def is_kept(value: str) -> bool:
    """False for what Terraform does not keep: it normalises the characters of every string."""
    return unicodedata.is_normalized("NFC", value)


def _template(value: str) -> str:
    return value.replace("${", "$${").replace("%{", "%%{")


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, (list, tuple, Mapping)) and not value)
