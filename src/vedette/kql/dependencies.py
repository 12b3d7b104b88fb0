"""What needs what: the tables, functions and watchlists behind each detection and function.

The trap: what a query needs through a function counts as the query's own need, or the order of a
deployment and the reach of a change would be told too small.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from vedette.kql.binder import Binder
from vedette.kql.bound import BoundQuery
from vedette.kql.check import NEEDED
from vedette.project import Project
from vedette.schema.catalogue import Catalogue

_QUOTED = re.compile(r"'([^']+)'")


@dataclass(frozen=True, slots=True, order=True)
class Missing:
    """Something that is needed and that nobody defines; ``kind`` is what it could be."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What one detection or function needs, through functions too; all names are sorted.

    ``name`` is a detection's file stem or a function's alias, ``path`` its file.
    """

    name: str
    kind: str
    path: str
    tables: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    watchlists: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()

    def all(self) -> tuple[str, ...]:
        """Every name that is needed, the missing ones too."""
        missing = (each.name for each in self.missing)
        return (*self.tables, *self.functions, *self.watchlists, *missing)


def dependencies(project: Project, catalogue: Catalogue, binder: Binder) -> list[Needs]:
    """The needs of every function, then of the selected detections; each in the order of names."""
    found = []
    for alias, function in sorted(project.functions.items()):
        text = f"let {alias} = ({function.parameters}) {{\n{function.query}\n}};\nprint 1"
        bound = binder.bind(text, catalogue)
        found.append(_needs(alias, "function", str(function.source.path), bound))
    for detection in sorted(project.selected, key=lambda each: each.source.path):
        path = detection.source.path
        kind = "rule" if detection.is_rule else "hunting query"
        bound = binder.bind(detection.query, catalogue)
        found.append(_needs(path.stem, kind, str(path), bound))
    return found


def dependents(needs: Iterable[Needs], name: str) -> list[Needs]:
    """Those that need ``name``, directly or through a function."""
    return [each for each in needs if name in each.all()]


def _needs(name: str, kind: str, path: str, bound: BoundQuery) -> Needs:
    missing = {
        Missing(quoted[1], NEEDED[diagnostic.code])
        for diagnostic in bound.diagnostics
        if diagnostic.code in NEEDED and (quoted := _QUOTED.search(diagnostic.message))
    }
    return Needs(
        name,
        kind,
        path,
        tuple(sorted(bound.tables)),
        tuple(sorted(bound.functions)),
        tuple(sorted(bound.watchlists)),
        tuple(sorted(missing)),
    )
