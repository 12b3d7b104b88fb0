"""How many of a folder's published queries the engine runs, and why it refuses the others.

    python3 benchmarks/corpus.py FOLDER --format json

Every query is bound against the stock tables and run once over empty ones. Prints the counts
``queries``, ``bound`` (the compiler accepts them), ``ran``, ``unsupported`` and ``error``, and the
``reasons`` of the refusals, most frequent first.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.errors import EngineError, UnsupportedError
from vedette.kql.binder import Binder
from vedette.kql.bound import BoundQuery
from vedette.model.yaml import parse
from vedette.schema.catalogue import catalogue_for

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def queries(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and query of every YAML file below ``folder`` that has one."""
    for path in sorted(folder.rglob("*.y*ml")):
        name = path.relative_to(folder).as_posix()
        document, _ = parse(path.read_text(encoding="utf-8"), PurePosixPath(name))
        data = document.data if document else None
        if isinstance(data, dict) and isinstance(data.get("query"), str):
            yield name, data["query"]


def measure(folder: Path) -> tuple[dict[str, int], dict[str, list[str]]]:
    """Counts, and for each reason of a refusal its files, most frequent first."""
    counts: Counter[str] = Counter(queries=0, bound=0, ran=0, unsupported=0, error=0)
    reasons: dict[str, list[str]] = {}
    catalogue = catalogue_for()
    with Binder() as binder, Database.open() as database:
        engine = DuckEngine(database)
        for name, text in queries(folder):
            counts["queries"] += 1
            bound = binder.bind(text, catalogue)
            if not bound.ok or not bound.tabular:
                continue
            counts["bound"] += 1
            outcome, reason = _outcome(engine, bound)
            counts[outcome] += 1
            if reason:
                reasons.setdefault(reason, []).append(name)
    ordered = sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))
    return dict(counts), dict(ordered)


def _outcome(engine: DuckEngine, bound: BoundQuery) -> tuple[str, str]:
    try:
        engine.run(bound, now=NOW)
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
    counts, reasons = measure(options.folder)
    if options.format == "json":
        json.dump({**counts, "reasons": reasons}, sys.stdout, indent=1, ensure_ascii=False)
        print()
        return 0
    print("  ".join(f"{name} {count}" for name, count in counts.items()))
    for reason, files in reasons.items():
        print(f"{len(files):5} {reason} ({files[0]})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
