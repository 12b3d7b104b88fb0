"""What has to be linted anew: done here, or by several processes when there is much of it.

The trap: a V8 that is not closed keeps its process from ending. Each process works off its share
with one binder and closes it; none is kept for the next share.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial

from vedette.errors import ToolError
from vedette.finding import Finding
from vedette.kql.binder import COMPILER_FAILURE, TOO_COMPLEX, Binder
from vedette.kql.case_definitions import with_cases, with_definitions
from vedette.kql.incremental.bench import Bench, Part, processes_for
from vedette.kql.incremental.inputs import Inputs
from vedette.kql.incremental.reads import with_reads
from vedette.kql.incremental.records import Record
from vedette.kql.lint import Linter, catalogue_of, check_functions
from vedette.project.dates import dated
from vedette.project.discovery import Role
from vedette.project.loading import Reading, project_of, read_files
from vedette.project.uniqueness import detection_claims
from vedette.schema.catalogue import Catalogue

#: What the machine decided, not the query.
_PASSING = frozenset({TOO_COMPLEX, COMPILER_FAILURE})


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


def lint_functions(bench: Bench, defined: Record, binder: Binder) -> dict[str, list[Finding]]:
    """What is wrong with each function of the repository; ``defined`` has what cases define."""
    project = project_of(bench.root, read_files(bench.root, bench.shared, ()), bench.shared, ())
    functions, watchlists = defined.functions_of_cases, defined.watchlists_of_cases
    catalogue = with_definitions(
        {name: each for name, each in functions.items() if name not in project.functions},
        {name: each for name, each in watchlists.items() if name not in project.watchlists},
        catalogue_of(project),
    )
    return check_functions(project.functions.values(), catalogue, binder)


def _record(part: Part, reading: Reading, linter: Linter, inputs: Inputs) -> Record:
    detections = [reading.detections[file] for file in part if file in reading.detections]
    said = [linter.check(detection) for detection in detections]
    findings = [finding for file in part for finding in reading.findings.get(file, ())]
    findings += [finding for each in said for finding in each.own]
    defined = _defined(part, reading)
    record = Record(
        findings=tuple(sorted(set(findings))),
        dated=tuple((each.last.isoformat(), each.finding) for each in dated(detections)),
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


def _defined(part: Part, reading: Reading) -> Catalogue:
    """What the part's cases define that the repository does not."""
    empty = Catalogue({}, {}, {})
    files = (reading.cases[file] for file in part if file in reading.cases)
    return with_cases((case for file in files for case in file.cases), empty)
