"""What the compiler has answered before, on disk: binding a query again takes a file's reading.

The trap: an entry that is wrong makes a broken rule green. So an entry's name is a digest of all
that its answer depends on (the query, the definitions that it may use, the compiler and the script
that asks it), an entry that cannot be read counts as none, and the folder is the user's own, never
the repository's, where a pull request could bring one along.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import zlib
from functools import cache
from importlib.resources import files
from pathlib import Path

from vedette import __version__


class AnswerCache:
    """A folder of answers, which may be deleted at any time, and shared between processes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> object | None:
        """The answer that was kept under ``key``; None if there is none that can be read."""
        try:
            answer: object = json.loads(zlib.decompress(self._path(key).read_bytes()))
        except (OSError, ValueError, zlib.error):
            return None
        return answer

    def put(self, key: str, answer: object) -> None:
        """Keep ``answer``; a folder that cannot be written to only makes the next run slower."""
        path = self._path(key)
        content = zlib.compress(json.dumps(answer, separators=(",", ":")).encode("utf-8"), 1)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            # A name of its own first: a reader never sees half an entry, whoever else writes it.
            handle, temporary = tempfile.mkstemp(dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                Path(temporary).replace(path)
            except OSError:
                Path(temporary).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key[2:]


def digest(*parts: object) -> str:
    """A name for an answer that depends on ``parts`` (JSON values) and on the compiler."""
    text = json.dumps([_compiler(), *parts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _compiler() -> list[str]:
    """What tells one compiler, with its script and this version, from another."""
    folder = files("vedette.kql")
    content = [folder / "binder.js", folder / "_kusto" / "bundle.json"]
    digests = [
        hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "" for file in content
    ]
    return [__version__, *digests]
