"""How many of a folder's published queries the engine runs, and why it refuses the others.

    python3 benchmarks/corpus.py FOLDER --format json

Every query is bound against the stock tables of Sentinel, and of Defender XDR where that fails; a
query that finds none of a product's tables is not of that product. What it reads by
``externaldata`` is there and has no rows. Each query runs twice: over empty tables, and over rows
that are made to pass its leading filters (``vedette.engine.witness``).

The JSON has the counts ``queries``, ``bound`` (the compiler accepts them), ``ran``, ``unsupported``
and ``error``, ``seconds`` of the slowest query, and ``reasons`` of the refusals, most frequent
first. ``generated`` has the same of the second run, and how far the rows came: ``reads`` are the
places where the queries read a table, ``reads_passed`` those where a row passed the filters behind
it, ``queries_passed`` the queries in which that is so at one place at least.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.engine.witness.rows import Witness
from vedette.errors import EngineError, UnsupportedError
from vedette.kql.binder import Binder
from vedette.kql.bound import BoundQuery
from vedette.kql.externals import externals
from vedette.model.product import Product
from vedette.model.yaml import parse
from vedette.schema.catalogue import Catalogue, catalogue_for

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def queries(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and query of every YAML file below ``folder`` that has one."""
    for path in sorted(folder.rglob("*.y*ml")):
        name = path.relative_to(folder).as_posix()
        document, _ = parse(path.read_text(encoding="utf-8"), PurePosixPath(name))
        data = document.data if document else None
        if isinstance(data, dict) and isinstance(data.get("query"), str):
            yield name, data["query"]


@dataclass
class Tally:
    """What became of the queries of one run: counts, the slowest, and each refusal's files."""

    counts: Counter[str] = field(default_factory=lambda: Counter(ran=0, unsupported=0, error=0))
    seconds: float = 0.0
    reasons: dict[str, list[str]] = field(default_factory=dict)

    def run(self, engine: DuckEngine, query: BoundQuery, name: str) -> None:
        """Run ``query`` and count what becomes of it."""
        started = time.perf_counter()
        outcome, reason = _outcome(engine, query)
        self.seconds = max(self.seconds, time.perf_counter() - started)
        self.counts[outcome] += 1
        if reason:
            self.reasons.setdefault(reason, []).append(name)

    def report(self) -> dict[str, object]:
        """All of it for JSON, the most frequent reason first."""
        ordered = sorted(self.reasons.items(), key=lambda item: (-len(item[1]), item[0]))
        return {**self.counts, "seconds": round(self.seconds, 2), "reasons": dict(ordered)}


@dataclass
class Measurement:
    """Both runs over one folder."""

    queries: int = 0
    bound: Counter[str] = field(default_factory=Counter)
    empty: Tally = field(default_factory=Tally)
    generated: Tally = field(default_factory=Tally)
    reads: int = 0
    reads_passed: int = 0
    queries_passed: int = 0

    def measure(self, database: Database, query: BoundQuery, name: str) -> None:
        """Run one query over nothing and over rows that are made for it."""
        engine = DuckEngine(database)
        engine.clear()
        for stub, columns in externals(query).items():
            engine.load_external(stub, columns, ())
        self.empty.run(engine, query, name)
        witness = Witness(query, database, NOW)
        for table, events in witness.events().items():
            engine.load_events(query.tables[table], events)
        passes = witness.passes()
        self.reads += len(passes)
        self.reads_passed += sum(passes)
        self.queries_passed += any(passes)
        self.generated.run(engine, query, name)

    def parts(self) -> tuple[tuple[str, dict[str, object]], tuple[str, dict[str, object]]]:
        """The run over nothing and the run over rows, each with its figures."""
        found = {"queries": self.queries, "bound": self.bound.total()}
        came = {
            "reads": self.reads,
            "reads_passed": self.reads_passed,
            "queries_passed": self.queries_passed,
        }
        return (
            ("empty", {**found, **self.empty.report()}),
            ("generated", {**came, **self.generated.report()}),
        )

    def report(self) -> dict[str, object]:
        """All of it for JSON."""
        (_, empty), (name, generated) = self.parts()
        return {**empty, "bound_by_product": dict(self.bound), name: generated}


def measure(folder: Path) -> Measurement:
    """Bind and run every query of ``folder``."""
    made = Measurement()
    with ExitStack() as stack:
        # A compiler each: one would forget the tables of the other at every turn.
        binders = [
            (product, stack.enter_context(Binder()), catalogue_for(product=product))
            for product in (Product.SENTINEL, Product.DEFENDER)
        ]
        database = stack.enter_context(Database.open())
        for name, text in queries(folder):
            made.queries += 1
            found = bound(text, binders)
            if found is not None:
                product, query = found
                made.bound[product.value] += 1
                made.measure(database, query, name)
    return made


def bound(
    text: str, binders: Sequence[tuple[Product, Binder, Catalogue]]
) -> tuple[Product, BoundQuery] | None:
    """The query as the first product that accepts it reads it."""
    for product, binder, catalogue in binders:
        query = binder.bind(text, catalogue)
        first = product is binders[0][0]
        if query.ok and query.tabular and (first or query.tables):
            return product, query
    return None


def _outcome(engine: DuckEngine, query: BoundQuery) -> tuple[str, str]:
    try:
        engine.run(query, now=NOW)
    except UnsupportedError as error:
        return "unsupported", re.sub(r"\s+", " ", str(error))
    except EngineError as error:
        return "error", str(error)
    return "ran", ""


def main() -> int:
    """Measure the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args()
    made = measure(options.folder)
    if options.format == "json":
        json.dump(made.report(), sys.stdout, indent=1, ensure_ascii=False)
        print()
        return 0
    for part, figures in made.parts():
        counts = (f"{name} {value}" for name, value in figures.items() if name != "reasons")
        print(f"{part}: {'  '.join(counts)}")
    for reason, files in made.generated.reasons.items():
        print(f"{len(files):5} {reason} ({files[0]})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
