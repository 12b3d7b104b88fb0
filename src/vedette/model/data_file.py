"""Files that a YAML file names: events of a case, rows of a watchlist.

The trap: the name is somebody's input. ``../../.ssh/id_rsa`` must not be read, and a name with a
backslash or in the wrong case works on the author's machine and nowhere else.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from vedette.finding import Finding, did_you_mean
from vedette.model.text import decode
from vedette.source import Location


def find_data_file(
    name: str, beside: PurePosixPath, root: Path, at: Location
) -> tuple[PurePosixPath | None, list[Finding]]:
    """The path, relative to ``root``, of the file that ``beside`` calls ``name``.

    ``name`` is relative to the folder of ``beside``; findings stand at ``at``, where it is written.
    """
    if "\\" in name or not name or PurePosixPath(name).is_absolute() or name[1:2] == ":":
        message = f"'{name}' is not a relative path with forward slashes"
        hint = "name the file relative to this one"
        return None, [Finding(at, "bad-path", message, hint)]
    # Lexically first: a link would make a/../b something else than b, and on Windows never.
    parts: list[str] = list(beside.parent.parts)
    for part in PurePosixPath(name).parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            return None, [_outside(name, at)]
    path = PurePosixPath(*parts)
    try:
        if not (root / path).resolve().is_relative_to(root.resolve()):
            return None, [_outside(name, at)]
        folder = root / path.parent
        names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
        # The listing, not is_file alone, since some file systems forgive a wrong case.
        if path.name in names and (root / path).is_file():
            return path, []
    except (OSError, ValueError, RuntimeError):
        # What no file system can hold (a NUL, 300 characters), or a link that leads to itself.
        names = []
    message = f"there is no file '{path}'"
    return None, [Finding(at, "missing-file", message, did_you_mean(path.name, names))]


def read_data_file(root: Path, path: PurePosixPath) -> tuple[str | None, list[Finding]]:
    """The file's text, ``\\n`` line ends and no byte order mark; None with a finding in it.

    There is no bound on the size, as for YAML: bulk events are what these files are for.
    """
    try:
        raw = (root / path).read_bytes()
    except OSError as error:
        message = f"the file cannot be read: {error.strerror or type(error).__name__}"
        return None, [Finding(Location(path), "unreadable-file", message)]
    return decode(raw, path, limit=None)


def _outside(name: str, at: Location) -> Finding:
    message = f"'{name}' leaves the repository"
    return Finding(at, "path-outside-repository", message, "keep the file beside this one")
