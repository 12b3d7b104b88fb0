"""Digests of what a lint depends on: the files' content, and the tool itself.

The trap: in an installation that people develop in, the version stays and the code changes. The
tool is known by the size and time of every file of it, and of those that it takes its tables,
parsers and compiler from.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

from vedette import __version__

#: What lint gets from others: a package, and a file of it that changes with its version.
_ELSEWHERE = (
    ("sigma", "pipelines/azuremonitor/tables.py"),
    ("sigma", "pipelines/microsoftxdr/tables.py"),
    ("jsonschema", "__init__.py"),
    ("py_mini_racer", "__about__.py"),
    ("yaml", "__init__.py"),
)


class Inputs:
    """The digests of a repository's files, each file read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._digests: dict[str, str] = {}

    def digest(self, path: PurePosixPath | str) -> str:
        """What tells one content of the file from another; empty if it cannot be read."""
        name = str(path)
        if name not in self._digests:
            try:
                content = (self._root / name).read_bytes()
            except (OSError, ValueError):
                self._digests[name] = ""
            else:
                self._digests[name] = hashlib.blake2b(content, digest_size=20).hexdigest()
        return self._digests[name]


def key_of(*parts: object) -> str:
    """The name of an entry that depends on ``parts`` (JSON values) and on the tool."""
    text = json.dumps([tool(), *parts], separators=(",", ":"))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


@cache
def tool() -> str:
    """What tells this Vedette, with what it is built on, from any other."""
    parts: list[object] = [__version__, sys.version]
    package = Path(__file__).parents[2]
    parts += sorted(_stamps(str(package)))
    for name, file in _ELSEWHERE:
        spec = importlib.util.find_spec(name)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            path = Path(folder, file)
            if path.is_file():
                status = path.stat()
                parts.append((name, file, status.st_size, status.st_mtime_ns))
    return hashlib.blake2b(repr(parts).encode(), digest_size=20).hexdigest()


def _stamps(folder: str) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _stamps(entry.path)
            else:
                status = entry.stat()
                yield entry.path, status.st_size, status.st_mtime_ns
