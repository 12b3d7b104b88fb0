"""What may be there only once in a repository: ids, names of rules, file names, aliases.

The trap: a clash has two places, and only one of them may be selected; it is reported at the second
and names the first, and is shown whenever either is asked for.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from vedette.finding import Finding
from vedette.model.content import Watchlist, WorkspaceFunction
from vedette.model.detection import Detection
from vedette.project.discovery import Role, SourceFile
from vedette.schema.types import TableDefinition
from vedette.source import Location


@dataclass(frozen=True, slots=True)
class Clash:
    """A finding about two files; ``paths`` are both, the one that it stands in included."""

    finding: Finding
    paths: frozenset[PurePosixPath]


@dataclass(frozen=True, slots=True)
class _Claim:
    """A file's claim to a value that nothing else may have."""

    key: Hashable
    shown: str
    at: Location


def clashing_ids(
    detections: Iterable[Detection], functions: Iterable[WorkspaceFunction]
) -> list[Clash]:
    """Ids that two files share: functions and hunting queries are one kind of resource."""
    owners: list[Detection | WorkspaceFunction] = [*detections, *functions]
    claims = [
        _Claim(owner.id, str(owner.id), owner.source.locate(("id",)))
        for owner in sorted(owners, key=lambda owner: owner.source.path)
    ]
    hint = "give the newer of the two a new id"
    return list(_clashes(claims, "duplicate-id", "the id", hint))


def clashing_names(detections: Iterable[Detection]) -> list[Clash]:
    """Rules of one display name, which has to be unique in a workspace (scheduled-rules-overview).

    Assumed: that is without case. Two rules that differ in nothing else confuse people anyway.
    """
    claims = [
        _Claim(rule.name.strip().casefold(), rule.name, rule.source.locate(("name",)))
        for rule in detections
        if rule.is_rule
    ]
    return list(_clashes(claims, "duplicate-name", "the rule name", "rename one of the two"))


def clashing_aliases(what: str, owners: Iterable[WorkspaceFunction | Watchlist]) -> list[Clash]:
    """Functions, or watchlists, of one alias; without case, as names of resources are compared."""
    claims = [
        _Claim(each.alias.casefold(), each.alias, each.source.locate(("alias",))) for each in owners
    ]
    return list(_clashes(claims, "duplicate-alias", f"the {what} alias", "rename one of the two"))


def clashing_tables(tables: Mapping[SourceFile, TableDefinition]) -> list[Clash]:
    """Two full definitions of one table for one product; additions may be several."""
    claims = [
        _Claim((table.schema.name, product), table.schema.name, Location(file.path))
        for file, table in tables.items()
        if not table.extends
        for product in table.products
    ]
    return list(_clashes(claims, "duplicate-table", "the table", "keep one, or extend it"))


def clashing_files(files: Iterable[SourceFile]) -> list[Clash]:
    """Files of one role and one name: detections in any two folders, others beside each other.

    Without case, since such files cannot lie side by side on every file system.
    """
    claims = [
        _Claim(
            (file.role, file.stem.casefold(), *_scope(file)),
            file.path.name.removesuffix(file.path.suffix),
            Location(file.path),
        )
        for file in files
    ]
    return list(_clashes(claims, "duplicate-file-name", "the file name", "rename one of the two"))


def _scope(file: SourceFile) -> tuple[PurePosixPath, ...]:
    return () if file.role is Role.DETECTION else (file.path.parent,)


def _clashes(claims: Iterable[_Claim], finding_id: str, what: str, hint: str) -> Iterator[Clash]:
    first: dict[Hashable, _Claim] = {}
    for claim in claims:
        known = first.setdefault(claim.key, claim)
        if known is not claim:
            place = known.at.path if finding_id == "duplicate-file-name" else known.at
            message = f"{what} '{claim.shown}' is taken by {place}"
            paths = frozenset({claim.at.path, known.at.path})
            yield Clash(Finding(claim.at, finding_id, message, hint), paths)
