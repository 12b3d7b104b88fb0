"""The two ways from a bound query to SQL, on the same published queries.

    python3 benchmarks/translators.py FOLDER [--count 100]

``typed`` is our translator over the compiler's tree, ``desugared`` is ``duckdb-kql`` behind
``kql/desugar``. Prints, for each: how many queries compile and run on empty tables, how many the
database refuses, milliseconds to compile and to run (mean and 95th percentile), and the size of
the SQL. Queries are taken evenly over the folder, so that the same folder gives the same hundred.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from corpus import NOW, queries

from vedette.engine.compile import Compiled, Compiler, Shapes, compile_desugared, compile_typed
from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.errors import EngineError, UnsupportedError
from vedette.kql.binder import Binder
from vedette.kql.bound import BoundQuery
from vedette.schema.catalogue import catalogue_for

WAYS: dict[str, Callable[[BoundQuery, Shapes], Compiled]] = {
    "typed": compile_typed,
    "desugared": compile_desugared,
}


def bound_queries(folder: Path, count: int) -> list[BoundQuery]:
    """``count`` of the folder's queries that bind, evenly spread."""
    catalogue = catalogue_for()
    with Binder() as binder:
        bound = [binder.bind(text, catalogue) for _, text in queries(folder)]
    bound = [query for query in bound if query.ok and query.tabular]
    step = max(len(bound) // count, 1)
    return bound[::step][:count]


def measure(name: str, chosen: Sequence[BoundQuery]) -> str:
    """One line of the report."""
    compiling, running, sizes = [], [], []
    counts = dict.fromkeys(("ran", "unsupported", "error"), 0)
    with Database.open() as database:
        engine = DuckEngine(database, compiler=Compiler(WAYS[name]))
        for query in chosen:
            try:
                start = time.perf_counter()
                compiled = engine.compiler.compile(query)
                compiling.append(time.perf_counter() - start)
                engine.run(query, now=NOW)
                start = time.perf_counter()
                engine.run(query, now=NOW)
                running.append(time.perf_counter() - start)
                sizes.append(len(compiled.translation.sql))
                counts["ran"] += 1
            except UnsupportedError:
                counts["unsupported"] += 1
            except EngineError:
                counts["error"] += 1
    columns = [f"{key} {value}" for key, value in counts.items()]
    columns += [f"compile {_times(compiling)}", f"run {_times(running)}"]
    columns.append(f"SQL {sum(sizes) // max(len(sizes), 1)} characters")
    return f"{name:10} " + "  ".join(columns)


def _times(seconds: list[float]) -> str:
    ordered = sorted(seconds) or [0.0]
    mean = sum(ordered) / len(ordered)
    return f"{mean * 1000:.1f} ms (p95 {ordered[int(len(ordered) * 0.95)] * 1000:.1f})"


def main() -> int:
    """Compare both translators on the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=100)
    options = parser.parse_args()
    chosen = bound_queries(options.folder, options.count)
    print(f"{len(chosen)} queries")
    for name in WAYS:
        print(measure(name, chosen), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
