"""Writes what a verb was asked to put into a file."""

from __future__ import annotations

from pathlib import Path

from vedette.errors import UsageError


def write_text(file: Path, text: str) -> None:
    """Write ``text`` as it is, and the folders above it.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror or error}") from error
