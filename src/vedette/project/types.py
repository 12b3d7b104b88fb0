"""What a repository of detections holds, as the parts after loading see it.

The trap: ``detections`` is everything and ``selected`` what the command line asks for; a verb that
works on the wrong one either ignores its argument or misses a duplicate id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from vedette.finding import Finding
from vedette.model.automation import AutomationRule
from vedette.model.case import CaseFile
from vedette.model.content import Watchlist, WorkspaceFunction
from vedette.model.detection import Detection
from vedette.model.environment import Environment
from vedette.model.override import OverrideFile
from vedette.schema.types import TableDefinition


@dataclass(frozen=True, slots=True)
class Project:
    """A repository, read at once; only what could be read is in it, the rest is in ``findings``.

    ``cases`` has the selected detections' case files, by the path of the detection; ``functions``
    and ``watchlists`` are by alias, ``environments`` by file stem. ``overrides``
    are those that several environments share. ``tables`` holds the repository's own definitions in
    the order in which they apply. ``findings`` are sorted; those of detections that are not
    selected are left out. Paths are relative to ``root``.
    """

    root: Path
    detections: tuple[Detection, ...] = ()
    selected: tuple[Detection, ...] = ()
    cases: Mapping[PurePosixPath, CaseFile] = field(default_factory=dict)
    functions: Mapping[str, WorkspaceFunction] = field(default_factory=dict)
    watchlists: Mapping[str, Watchlist] = field(default_factory=dict)
    automation: tuple[AutomationRule, ...] = ()
    tables: tuple[TableDefinition, ...] = ()
    environments: Mapping[str, Environment] = field(default_factory=dict)
    overrides: tuple[OverrideFile, ...] = ()
    findings: tuple[Finding, ...] = ()
