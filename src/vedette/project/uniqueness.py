"""What may be there only once in a repository: ids, names of rules, file names, aliases.

The trap: a clash has two places, and only one of them may be selected; it is reported at the second
and names the first, and is shown whenever either is asked for.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from vedette.finding import Finding
from vedette.model.automation import AutomationRule
from vedette.model.content import Watchlist, WorkspaceFunction
from vedette.model.detection import Detection
from vedette.project.discovery import Role, SourceFile
from vedette.schema.types import TableDefinition
from vedette.source import Location


class Unique(StrEnum):
    """What nothing else of its kind may have; the value names it in a message."""

    ID = "the id"
    NAME = "the rule name"
    FUNCTION = "the function alias"
    WATCHLIST = "the watchlist alias"
    TABLE = "the table"


#: For each: the finding's id and what to do.
_ADVICE = {
    Unique.ID: ("duplicate-id", "give the newer of the two a new id"),
    Unique.NAME: ("duplicate-name", "rename one of the two"),
    Unique.FUNCTION: ("duplicate-alias", "rename one of the two"),
    Unique.WATCHLIST: ("duplicate-alias", "rename one of the two"),
    Unique.TABLE: ("duplicate-table", "keep one, or extend it"),
}


@dataclass(frozen=True, slots=True)
class Clash:
    """A finding about two files; ``paths`` are both, the one that it stands in included."""

    finding: Finding
    paths: frozenset[PurePosixPath]


@dataclass(frozen=True, slots=True)
class Claim:
    """A file's claim to a value that nothing else may have; equal ``key`` is the same value."""

    what: Unique
    key: str
    shown: str
    at: Location


def detection_claims(detection: Detection) -> Iterator[Claim]:
    """The id and, of a rule, the display name, which has to be unique in a workspace.

    Assumed: that is without case (scheduled-rules-overview does not say). Two rules that differ in
    nothing else confuse people anyway.
    """
    source = detection.source
    yield Claim(Unique.ID, str(detection.id), str(detection.id), source.locate(("id",)))
    if detection.is_rule:
        key = detection.name.strip().casefold()
        yield Claim(Unique.NAME, key, detection.name, source.locate(("name",)))


def function_claims(function: WorkspaceFunction) -> Iterator[Claim]:
    """The id, for functions and hunting queries are one kind of resource, and the alias."""
    source = function.source
    yield Claim(Unique.ID, str(function.id), str(function.id), source.locate(("id",)))
    # Without case, as names of resources are compared.
    key = function.alias.casefold()
    yield Claim(Unique.FUNCTION, key, function.alias, source.locate(("alias",)))


def watchlist_claims(watchlist: Watchlist) -> Iterator[Claim]:
    """The alias, without case."""
    at = watchlist.source.locate(("alias",))
    yield Claim(Unique.WATCHLIST, watchlist.alias.casefold(), watchlist.alias, at)


def automation_claims(rule: AutomationRule) -> Iterator[Claim]:
    """The id; automation rules may share a name."""
    yield Claim(Unique.ID, str(rule.id), str(rule.id), rule.source.locate(("id",)))


def table_claims(file: SourceFile, table: TableDefinition) -> Iterator[Claim]:
    """A full definition of a table, for each product; additions may be several."""
    name = table.schema.name
    for product in () if table.extends else table.products:
        yield Claim(Unique.TABLE, f"{product}/{name}", name, Location(file.path))


def clashes(claims: Iterable[Claim]) -> list[Clash]:
    """Every claim to what a file before it, in the order of paths, has claimed."""
    found: list[Clash] = []
    first: dict[Hashable, Claim] = {}
    for claim in sorted(claims, key=lambda claim: claim.at.path):
        known = first.setdefault((claim.what, claim.key), claim)
        if known is not claim:
            finding_id, hint = _ADVICE[claim.what]
            message = f"{claim.what} '{claim.shown}' is taken by {known.at}"
            paths = frozenset({claim.at.path, known.at.path})
            found.append(Clash(Finding(claim.at, finding_id, message, hint), paths))
    return found


def clashing_files(files: Iterable[SourceFile]) -> list[Clash]:
    """Files of one role and one name: detections in any two folders, others beside each other.

    Without case, since such files cannot lie side by side on every file system.
    """
    found: list[Clash] = []
    first: dict[Hashable, SourceFile] = {}
    for file in files:
        known = first.setdefault((file.role, file.stem.casefold(), _scope(file)), file)
        if known is not file:
            shown = file.path.name.removesuffix(file.path.suffix)
            message = f"the file name '{shown}' is taken by {known.path}"
            finding = Finding(
                Location(file.path), "duplicate-file-name", message, "rename one of the two"
            )
            found.append(Clash(finding, frozenset({file.path, known.path})))
    return found


def _scope(file: SourceFile) -> PurePosixPath | None:
    return None if file.role is Role.DETECTION else file.path.parent
