"""Loads a repository: every file is read once, and everything wrong with any of them is collected.

The trap: a command that asks for one detection still has to know of all the others' ids and names,
but must not report their slips: somebody at work on one rule is not helped by those of forty.
"""

from __future__ import annotations

from collections.abc import (
    Callable,
    Collection,
    Container,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from vedette.finding import Finding, did_you_mean
from vedette.model.automation import AutomationRule
from vedette.model.case import CaseFile
from vedette.model.content import Watchlist, WorkspaceFunction
from vedette.model.detection import Detection
from vedette.model.document import Document
from vedette.model.environment import Environment
from vedette.model.load import load_detection
from vedette.model.load_automation import load_automation_rule
from vedette.model.load_case import load_cases
from vedette.model.load_content import load_function, load_watchlist
from vedette.model.load_environment import load_environment
from vedette.model.load_override import load_override_file
from vedette.model.override import OverrideFile
from vedette.model.shape import items, mapping
from vedette.model.text import decode
from vedette.model.yaml import parse
from vedette.project.completeness import check_cases, without_cases
from vedette.project.discovery import Pair, Role, SourceFile, find_files
from vedette.project.overrides import check_overrides
from vedette.project.references import unknown_detections
from vedette.project.selection import select_pairs
from vedette.project.types import Project
from vedette.project.uniqueness import (
    Claim,
    automation_claims,
    clashes,
    clashing_files,
    detection_claims,
    function_claims,
    table_claims,
    watchlist_claims,
)
from vedette.schema.load_table import load_table
from vedette.schema.types import TableDefinition
from vedette.schema.validate import validate
from vedette.source import Location

_T = TypeVar("_T")
_Loader = Callable[[Document], tuple[_T | None, list[Finding]]]


@dataclass(slots=True)
class Reading:
    """What could be loaded of some files, by file; ``findings`` of each file that was wanted."""

    detections: dict[SourceFile, Detection] = field(default_factory=dict)
    cases: dict[SourceFile, CaseFile] = field(default_factory=dict)
    functions: dict[SourceFile, WorkspaceFunction] = field(default_factory=dict)
    watchlists: dict[SourceFile, Watchlist] = field(default_factory=dict)
    automation: dict[SourceFile, AutomationRule] = field(default_factory=dict)
    tables: dict[SourceFile, TableDefinition] = field(default_factory=dict)
    environments: dict[SourceFile, Environment] = field(default_factory=dict)
    overrides: dict[SourceFile, OverrideFile] = field(default_factory=dict)
    findings: dict[SourceFile, list[Finding]] = field(default_factory=dict)

    def claims(self) -> Iterator[Claim]:
        """What the files want to be alone with."""
        for detection in self.detections.values():
            yield from detection_claims(detection)
        for function in self.functions.values():
            yield from function_claims(function)
        for watchlist in self.watchlists.values():
            yield from watchlist_claims(watchlist)
        for rule in self.automation.values():
            yield from automation_claims(rule)
        for file, table in self.tables.items():
            yield from table_claims(file, table)


def load_project(root: Path, paths: Sequence[Path] = ()) -> Project:
    """The repository at ``root``; ``paths`` select detections (see ``selection``).

    Raises:
        UsageError: a path matches nothing, or a folder cannot be listed.
    """
    files = find_files(root)
    chosen = select_pairs(root, files, paths)
    wanted = wanted_files(files, chosen)
    # Every detection, for its id and name; the cases of the others are nobody's business.
    reading = read_files(root, files, wanted)
    found = [finding for each in reading.findings.values() for finding in each]
    found += across_files(files, wanted, reading.claims(), reading.automation.values())
    found += check_overrides(
        reading.detections.values(), reading.environments.values(), reading.overrides.values()
    )
    return project_of(root, reading, wanted, found)


def wanted_files(files: Iterable[SourceFile], chosen: Container[Pair]) -> frozenset[SourceFile]:
    """Those whose slips are reported: chosen detections with their cases, and what is shared."""
    return frozenset(file for file in files if not file.is_evidence or file.pair in chosen)


def read_files(root: Path, files: Iterable[SourceFile], wanted: Collection[SourceFile]) -> Reading:
    """Read ``files``: each once, cases only where they are ``wanted``."""
    reader = _Reader(root, wanted)
    files = [file for file in files if file.role is not Role.CASES or file in wanted]
    reading = Reading(
        detections=reader.load_all(files, Role.DETECTION, load_detection),
        cases=reader.load_all(files, Role.CASES, partial(load_cases, root=root)),
        functions=reader.load_all(files, Role.FUNCTION, load_function),
        watchlists=reader.load_all(files, Role.WATCHLIST, partial(load_watchlist, root=root)),
        automation=reader.load_all(files, Role.AUTOMATION, load_automation_rule),
        tables=reader.load_all(files, Role.TABLE, load_table),
        environments=reader.load_all(files, Role.ENVIRONMENT, load_environment),
        overrides=reader.load_all(files, Role.OVERRIDES, load_override_file),
        findings=reader.findings,
    )
    evidence = _pair_up(files)
    for file, found in _incomplete(reading, evidence, wanted):
        reading.findings.setdefault(file, []).append(found)
    return reading


def across_files(
    files: Sequence[SourceFile],
    wanted: Collection[SourceFile],
    claims: Iterable[Claim],
    automation: Iterable[AutomationRule] = (),
) -> list[Finding]:
    """What no file alone tells: clashes that a wanted file is part of, cases without detection,
    automation rules for detections that are not there.
    """
    paths = {file.path for file in wanted}
    found = [*clashing_files(files), *clashes(claims)]
    return [
        *(clash.finding for clash in found if clash.paths & paths),
        *_orphans(wanted, files),
        *unknown_detections(automation, files),
    ]


def project_of(
    root: Path,
    reading: Reading,
    wanted: Collection[SourceFile],
    findings: Iterable[Finding],
) -> Project:
    """The project that was read; of several owners of a name the first has it."""
    evidence = _pair_up([*reading.detections, *reading.cases])
    return Project(
        root=root,
        detections=tuple(reading.detections.values()),
        selected=tuple(found for file, found in reading.detections.items() if file in wanted),
        cases={file.path: reading.cases[own] for file, own in evidence.items()},
        functions=_first_of_each((each.alias, each) for each in reading.functions.values()),
        watchlists=_first_of_each((each.alias, each) for each in reading.watchlists.values()),
        automation=tuple(reading.automation.values()),
        tables=tuple(reading.tables.values()),
        environments=_first_of_each((each.name, each) for each in reading.environments.values()),
        overrides=tuple(reading.overrides.values()),
        findings=tuple(sorted(set(findings))),
    )


class _Reader:
    """Turns files into objects; ``findings`` says what is wrong with those that are wanted."""

    def __init__(self, root: Path, wanted: Collection[SourceFile]) -> None:
        self._root = root
        self._wanted = wanted
        self.findings: dict[SourceFile, list[Finding]] = {}

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
                    self.findings[file] = findings
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
    reading: Reading,
    evidence: Mapping[SourceFile, SourceFile],
    wanted: Collection[SourceFile],
) -> Iterator[tuple[SourceFile, Finding]]:
    """What the wanted detections lack in cases."""
    functions = _first_of_each((each.alias, each) for each in reading.functions.values())
    for file, detection in reading.detections.items():
        own = evidence.get(file)
        if file in wanted and own is None:
            yield file, without_cases(detection)
        elif file in wanted and own in reading.cases and _is_whole(reading.cases[own]):
            for found in check_cases(detection, reading.cases[own], functions):
                yield file, found


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
