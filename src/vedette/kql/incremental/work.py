"""What has to be linted anew: done here, or by several processes when there is much of it.

The trap: a V8 that is not closed keeps its process from ending. Each process works off its share
with one binder and closes it; none is kept for the next share.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath

from vedette.errors import ToolError
from vedette.kql.binder import COMPILER_FAILURE, TOO_COMPLEX, Binder
from vedette.kql.cache import AnswerCache
from vedette.kql.case_definitions import with_cases
from vedette.kql.incremental.inputs import Inputs
from vedette.kql.incremental.records import Record
from vedette.kql.lint import Linter, catalogue_of
from vedette.model.document import Document
from vedette.project.discovery import Role, SourceFile
from vedette.project.loading import Reading, project_of, read_files
from vedette.project.uniqueness import detection_claims
from vedette.schema.catalogue import Catalogue

#: A detection's file and those of its cases; there may be several of a name, which is a finding.
Part = tuple[SourceFile, ...]

#: A process takes a second until it binds its first query, in which another binds thirty.
_WORTH_A_PROCESS = 30

#: What the machine decided, not the query.
_PASSING = frozenset({TOO_COMPLEX, COMPILER_FAILURE})


@dataclass(frozen=True, slots=True)
class Bench:
    """What every part is linted with: the repository's root and its shared files."""

    root: Path
    shared: tuple[SourceFile, ...]
    cache: Path | None

    def binder(self) -> Binder:
        """A binder that keeps its answers in ``cache``."""
        return Binder(None if self.cache is None else AnswerCache(self.cache))


def lint_parts(bench: Bench, parts: Sequence[Part], processes: int, binder: Binder) -> list[Record]:
    """The record of each part, in their order; ``binder`` serves where one process is enough.

    Raises:
        ToolError: a process ended by itself.
    """
    shares = processes_for(len(parts), processes)
    if shares == 1:
        return list(lint_share(bench, parts, binder))
    records: list[Record | None] = [None] * len(parts)
    # Forking a process that has a V8 or threads in it is not safe, and Windows has no fork.
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(shares, mp_context=context) as pool:
            # Every n-th, since a folder of long queries would be one share.
            work = partial(_lint_alone, bench)
            for number, done in enumerate(
                pool.map(work, (parts[n::shares] for n in range(shares)))
            ):
                records[number::shares] = done
    except BrokenProcessPool as error:
        raise ToolError("a process that bound queries was ended, perhaps for memory") from error
    return [record for record in records if record is not None]


def processes_for(parts: int, most: int) -> int:
    """How many processes so many parts are worth; 1 is this one."""
    return max(1, min(most, parts // _WORTH_A_PROCESS))


def _lint_alone(bench: Bench, parts: Sequence[Part]) -> list[Record]:
    with bench.binder() as binder:
        return list(lint_share(bench, parts, binder))


def lint_share(bench: Bench, parts: Sequence[Part], binder: Binder) -> Iterator[Record]:
    """Read and lint the parts one after the other."""
    evidence = [file for part in parts for file in part]
    wanted = frozenset([*bench.shared, *evidence])
    reading = read_files(bench.root, [*bench.shared, *evidence], wanted)
    project = project_of(bench.root, reading, wanted, ())
    linter = Linter(project, catalogue_of(project), binder)
    inputs = Inputs(bench.root)
    for part in parts:
        yield _record(part, reading, linter, inputs)


def _record(part: Part, reading: Reading, linter: Linter, inputs: Inputs) -> Record:
    detections = [reading.detections[file] for file in part if file in reading.detections]
    said = [linter.check(detection) for detection in detections]
    findings = [finding for file in part for finding in reading.findings.get(file, ())]
    findings += [finding for each in said for finding in each.own]
    defined = _defined(part, reading)
    record = Record(
        findings=tuple(sorted(set(findings))),
        through=tuple(pair for each in said for pair in each.through),
        functions=tuple(sorted({name for each in said for name in each.functions})),
        claims=tuple(claim for each in detections for claim in detection_claims(each)),
        functions_of_cases=defined.functions,
        watchlists_of_cases=defined.watchlists,
        detections=len(detections),
        lasting=not any(finding.id in _PASSING for finding in findings),
    )
    cases = [file for file in part if file.role is Role.CASES]
    sources = [reading.cases[file].source for file in cases if file in reading.cases]
    return with_reads(record, sources, inputs, known=len(sources) == len(cases))


def with_reads(
    record: Record, documents: Iterable[Document], inputs: Inputs, *, known: bool
) -> Record:
    """``record`` with the files that ``documents`` name; ``known``: those are all documents.

    A record that a missing file is part of does not last: its message names the files beside it.
    """
    names = sorted({name for document in documents for name in _named_files(document)})
    reads = {name: inputs.digest(name) for name in names}
    return replace(record, reads=reads, lasting=record.lasting and known and all(reads.values()))


def _named_files(document: Document) -> Iterator[str]:
    """Every file that may be read for the document: each ``file:`` in it, and ``<stem>.csv``."""
    folder, waiting = document.path.parent, [document.data]
    if document.path.with_suffix(".csv").name and "watchlists" in document.path.parts:
        data = document.data
        if not (isinstance(data, dict) and "file" in data):
            yield str(document.path.with_suffix(".csv"))
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
            name = value.get("file")
            if isinstance(name, str):
                yield _normal(folder, name)
        elif isinstance(value, list):
            waiting += value


def _normal(folder: PurePosixPath, name: str) -> str:
    parts: list[str] = list(folder.parts)
    for part in PurePosixPath(name).parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
    return "/".join(parts)


def _defined(part: Part, reading: Reading) -> Catalogue:
    """What the part's cases define that the repository does not."""
    empty = Catalogue({}, {}, {})
    files = (reading.cases[file] for file in part if file in reading.cases)
    return with_cases((case for file in files for case in file.cases), empty)
