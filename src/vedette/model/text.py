"""Turns the bytes of a text file into a string, or says in a finding why they cannot be read.

The trap: every later position counts code points and ``\\n`` lines, so the byte order mark and the
carriage returns have to go here, before anything is counted.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from vedette.finding import Finding
from vedette.source import Location

#: A detection is a few kilobytes; beyond this a file is data and belongs in a .jsonl or .csv.
MAX_BYTES = 4 * 1024 * 1024

#: What YAML forbids (control characters, lone surrogates, non-characters), and the three line
#: breaks of YAML 1.1 (NEL, LS, PS) that no editor shows as one: they would shift every line number.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)

#: A file with this many bad characters is not text; ten places are enough to say so.
_MAX_NAMED = 10

_BOM = "\ufeff"
_FOREIGN_MARKS = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


def decode(
    raw: bytes, path: PurePosixPath, *, limit: int | None = MAX_BYTES
) -> tuple[str | None, list[Finding]]:
    """``raw`` as text; None with a finding for anything but UTF-8, with or without a mark.

    ``limit`` is in bytes; None for data files, which may have any size.
    """
    if limit is not None and len(raw) > limit:
        finding = Finding(
            Location(path),
            "file-too-large",
            f"the file is larger than {limit // 1024 // 1024} MB",
            "keep bulk events in a .jsonl or .csv file that the case names",
        )
        return None, [finding]
    for mark, encoding in _FOREIGN_MARKS:
        if raw.startswith(mark):
            message = f"the file is encoded as {encoding}"
            return None, [Finding(Location(path), "bad-encoding", message, "save it as UTF-8")]
    try:
        return normalise(raw.decode("utf-8")), []
    except UnicodeDecodeError as error:
        before = normalise(raw[: error.start].decode("utf-8"))
        message = f"the byte 0x{raw[error.start]:02X} is not valid UTF-8"
        place = Location(path, *position_of(before, len(before)))
        return None, [Finding(place, "bad-encoding", message, "save the file as UTF-8")]


def normalise(text: str) -> str:
    """``text`` without its byte order mark and with ``\\n`` for every line end."""
    return text.removeprefix(_BOM).replace("\r\n", "\n").replace("\r", "\n")


def position_of(text: str, index: int) -> tuple[int, int]:
    """Line and column (both from 1, in code points) of the character at ``index``."""
    start = text.rfind("\n", 0, index) + 1
    return text.count("\n", 0, index) + 1, index - start + 1


def forbidden_characters(text: str, path: PurePosixPath) -> list[Finding]:
    """A finding for each character that YAML does not allow, at most ten."""
    findings: list[Finding] = []
    for match in _FORBIDDEN.finditer(text):
        findings.append(
            Finding(
                Location(path, *position_of(text, match.start())),
                "bad-character",
                f"the invisible character U+{ord(match[0]):04X} is not allowed in YAML",
                "delete it, or write it as an escape in double quotes",
            )
        )
        if len(findings) == _MAX_NAMED:
            break
    return findings
