"""What a check is, and where the checks are found.

The trap: a check is found by its file. Its id, its case file and its place in the documentation
follow from the file's name, so nothing is registered, and nothing can be registered wrongly.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

import vedette.kql.checks
from vedette.finding import Finding, Level
from vedette.kql.bound import BoundQuery, Node
from vedette.kql.checks.subject.subject import Subject
from vedette.model.detection import Detection
from vedette.schema.catalogue import Catalogue
from vedette.source import ValuePath

_EXAMPLES = re.compile(r"\n\n(?=Bad:\n|Good:\n)")


@dataclass(frozen=True, slots=True)
class Remark:
    """What a check has to say: about a node of the query, or about the value at a path."""

    at: Node | ValuePath
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One check: ``bad`` and ``good`` are KQL, with keys of the rule in comments at their head."""

    id: str
    level: Level
    summary: str
    why: str
    bad: str
    good: str
    examine: Callable[[Subject], Iterable[Remark]]

    def run(self, subject: Subject) -> list[Finding]:
        """The remarks as findings at their place in the file, each once."""
        source = subject.detection.source
        findings = set()
        for remark in self.examine(subject):
            if isinstance(remark.at, Node):
                place = source.locate_in(("query",), remark.at.start)
            else:
                place = source.locate(remark.at)
            findings.add(Finding(place, self.id, remark.message, remark.hint, self.level))
        return sorted(findings)


@cache
def all_checks() -> tuple[Check, ...]:
    """Every check, by id."""
    names = sorted(
        each.name
        for each in pkgutil.iter_modules(vedette.kql.checks.__path__)
        if not each.ispkg and each.name != __name__.rpartition(".")[2]
    )
    return tuple(_load(name) for name in names)


def run_checks(detection: Detection, bound: BoundQuery, catalogue: Catalogue) -> list[Finding]:
    """What the checks say about a detection; nothing where its query has errors or no table."""
    if not bound.ok or not bound.tabular or bound.tree is None:
        return []
    subject = Subject(detection, bound, catalogue)
    return sorted(finding for check in all_checks() for finding in check.run(subject))


def _load(name: str) -> Check:
    module = importlib.import_module(f"{vedette.kql.checks.__name__}.{name}")
    text = inspect.cleandoc(module.check.__doc__ or "")
    about, *examples = _EXAMPLES.split(text)
    summary, _, why = about.partition("\n\n")
    shown = {
        head: inspect.cleandoc(body) for head, _, body in (e.partition(":\n") for e in examples)
    }
    return Check(
        id=name.replace("_", "-"),
        level=module.LEVEL,
        summary=" ".join(summary.split()),
        why=why.strip(),
        bad=shown.get("Bad", "").strip("\n"),
        good=shown.get("Good", "").strip("\n"),
        examine=module.check,
    )
