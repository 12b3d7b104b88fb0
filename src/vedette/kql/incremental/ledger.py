"""The file in which a repository's lint is remembered: one read, and one write if it has changed.

The trap: it may be deleted, truncated or written by two processes at any time, and must then cost
time and never a wrong answer. Every entry's key is a digest of all that the entry depends on; the
file's name only says whose entries they are.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import zlib
from pathlib import Path

#: Entries that a run did not ask for are kept for another branch, up to this many.
_SPARE = 4000


class Ledger:
    """Entries by key; those that were asked for or put are the last to be dropped."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._entries: dict[str, object] = _load(file) if file is not None else {}
        self._used: dict[str, object] = {}
        self._changed = False

    def get(self, key: str) -> object | None:
        """The entry under ``key``, None if there is none."""
        entry = self._entries.get(key)
        if entry is not None:
            self._used[key] = entry
        return entry

    def put(self, key: str, entry: object) -> None:
        """Remember a JSON value."""
        self._used[key] = entry
        self._changed = True

    def save(self) -> None:
        """Write the file if there is news; a folder that cannot be written to only costs time."""
        if self._file is None or not self._changed:
            return
        spare = [item for item in self._entries.items() if item[0] not in self._used]
        kept = {**dict(spare[-_SPARE:]), **self._used}
        content = zlib.compress(json.dumps(kept, separators=(",", ":")).encode("utf-8"), 1)
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self._file.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                Path(temporary).replace(self._file)
            except OSError:
                Path(temporary).unlink(missing_ok=True)


def _load(file: Path) -> dict[str, object]:
    try:
        entries = json.loads(zlib.decompress(file.read_bytes()))
    except (OSError, ValueError, RecursionError, zlib.error):
        return {}
    return entries if isinstance(entries, dict) else {}
