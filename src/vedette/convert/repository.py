"""The repository's files by what they deploy, and the writing of what a pull makes.

The trap: a file that cannot be read may be the very one of a resource that comes in; it would be
written a second time under another name. So one unreadable file stops everything.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from vedette.convert.pull import Existing, Pulled
from vedette.deploy.payload import resources_of
from vedette.deploy.resource import Key, ResourceKind
from vedette.errors import UsageError
from vedette.finding import Finding
from vedette.project import Project
from vedette.project.discovery import Role, find_files
from vedette.source import Location

_ROLES = frozenset({Role.DETECTION, Role.FUNCTION, Role.WATCHLIST})


def unreadable(project: Project) -> list[Finding]:
    """What is wrong with the files from which nothing could be loaded; none if all could."""
    loaded = {each.source.path for each in project.detections}
    loaded |= {each.source.path for each in project.functions.values()}
    loaded |= {each.source.path for each in project.watchlists.values()}
    lost = [
        file.path
        for file in find_files(project.root)
        if file.role in _ROLES and file.path not in loaded
    ]
    findings: list[Finding] = []
    for path in lost:
        own = [each for each in project.findings if each.location.path == path]
        message = "nothing could be loaded from this file"
        findings += own or [Finding(Location(path), "unreadable-file", message)]
    return findings


def existing_files(project: Project) -> dict[Key, Existing]:
    """Every file that deploys something, by the identity of that.

    Raises:
        UsageError: a file cannot be read any more.
    """
    resources = resources_of(
        project.detections, project.functions.values(), project.watchlists.values()
    )
    found = {}
    for resource in resources:
        csv = None
        if resource.kind is ResourceKind.WATCHLIST:
            path = _csv_path(project, resource.id)
            csv = (path, _read(project.root / path))
        raw = _read(project.root / resource.path)
        found[resource.key] = Existing(resource.path, raw, resource, csv)
    return found


def taken_stems(project: Project) -> set[str]:
    """The stems of all files of the repository."""
    return {file.stem for file in find_files(project.root)}


def write_pulled(root: Path, pulled: Iterable[Pulled]) -> None:
    """Write every file of ``pulled``, each as a whole or not at all; nothing is ever removed.

    Raises:
        UsageError: a file cannot be written.
    """
    for one in pulled:
        for path, text in one.files.items():
            write_text(root / path, text)


def write_text(file: Path, text: str) -> None:
    """Replace ``file`` by ``text``, whose line ends stay as they are.

    Raises:
        UsageError: it cannot be written.
    """
    temporary = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".", suffix=".new")
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode("utf-8"))
        if file.exists():
            Path(temporary).chmod(file.stat().st_mode & 0o777)
        else:
            Path(temporary).chmod(0o644)
        Path(temporary).replace(file)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise UsageError(f"{file}: cannot be written: {error.strerror or error}") from error


def _csv_path(project: Project, alias: str) -> PurePosixPath:
    document = project.watchlists[alias].source
    data: Mapping[str, object] = document.data if isinstance(document.data, dict) else {}
    name = data.get("file") or f"{document.path.stem}.csv"
    return PurePosixPath(os.path.normpath(document.path.parent / str(name)).replace("\\", "/"))


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: cannot be read: {error}") from error
