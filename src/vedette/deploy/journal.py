"""The journal of a workspace: what was about to be written, and what became of it, line by line.

Each line holds the hash of the one before it, so that a line that was changed, or taken out, breaks
the chain; how a cut end is noticed is in ``lease``. The trap: a record that is made after the
fact is missing just where it is needed. An intent is on the disk before its request goes out, its
outcome after; a process that is killed between them leaves an intent without an outcome, which is
what ``--resume`` looks for.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from vedette.deploy.plan import Target
from vedette.errors import ToolError
from vedette.model.product import Product

FILE = "journal.jsonl"

#: What the first line names as the hash of the one before.
GENESIS = hashlib.sha256(b"vedette journal").hexdigest()

_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
_CHAIN = ("seq", "prev", "at", "kind", "hash")


class LineKind(StrEnum):
    """What a line tells."""

    BEGIN = "begin"
    RESUME = "resume"
    INTENT = "intent"
    OUTCOME = "outcome"
    END = "end"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its number from 1, the hash before it, when it was written, and what it tells."""

    seq: int
    prev: str
    at: str
    kind: LineKind
    content: Mapping[str, object]
    hash: str

    def text(self, name: str) -> str:
        """A value of the content; empty if there is none."""
        value = self.content.get(name)
        return "" if value is None else str(value)

    @property
    def apply_id(self) -> str:
        """The apply that the line is part of."""
        return self.text("apply")


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a journal: so many lines, and the hash of the last. ``origin`` is the first's."""

    seq: int = 0
    hash: str = GENESIS
    origin: str = ""


class JournalError(ToolError):
    """The journal cannot be written on: it was changed, or is not one."""


def journal_folder(base: Path, target: Target, product: Product = Product.SENTINEL) -> Path:
    """Where the journal of a workspace is: one folder for each tenant, workspace and product."""
    place = f"{target.subscription}_{target.resource_group}_{target.workspace}".casefold()
    return base / target.tenant.casefold() / place / product.value


class Journal:
    """A journal that is being written; threads may append."""

    def __init__(self, folder: Path, lines: Iterable[Line] = ()) -> None:
        self._file = folder / FILE
        self._lock = threading.Lock()
        self.lines = list(lines)

    @classmethod
    def open(cls, folder: Path) -> Journal:
        """The journal in ``folder``, or a new one; a line that was cut off by a kill is dropped.

        Raises:
            JournalError: the chain is broken.
        """
        file = folder / FILE
        folder.mkdir(parents=True, exist_ok=True)
        data = file.read_bytes() if file.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        lines, problem = read_lines(whole.decode("utf-8", "replace"))
        if problem:
            raise JournalError(f"{file}: {problem}; see `vedette audit verify`")
        if whole != data:
            # Half a line was never a promise: what it spoke of had not been sent, or is looked at.
            with file.open("r+b") as handle:
                handle.truncate(len(whole))
        return cls(folder, lines)

    @property
    def head(self) -> Head:
        """Where the journal ends."""
        return head_of(self.lines)

    def append(self, kind: LineKind, at: datetime, content: Mapping[str, object]) -> Line:
        """Write a line, and be sure that it is on the disk before returning."""
        with self._lock:
            head = head_of(self.lines)
            line = _chained(head.seq + 1, head.hash, at, kind, content)
            self._write(render_line(line).encode("utf-8"))
            self.lines.append(line)
            return line

    def _write(self, data: bytes) -> None:
        with self._file.open("ab") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())


def head_of(lines: list[Line]) -> Head:
    """The end of these lines."""
    return Head(len(lines), lines[-1].hash, lines[0].hash) if lines else Head()


def render_line(line: Line) -> str:
    """The line as it stands in the file, its end included."""
    return _dump({**_open(line), "hash": line.hash}) + "\n"


def read_lines(text: str) -> tuple[list[Line], str]:
    """The lines of a journal up to the first that is wrong, and what is wrong with it, or empty."""
    lines: list[Line] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = _parse(raw)
        if line is None:
            return lines, f"line {number} is not a line of a journal"
        if line.hash != _hash(_open(line)):
            return lines, f"line {number} was changed"
        head = head_of(lines)
        if line.seq != head.seq + 1 or line.prev != head.hash:
            return lines, f"line {number} does not follow the one before it"
        lines.append(line)
    return lines, ""


def _chained(
    seq: int, prev: str, at: datetime, kind: LineKind, content: Mapping[str, object]
) -> Line:
    line = Line(seq, prev, f"{at.astimezone(UTC):{_TIME}}", kind, dict(content), "")
    return Line(seq, prev, line.at, kind, line.content, _hash(_open(line)))


def _open(line: Line) -> dict[str, object]:
    """The line without its own hash."""
    return {
        "seq": line.seq,
        "prev": line.prev,
        "at": line.at,
        "kind": line.kind.value,
        **line.content,
    }


def _hash(content: Mapping[str, object]) -> str:
    return hashlib.sha256(_dump(content).encode("utf-8")).hexdigest()


def _dump(content: Mapping[str, object]) -> str:
    return json.dumps(content, ensure_ascii=True, separators=(",", ":"))


def _parse(raw: str) -> Line | None:
    try:
        data = json.loads(raw)
        kind = LineKind(data["kind"])
        chain = [data[name] for name in ("prev", "at", "hash")]
        seq = data["seq"]
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(seq, int) or not all(isinstance(each, str) for each in chain):
        return None
    prev, at, own = chain
    content = {name: value for name, value in data.items() if name not in _CHAIN}
    return Line(seq, prev, at, kind, content, own)
