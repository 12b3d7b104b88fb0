"""How many examples of Kusto's documentation give the rows that their pages print.

    python3 benchmarks/oracle.py FILE --format json

``FILE`` has one example a line: ``page``, ``query`` (it brings its own rows), ``columns`` and
``rows`` as printed. Prints ``match``, ``differ`` and ``unsupported`` (refused by name, or not
accepted by the compiler), the examples with geospatial functions apart under ``geo``. Where a page
is known to print something else than Kusto returns, ``oracle_set_aside.yaml`` says so with the
reason; such an example is counted there alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from printed import Page, same

from vedette.engine.database import Database
from vedette.engine.duck import DuckEngine
from vedette.errors import EngineError, UnsupportedError
from vedette.kql.binder import Binder
from vedette.kql.bound import BoundQuery, Node
from vedette.schema.catalogue import Catalogue

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SET_ASIDE = Path(__file__).with_name("oracle_set_aside.yaml")

_SORTS = frozenset({"SortOperator", "TopOperator"})
_KEEPS_ORDER = frozenset(
    {"ExtendOperator", "FilterOperator", "ProjectAwayOperator", "ProjectOperator"}
    | {"ProjectKeepOperator", "ProjectRenameOperator", "ProjectReorderOperator", "TakeOperator"}
)


@dataclass(frozen=True, slots=True)
class Example:
    """One example of a page; ``id`` depends on its page and query alone."""

    id: str
    page: str
    printed: Page

    @property
    def geospatial(self) -> bool:
        """True if the query calls a function of geography."""
        return "geo_" in self.printed.query


@dataclass(frozen=True, slots=True)
class Outcome:
    """``match``, ``differ`` or ``unsupported``, and why."""

    kind: str
    reason: str = ""


def examples(path: Path) -> Iterator[Example]:
    """The examples of a file, in its order."""
    for line in path.read_text(encoding="utf-8").splitlines():
        data = json.loads(line)
        key = hashlib.sha256(f"{data['page']}\0{data['query']}".encode()).hexdigest()[:12]
        yield Example(key, data["page"], Page(data["query"], data["columns"], data["rows"]))


def set_aside() -> Mapping[str, str]:
    """The reason of each example that is set aside, by its id."""
    document: dict[str, Any] = yaml.safe_load(SET_ASIDE.read_text(encoding="utf-8"))
    return {key: str(reason) for reason, keys in document.items() for key in keys}


def outcome(engine: DuckEngine, binder: Binder, example: Example) -> Outcome:
    """What the engine makes of an example."""
    query = binder.bind(example.printed.query, Catalogue({}))
    if not query.ok:
        return Outcome("unsupported", f"the compiler: {_error(query)}")
    try:
        rows = engine.run(query, now=NOW)
    except UnsupportedError as error:
        return Outcome("unsupported", str(error))
    except EngineError as error:
        return Outcome("differ", f"failed: {error}")
    reason = same(rows, example.printed, ordered=_sorted(query.tree))
    return Outcome("differ" if reason else "match", reason)


def _error(query: BoundQuery) -> str:
    return next(item.message for item in query.diagnostics if item.severity == "Error")


def _sorted(tree: Node | None) -> bool:
    """True if the order of the rows is the query's: it sorts, and nothing disorders them again."""
    node = tree
    while node is not None:
        if node.kind in _SORTS:
            return True
        last = [item for item in node.children if not item.kind.endswith("Token")]
        if node.kind == "PipeExpression" and node.children[-1].kind in _KEEPS_ORDER:
            node = node.children[0]
        else:
            node = last[-1] if last and node.kind not in _KEEPS_ORDER else None
    return False


def measure(path: Path) -> tuple[dict[str, Any], list[tuple[Example, Outcome]]]:
    """The counts of a file, and each example that does not match."""
    aside = set_aside()
    plain, geo, reasons = Counter[str](), Counter[str](), Counter[str]()
    others = []
    with Binder() as binder, Database.open() as database:
        engine = DuckEngine(database)
        for example in examples(path):
            counts = geo if example.geospatial else plain
            counts["examples"] += 1
            found = outcome(engine, binder, example)
            if found.kind != "match" and example.id in aside:
                reasons[aside[example.id]] += 1
                continue
            counts[found.kind] += 1
            if found.kind != "match":
                others.append((example, found))
    keys = ("examples", "match", "differ", "unsupported")
    counted: dict[str, Any] = {key: plain[key] for key in keys}
    counted["set_aside"] = dict(sorted(reasons.items()))
    counted["geo"] = {key: geo[key] for key in keys}
    return counted, others


def main() -> int:
    """Measure the file that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args()
    counts, others = measure(options.file)
    if options.format == "json":
        print(json.dumps(counts, indent=1, ensure_ascii=False))
        return 0
    for example, found in others:
        print(f"{found.kind:11} {example.id} {example.page}: {found.reason}")
    print(json.dumps(counts, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
