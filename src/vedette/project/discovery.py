"""Finds a repository's root and its files.

The trap: an uppercase suffix or a folder that cannot be read must not make a detection disappear
in silence. What counts as a file of ours is decided here and nowhere else: every ``.yaml`` and
``.yml`` that is not hidden and not behind a linked folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from vedette.errors import UsageError

DETECTIONS = PurePosixPath("detections")
FUNCTIONS = DETECTIONS / "shared" / "functions"
WATCHLISTS = DETECTIONS / "shared" / "watchlists"
AUTOMATION = DETECTIONS / "shared" / "automation"
TABLES = PurePosixPath("schemas/tables")
ENVIRONMENTS = PurePosixPath("environments")
OVERRIDES = ENVIRONMENTS / "overrides"

#: Folder and stem: what a detection and its cases have in common.
Pair = tuple[PurePosixPath, str]

_CASES = ".cases"
_SUFFIXES = frozenset({".yaml", ".yml"})


class Role(StrEnum):
    """What a file is, which its place and its name say."""

    DETECTION = "detection"
    CASES = "cases"
    FUNCTION = "function"
    WATCHLIST = "watchlist"
    AUTOMATION = "automation"
    TABLE = "table"
    ENVIRONMENT = "environment"
    OVERRIDES = "overrides"


#: Whatever lies in these folders, by their parts; an inner one before the one that it lies in.
_PLACES = tuple(
    (folder.parts, role)
    for folder, role in (
        (TABLES, Role.TABLE),
        (OVERRIDES, Role.OVERRIDES),
        (ENVIRONMENTS, Role.ENVIRONMENT),
        (FUNCTIONS, Role.FUNCTION),
        (WATCHLISTS, Role.WATCHLIST),
        (AUTOMATION, Role.AUTOMATION),
    )
)


@dataclass(frozen=True, slots=True, order=True)
class SourceFile:
    """A YAML file of the repository, its path relative to the root."""

    path: PurePosixPath
    role: Role

    @property
    def stem(self) -> str:
        """The name without its suffix, and without ``.cases``."""
        stem = self.path.stem
        return stem[: -len(_CASES)] if self.role is Role.CASES else stem

    @property
    def pair(self) -> Pair:
        """What the file is known by together with its cases, or with its detection."""
        return self.path.parent, self.stem

    @property
    def is_evidence(self) -> bool:
        """True for a detection and for its cases: what a command line can select."""
        return self.role in {Role.DETECTION, Role.CASES}


def find_root(start: Path) -> Path:
    """The nearest of ``start`` and its parents that has a ``detections`` folder.

    Raises:
        UsageError: there is none.
    """
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / DETECTIONS).is_dir():
            return folder
    raise UsageError(
        f"neither {start} nor a folder above it has a folder '{DETECTIONS}'"
        " (`vedette new NAME` makes one with a first detection)"
    )


def find_files(root: Path) -> tuple[SourceFile, ...]:
    """Every YAML file of the repository that Vedette reads, sorted by path.

    Raises:
        UsageError: a folder cannot be listed.
    """
    found = [
        SourceFile(path, _role_of(path))
        for folder in (DETECTIONS, TABLES, ENVIRONMENTS)
        if (root / folder).is_dir()
        for path in _yaml_files(root, folder)
    ]
    # By parts, as paths compare: a thousand of them are sorted in a tenth of the time.
    return tuple(sorted(found, key=lambda file: file.path.parts))


def _yaml_files(root: Path, folder: PurePosixPath) -> Iterator[PurePosixPath]:
    def refuse(error: OSError) -> None:
        raise UsageError(f"{error.filename}: cannot be listed: {error.strerror}") from error

    # os.walk, since it does not follow links to folders: a link to a parent would never end.
    for parent, folders, names in os.walk(root / folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        place = PurePosixPath(Path(parent).relative_to(root).as_posix())
        for name in names:
            if not name.startswith(".") and PurePosixPath(name).suffix.lower() in _SUFFIXES:
                yield place / name


def _role_of(path: PurePosixPath) -> Role:
    # By parts: asking a thousand paths whether they are below another takes a tenth of a second.
    for folder, role in _PLACES:
        if path.parts[: len(folder)] == folder:
            return role
    return Role.CASES if path.stem.lower().endswith(_CASES) else Role.DETECTION
