"""Lints a repository as ``lint`` does, and works only on what has changed since it last did.

The trap: what is remembered has to be told from what it depends on. A detection's findings depend
on its own files, on those that its cases read and on everything shared; ids and names, on all
files, are compared anew each time, as are the functions that a finding came through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from vedette.finding import Finding, with_errors
from vedette.kql.incremental.bench import Bench, Part, processes_for
from vedette.kql.incremental.inputs import Inputs, key_of
from vedette.kql.incremental.ledger import Ledger
from vedette.kql.incremental.reads import with_reads
from vedette.kql.incremental.records import (
    Record,
    decode,
    decode_findings,
    encode_findings,
)
from vedette.kql.incremental.stamps import new_queries, stamps_of
from vedette.model.automation import AutomationRule
from vedette.project.dates import dated
from vedette.project.discovery import Pair, Role, SourceFile, find_files
from vedette.project.loading import across_files, read_files, wanted_files
from vedette.project.overrides import check_overrides
from vedette.project.selection import select_pairs
from vedette.project.uniqueness import detection_claims

if TYPE_CHECKING:
    from vedette.kql.binder import Binder

#: What queries may name; every detection is linted anew when one of these changes.
_SHARED = frozenset({Role.FUNCTION, Role.WATCHLIST, Role.TABLE})


@dataclass(frozen=True, slots=True)
class TreeLint:
    """``findings``, sorted; ``detections`` counts those that could be loaded of ``selected``."""

    findings: tuple[Finding, ...]
    selected: tuple[PurePosixPath, ...]
    detections: int


def lint_tree(
    root: Path,
    paths: Sequence[Path],
    ledger: Ledger,
    *,
    cache: Path | None,
    processes: int,
    today: date | None = None,
    binder: Binder | None = None,
) -> TreeLint:
    """What ``lint`` says of the project at ``root``; ``paths`` select detections.

    ``ledger`` is saved; ``cache`` is the folder of the compiler's answers. With ``today`` it also
    says what has passed its date. ``binder`` is used and stays open; None for one of its own.

    Raises:
        UsageError: a path matches nothing, or a folder cannot be listed.
    """
    files = find_files(root)
    chosen = select_pairs(root, files, paths)
    shared = tuple(file for file in files if file.role in _SHARED)
    bench = Bench(root, shared, cache)
    stamps = stamps_of(root)
    key = key_of("stamps")
    before = ledger.get(key)
    if before != stamps:
        ledger.put(key, stamps)
    with nullcontext(binder) if binder is not None else bench.binder() as ready:
        new = new_queries(before, stamps)
        # The compiler starts beside all that follows. Of many queries, other processes take care.
        if new and processes_for(new, processes) == 1:
            ready.warm_up()
        return _Run(bench, files, ledger, Inputs(root), ready, processes, today).lint(chosen)


@dataclass(frozen=True, slots=True)
class _Run:
    """One lint of a repository."""

    bench: Bench
    files: tuple[SourceFile, ...]
    ledger: Ledger
    inputs: Inputs
    binder: Binder
    processes: int
    today: date | None

    def lint(self, chosen: frozenset[Pair]) -> TreeLint:
        common = self._group(self.bench.shared)
        places = self._group(file for file in self.files if _is_for_deployment(file))
        context = [self._contents(self.bench.shared), sorted(common.reads.items())]
        detections = [file for file in self.files if file.role is Role.DETECTION]
        records = self._parts(context, self._chosen(chosen))
        others = self._claims(file for file in detections if file.pair not in chosen)
        checked = self._functions(context, records)
        overrides = self._overrides(detections)
        self.ledger.save()
        wanted = wanted_files(self.files, chosen)
        claims = [claim for each in (common, places, *others, *records) for claim in each.claims]
        findings = {*common.findings, *places.findings, *overrides}
        findings.update(across_files(self.files, wanted, claims, self._automation()))
        needed = {name for each in records for name in each.functions}
        everything = all(file.pair in chosen for file in detections)
        shown = {name: each for name, each in checked.items() if everything or name in needed}
        findings.update(finding for each in shown.values() for finding in each)
        broken = with_errors(shown)
        for each in records:
            findings.update(each.findings)
            findings.update(finding for name, finding in each.through if name not in broken)
        if self.today is not None:
            day = self.today.isoformat()
            findings.update(
                finding for each in (places, *records) for last, finding in each.dated if last < day
            )
        selected = tuple(file.path for file in detections if file.pair in chosen)
        count = sum(each.detections for each in records)
        return TreeLint(tuple(sorted(findings)), selected, count)

    def _automation(self) -> Iterable[AutomationRule]:
        """Read each time: what they name are other files, which may have gone since."""
        files = [file for file in self.files if file.role is Role.AUTOMATION]
        return read_files(self.bench.root, files, ()).automation.values()

    def _overrides(self, detections: Sequence[SourceFile]) -> tuple[Finding, ...]:
        """What is wrong with overrides, which may be for any detection: all of those are read."""
        places = {Role.ENVIRONMENT, Role.OVERRIDES}
        files = [file for file in self.files if file.role in places]
        key = key_of("overrides", self._contents(files), self._contents(detections))
        known = self._known(key)
        if known is not None:
            return known.findings
        reading = read_files(self.bench.root, files, ())
        some = any(each.overrides for each in reading.environments.values())
        if not some and not reading.overrides:
            return ()
        every = read_files(self.bench.root, detections, ()).detections.values()
        findings = check_overrides(every, reading.environments.values(), reading.overrides.values())
        self._keep(key, Record(tuple(findings)))
        return tuple(findings)

    def _contents(self, files: Iterable[SourceFile]) -> list[tuple[str, str]]:
        return [(str(file.path), self.inputs.digest(file.path)) for file in files]

    def _chosen(self, chosen: frozenset[Pair]) -> list[Part]:
        parts: dict[Pair, list[SourceFile]] = {}
        for file in self.files:
            if file.is_evidence and file.pair in chosen:
                parts.setdefault(file.pair, []).append(file)
        return [tuple(part) for part in parts.values()]

    def _known(self, key: str) -> Record | None:
        """The record under ``key``, if the files that it read are what they were."""
        record = decode(self.ledger.get(key))
        if record is None:
            return None
        same = all(self.inputs.digest(name) == was for name, was in record.reads.items())
        return record if same else None

    def _keep(self, key: str, record: Record) -> None:
        if record.lasting:
            self.ledger.put(key, record.encode())

    def _group(self, files: Iterable[SourceFile]) -> Record:
        """What is wrong with files that are read as one, and what they claim."""
        files = tuple(files)
        key = key_of("group", self._contents(files))
        known = self._known(key)
        if known is not None or not files:
            return known or Record()
        reading = read_files(self.bench.root, files, files)
        findings = tuple(finding for each in reading.findings.values() for finding in each)
        lists = [each.source for each in reading.watchlists.values()]
        known_lists = len(lists) == sum(file.role is Role.WATCHLIST for file in files)
        of_days = dated((), reading.environments.values(), reading.overrides.values())
        record = Record(
            findings,
            dated=tuple((each.last.isoformat(), each.finding) for each in of_days),
            claims=tuple(reading.claims()),
        )
        record = with_reads(record, lists, self.inputs, known=known_lists)
        self._keep(key, record)
        return record

    def _parts(self, context: object, parts: Sequence[Part]) -> list[Record]:
        keys = [key_of("part", context, self._contents(part)) for part in parts]
        records = [self._known(key) for key in keys]
        missing = [at for at, record in enumerate(records) if record is None]
        made: list[Record] = []
        if missing:
            from vedette.kql.incremental.work import lint_parts

            wanted = [parts[at] for at in missing]
            made = lint_parts(self.bench, wanted, self.processes, self.binder)
        for at, record in zip(missing, made, strict=True):
            records[at] = record
            self._keep(keys[at], record)
            for file in parts[at]:
                if file.role is Role.DETECTION:
                    claims = tuple(each for each in record.claims if each.at.path == file.path)
                    self._keep(self._claims_key(file), Record(claims=claims))
        return [record for record in records if record is not None]

    def _claims_key(self, file: SourceFile) -> str:
        return key_of("claims", self._contents([file]))

    def _claims(self, files: Iterable[SourceFile]) -> list[Record]:
        """What detections that are not selected claim; nothing else of them is anybody's news."""
        found: list[Record] = []
        missing: list[SourceFile] = []
        for file in files:
            known = self._known(self._claims_key(file))
            missing += [file] if known is None else []
            found += [known] if known is not None else []
        loaded = read_files(self.bench.root, missing, ()).detections
        for file in missing:
            claims = tuple(detection_claims(loaded[file])) if file in loaded else ()
            record = Record(claims=claims)
            self._keep(self._claims_key(file), record)
            found.append(record)
        return found

    def _functions(self, context: object, records: Sequence[Record]) -> dict[str, list[Finding]]:
        """What is wrong with each function of the repository, called or not."""
        if not any(file.role is Role.FUNCTION for file in self.files):
            return {}
        functions = {
            name: each for record in records for name, each in record.functions_of_cases.items()
        }
        watchlists = {
            name: each for record in records for name, each in record.watchlists_of_cases.items()
        }
        defined = Record(functions_of_cases=functions, watchlists_of_cases=watchlists)
        key = key_of("functions", context, defined.encode())
        known = decode_findings(self.ledger.get(key))
        if known is None:
            from vedette.kql.incremental.work import lint_functions

            known = lint_functions(self.bench, defined, self.binder)
            self.ledger.put(key, encode_findings(known))
        return known


def _is_for_deployment(file: SourceFile) -> bool:
    return not file.is_evidence and file.role not in _SHARED
