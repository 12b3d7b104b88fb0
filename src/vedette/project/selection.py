"""Which detections a command line asks for.

The trap: a misspelt path that selects nothing would make ``vedette test`` green on nothing, so a
path that matches no file of the repository is a usage error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from vedette.errors import UsageError
from vedette.project.discovery import Pair, SourceFile


def select_pairs(root: Path, files: Sequence[SourceFile], paths: Iterable[Path]) -> frozenset[Pair]:
    """The detections that ``paths`` name, each by its file, its case file or a folder above it.

    Paths that are not absolute are relative to the current folder, as on any command line. Without
    paths everything is selected. A file of another kind (a function, an environment) selects none.

    Raises:
        UsageError: a path is outside of the repository, or nothing that Vedette reads is there.
    """
    asked = [_inside(root, path) for path in paths]
    if not asked:
        return frozenset(file.pair for file in files if file.is_evidence)
    selected: set[Pair] = set()
    for path, original in zip(asked, paths, strict=True):
        matched = [file for file in files if file.path.is_relative_to(path)]
        if not matched:
            raise UsageError(_nothing_there(root, path, original))
        selected.update(file.pair for file in matched if file.is_evidence)
    return frozenset(selected)


def _inside(root: Path, path: Path) -> PurePosixPath:
    try:
        return PurePosixPath(path.resolve().relative_to(root.resolve()).as_posix())
    except ValueError:
        raise UsageError(f"{path} is outside of the repository {root}") from None


def _nothing_there(root: Path, path: PurePosixPath, original: Path) -> str:
    if not (root / path).exists():
        return f"{original}: no such file or folder"
    if (root / path).is_dir():
        return f"{original}: no detections in this folder"
    return f"{original}: not a file of detections (they are .yaml files under detections/)"
