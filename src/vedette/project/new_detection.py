"""Adds a detection with its cases to a repository.

The trap: nothing that is there may be overwritten, not even by a second process in the same moment,
and a file without its other half must not be left behind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from uuid import UUID

from vedette.errors import UsageError
from vedette.finding import did_you_mean
from vedette.model.detection import Kind
from vedette.project.discovery import DETECTIONS, FUNCTIONS, WATCHLISTS
from vedette.project.scaffold import NAME_PATTERN, Scaffold, scaffold, title_of
from vedette.project.starters import Starter, starter_for
from vedette.project.types import Project
from vedette.schema.types import TableSchema


def add_detection(
    project: Project,
    name: str,
    kind: Kind,
    *,
    table: str,
    folder: str | None,
    identity: UUID,
    tables: Mapping[str, TableSchema],
) -> Scaffold:
    """Write the detection ``name`` and its cases to ``project.root``; returns what was written.

    ``folder`` is below ``detections``; None for the one that suits the table. ``tables`` are those
    that a query may read.

    Raises:
        UsageError: the name is no name or is taken, the folder or the table cannot be used, or a
            file is in the way.
    """
    _check_name(name)
    starter = _starter(table, tables)
    place = _folder(folder or starter.folder)
    new = scaffold(name, kind, starter, identity=identity, folder=place)
    for path in (new.detection, new.cases):
        if (project.root / path).exists():
            raise UsageError(f"{path} is there already; nothing was written")
    _check_free(project, name, kind)
    _write(project.root, {new.detection: new.detection_text, new.cases: new.cases_text})
    return new


def _check_name(name: str) -> None:
    if NAME_PATTERN.fullmatch(name):
        return
    fitting = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
    hint = f"; did you mean '{fitting}'?" if fitting else ""
    raise UsageError(f"'{name}' is not a name in lower case and dashes{hint}")


def _starter(table: str, tables: Mapping[str, TableSchema]) -> Starter:
    schema = tables.get(table)
    if schema is None:
        hint = did_you_mean(table, tables)
        own = "a table of your own needs a file in schemas/tables"
        raise UsageError(f"there is no table '{table}' ({hint or own})")
    starter = starter_for(schema)
    if starter is None:
        raise UsageError(f"the table '{table}' has no text column that a first query could ask for")
    return starter


def _folder(folder: str) -> PurePosixPath:
    path = PurePosixPath(folder.replace("\\", "/").strip("/"))
    if path.is_relative_to(DETECTIONS):
        path = path.relative_to(DETECTIONS)
    if not path.parts or any(not re.fullmatch(r"\w[\w-]*", part) for part in path.parts):
        raise UsageError(f"'{folder}' is not a folder below {DETECTIONS}/")
    if any((DETECTIONS / path).is_relative_to(kept) for kept in (FUNCTIONS, WATCHLISTS)):
        raise UsageError(f"{DETECTIONS / path} is for what detections share, not for detections")
    return path


def _check_free(project: Project, name: str, kind: Kind) -> None:
    for detection in project.detections:
        path = detection.source.path
        if path.stem.casefold() == name:
            raise UsageError(f"the name '{name}' is taken by {path}")
        is_rule = detection.is_rule and kind is not Kind.HUNTING
        if is_rule and detection.name.strip().casefold() == title_of(name).casefold():
            raise UsageError(f"the rule name '{detection.name}' is taken by {path}")


def _write(root: Path, files: Mapping[PurePosixPath, str]) -> None:
    written: list[Path] = []
    try:
        for path, text in files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8", newline="\n") as stream:
                written.append(file)
                stream.write(text)
    except OSError as error:
        for file in written:
            file.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error
