"""What linting a thousand published detections costs: cold, with nothing changed, with one edited,
and with one edited while ``vedette lint --watch`` looks on.

    python3 benchmarks/lint.py FOLDER --count 1000

Copies detections of FOLDER into a repository in a temporary folder, with a cache of its own, and
prints JSON: the seconds of each ``vedette lint``, its peak memory with all its processes, and how
they compare with what the official compiler alone takes for the same queries in the same run, by
the clock (spread over the cores) and by processor time, which other work disturbs less.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vedette.kql.bundle import KustoSession, ScriptError
from vedette.kql.mentions import mentioned_tables
from vedette.model.yaml import parse
from vedette.schema.catalogue import catalogue_for

#: How often the memory of the processes is looked at, in seconds.
_GLANCE = 0.05


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the clock and of all processors, and the most memory at a glance."""

    seconds: float
    cpu: float
    megabytes: int


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="YAML detections, in folders or not")
    parser.add_argument("--count", type=int, default=1000, help="how many of them (1000)")
    options = parser.parse_args()
    sources = sorted(options.folder.rglob("*.y*ml"))[: options.count]
    vedette = shutil.which("vedette", path=sysconfig.get_path("scripts"))
    if not sources or vedette is None:
        parser.error("needs a folder with detections, and the Python that vedette is installed in")
    cores = os.cpu_count() or 1
    raw, bound = compiler_alone(sources)
    with tempfile.TemporaryDirectory() as folder:
        runs = dict(lints(Path(folder), sources, vedette))
    result: dict[str, object] = {
        "detections": len(sources),
        "cores": cores,
        "compiler_alone": {
            "queries": bound,
            "seconds": round(raw.seconds, 2),
            "cpu_seconds": round(raw.cpu, 2),
            "cpu_ms_a_query": round(1000 * raw.cpu / max(bound, 1), 1),
        },
    }
    for name, cost in runs.items():
        result[name] = {
            "seconds": round(cost.seconds, 2),
            "cpu_seconds": round(cost.cpu, 2),
            "ratio_of_seconds": round(cost.seconds / (raw.seconds / cores), 2),
            "ratio_of_cpu": round(cost.cpu / raw.cpu, 2),
            "peak_megabytes": cost.megabytes,
        }
    print(json.dumps(result, indent=2))
    return 0


def compiler_alone(sources: list[Path]) -> tuple[Cost, int]:
    """What the compiler takes in one process, without its start; and for how many queries.

    The answer is made (diagnostics, columns, tree) and not read.
    """
    catalogue = catalogue_for()
    calls = []
    known: set[str] = set()
    for path in sources:
        text = path.read_text(encoding="utf-8", errors="replace")
        document, _ = parse(text, PurePosixPath(path.name))
        query = document.data.get("query") if document and isinstance(document.data, dict) else None
        if isinstance(query, str):
            names = mentioned_tables(query, catalogue)
            new = {
                name: [(column.name, column.type) for column in catalogue.tables[name].columns]
                for name in names
                if name not in known
            }
            known.update(new)
            calls.append((query, names, new))
    with KustoSession() as session:
        session.call("load", [], {})
        start, used = time.perf_counter(), time.process_time()
        for call in calls:
            try:
                session.call("bind", *call, seconds=20)
            except ScriptError as error:
                print(f"left out: {error}", file=sys.stderr)
        seconds, used = time.perf_counter() - start, time.process_time() - used
        return Cost(seconds, used, 0), len(calls)


def lints(folder: Path, sources: list[Path], vedette: str) -> Iterator[tuple[str, Cost]]:
    """Each way to lint, and what it costs."""
    root = folder / "repository"
    (root / "detections").mkdir(parents=True)
    copies = [root / "detections" / f"{n:04}-{path.name}" for n, path in enumerate(sources)]
    for source, copy in zip(sources, copies, strict=True):
        shutil.copyfile(source, copy)
    variables = {**os.environ, "VEDETTE_CACHE": str(folder / "cache")}
    # As an installation has it: the modules are compiled once, here by the first lint.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    variables["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    yield "cold", run([vedette, "lint"], root, variables)
    yield "nothing_changed", run([vedette, "lint"], root, variables)
    edited = copies[len(copies) // 2]
    text = edited.read_text(encoding="utf-8")
    edited.write_text(text.replace("query: |", "query: |\n  // edited", 1), encoding="utf-8")
    yield "one_edited", run([vedette, "lint"], root, variables)
    yield "one_edited_in_watch", watching([vedette, "lint", "--watch"], root, variables, edited)


def watching(command: list[str], root: Path, variables: dict[str, str], edited: Path) -> Cost:
    """The least that an edit costs of three, from its save to the last line about it."""
    costs: list[Cost] = []
    with subprocess.Popen(
        command, cwd=root, env=variables, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        said_all(process)
        for number in range(3):
            time.sleep(2 * _GLANCE)  # the compiler is warm, and this edit is no part of the last
            text = edited.read_text(encoding="utf-8")
            before, start = processor_time(process.pid), time.perf_counter()
            edited.write_text(
                text.replace("query: |", f"query: |\n  // edit {number}", 1), encoding="utf-8"
            )
            said_all(process)
            used = processor_time(process.pid) - before
            costs.append(Cost(time.perf_counter() - start, used, resident(process.pid) // 2**20))
        process.terminate()
    return min(costs, key=lambda cost: cost.seconds)


def said_all(process: subprocess.Popen[str]) -> None:
    """Read what is said up to the line that sums up."""
    for line in process.stdout or ():
        if re.match(r"\d+ detections?: ", line):
            return
    raise SystemExit("the watch ended by itself")


def processor_time(pid: int) -> float:
    """Seconds that the process has used; 0 where /proc is not."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(command: list[str], root: Path, variables: dict[str, str]) -> Cost:
    """What it costs to run a command that finds something or nothing."""
    before, start = os.times(), time.perf_counter()
    with (
        subprocess.Popen(
            command, cwd=root, env=variables, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
        ) as process,
        watched(process.pid) as peak,
    ):
        code = process.wait()
    used = os.times()
    cost = Cost(
        time.perf_counter() - start,
        used.children_user + used.children_system - before.children_user - before.children_system,
        peak[0] // 2**20,
    )
    if code not in {0, 1}:
        raise SystemExit(f"{' '.join(command)} ended with {code}")
    return cost


@contextmanager
def watched(pid: int) -> Iterator[list[int]]:
    """The most bytes that a process and its children held at a glance; 0 where /proc is not."""
    peak, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(_GLANCE):
            peak[0] = max(peak[0], resident(pid))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def resident(pid: int) -> int:
    """The bytes that a process and its children hold, what they share counted once a process."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except (OSError, IndexError, ValueError):
        return 0
    return pages * 4096 + sum(resident(int(child)) for child in children)


if __name__ == "__main__":
    sys.exit(main())
