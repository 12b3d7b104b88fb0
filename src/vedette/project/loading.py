"""Loads a repository: every file is read once, and everything wrong with any of them is collected.

The trap: a command that asks for one detection still has to know of all the others' ids and names,
but must not report their slips: somebody at work on one rule is not helped by those of forty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from vedette.finding import Finding, did_you_mean
from vedette.model.case import CaseFile
from vedette.model.content import WorkspaceFunction
from vedette.model.detection import Detection
from vedette.model.document import Document
from vedette.model.load import load_detection
from vedette.model.load_case import load_cases
from vedette.model.load_content import load_function, load_watchlist
from vedette.model.load_environment import load_environment
from vedette.model.shape import items, mapping
from vedette.model.text import decode
from vedette.model.yaml import parse
from vedette.project import uniqueness
from vedette.project.completeness import check_cases, without_cases
from vedette.project.discovery import Role, SourceFile, find_files
from vedette.project.selection import select_pairs
from vedette.project.types import Project
from vedette.schema.load_table import load_table
from vedette.schema.validate import validate
from vedette.source import Location

_T = TypeVar("_T")
_Loader = Callable[[Document], tuple[_T | None, list[Finding]]]


def load_project(root: Path, paths: Sequence[Path] = ()) -> Project:
    """The repository at ``root``; ``paths`` select detections (see ``selection``).

    Raises:
        UsageError: a path matches nothing, or a folder cannot be listed.
    """
    files = find_files(root)
    chosen = select_pairs(root, files, paths)
    wanted = [file for file in files if not file.is_evidence or file.pair in chosen]
    reader = _Reader(root, frozenset(wanted))
    detections = reader.load_all(files, Role.DETECTION, load_detection)
    cases = reader.load_all(wanted, Role.CASES, partial(load_cases, root=root))
    functions = reader.load_all(files, Role.FUNCTION, load_function)
    watchlists = reader.load_all(files, Role.WATCHLIST, partial(load_watchlist, root=root))
    tables = reader.load_all(files, Role.TABLE, load_table)
    environments = reader.load_all(files, Role.ENVIRONMENT, load_environment)
    clashes = [
        *uniqueness.clashing_files(files),
        *uniqueness.clashing_ids(detections.values(), functions.values()),
        *uniqueness.clashing_names(detections.values()),
        *uniqueness.clashing_aliases("function", functions.values()),
        *uniqueness.clashing_aliases("watchlist", watchlists.values()),
        *uniqueness.clashing_tables(tables),
    ]
    by_alias = _first_of_each((each.alias, each) for each in functions.values())
    evidence = _pair_up(wanted)
    findings = [
        *reader.findings,
        *(clash.finding for clash in clashes if clash.paths & {file.path for file in wanted}),
        *_orphans(wanted, files),
        *_incomplete(detections, cases, evidence, by_alias, frozenset(wanted)),
    ]
    return Project(
        root=root,
        detections=tuple(detections.values()),
        selected=tuple(found for file, found in detections.items() if file.pair in chosen),
        cases={file.path: cases[own] for file, own in evidence.items() if own in cases},
        functions=by_alias,
        watchlists=_first_of_each((each.alias, each) for each in watchlists.values()),
        tables=tuple(tables.values()),
        environments=_first_of_each((each.name, each) for each in environments.values()),
        findings=tuple(sorted(set(findings))),
    )


class _Reader:
    """Turns files into objects; ``findings`` says what is wrong with those that are wanted."""

    def __init__(self, root: Path, wanted: frozenset[SourceFile]) -> None:
        self._root = root
        self._wanted = wanted
        self.findings: list[Finding] = []

    def load_all(
        self, files: Iterable[SourceFile], role: Role, loader: _Loader[_T]
    ) -> dict[SourceFile, _T]:
        """What could be loaded of the files of ``role``, in their order."""
        loaded: dict[SourceFile, _T] = {}
        for file in files:
            if file.role is role:
                value, findings = self._load(file, loader)
                if value is not None:
                    loaded[file] = value
                if file in self._wanted:
                    self.findings += findings
        return loaded

    def _load(self, file: SourceFile, loader: _Loader[_T]) -> tuple[_T | None, list[Finding]]:
        document, findings = self._read(file)
        if document is None:
            return None, findings
        # Half of the time of loading a detection; its findings would be thrown away.
        structure = validate(document, file.role) if file in self._wanted else []
        value, meaning = loader(document)
        return value, [*findings, *structure, *meaning]

    def _read(self, file: SourceFile) -> tuple[Document | None, list[Finding]]:
        try:
            raw = (self._root / file.path).read_bytes()
        except OSError as error:
            message = f"the file cannot be read: {error.strerror or type(error).__name__}"
            return None, [Finding(Location(file.path), "unreadable-file", message)]
        text, findings = decode(raw, file.path)
        return (None, findings) if text is None else parse(text, file.path)


def _first_of_each(pairs: Iterable[tuple[str, _T]]) -> dict[str, _T]:
    """A mapping in which the first of several owners of a name has it."""
    owners: dict[str, _T] = {}
    for name, owner in pairs:
        owners.setdefault(name, owner)
    return owners


def _pair_up(files: Sequence[SourceFile]) -> dict[SourceFile, SourceFile]:
    """The case file of each detection's file that has one."""
    cases = {file.pair: file for file in reversed(files) if file.role is Role.CASES}
    return {
        file: cases[file.pair]
        for file in files
        if file.role is Role.DETECTION and file.pair in cases
    }


def _incomplete(
    detections: Mapping[SourceFile, Detection],
    cases: Mapping[SourceFile, CaseFile],
    evidence: Mapping[SourceFile, SourceFile],
    functions: Mapping[str, WorkspaceFunction],
    wanted: frozenset[SourceFile],
) -> list[Finding]:
    """What the wanted detections lack in cases."""
    findings: list[Finding] = []
    for file, detection in detections.items():
        own = evidence.get(file)
        if file in wanted and own is None:
            findings.append(without_cases(detection))
        elif file in wanted and own is not None and own in cases and _is_whole(cases[own]):
            findings += check_cases(detection, cases[own], functions)
    return findings


def _orphans(wanted: Iterable[SourceFile], files: Iterable[SourceFile]) -> list[Finding]:
    """A finding for each wanted case file without a detection beside it."""
    detections = {file.pair for file in files if file.role is Role.DETECTION}
    findings: list[Finding] = []
    for file in wanted:
        if file.role is Role.CASES and file.pair not in detections:
            stems = [stem for folder, stem in detections if folder == file.path.parent]
            message = f"there is no detection '{file.stem}' beside these cases"
            hint = did_you_mean(file.stem, stems)
            findings.append(Finding(Location(file.path), "cases-without-detection", message, hint))
    return findings


def _is_whole(cases: CaseFile) -> bool:
    """False if a case had to be left out: it may be the very one that would seem to be missing."""
    return len(cases.cases) == len(items(mapping(cases.source.data).get("cases")))
