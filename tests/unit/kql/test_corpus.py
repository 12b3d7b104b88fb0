"""Published queries: none breaks the compiler, and what does not bind says what is unknown."""

from __future__ import annotations

from collections import Counter
from pathlib import Path, PurePosixPath

import pytest

from vedette.kql.binder import COMPILER_FAILURE, TOO_COMPLEX, Binder
from vedette.model.yaml import parse
from vedette.schema.catalogue import catalogue_for

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of published detections is not beside this repository"
)

#: One query in this many: all of them take half a minute.
STEP = 8

#: 43 % of all bind with the stock tables; the others read tables and parsers that nobody knows.
LEAST_BOUND = 0.4


def _queries() -> list[str]:
    found = []
    for path in sorted(CORPUS.rglob("*.y*ml"))[::STEP]:
        document, _ = parse(path.read_text(encoding="utf-8"), PurePosixPath(path.name))
        data = document.data if document else None
        if isinstance(data, dict) and isinstance(data.get("query"), str):
            found.append(data["query"])
    return found


def test_published_queries_bind_or_say_what_is_unknown(binder: Binder) -> None:
    catalogue = catalogue_for()
    queries = _queries()
    bound = [binder.bind(query, catalogue) for query in queries]

    assert len(bound) > 100
    assert sum(each.ok for each in bound) >= LEAST_BOUND * len(bound)
    codes = Counter(item.code for each in bound for item in each.diagnostics)
    assert codes[COMPILER_FAILURE] == codes[TOO_COMPLEX] == 0
    for each in bound:
        assert each.tree is not None
        for item in each.diagnostics:
            assert 0 <= item.start <= item.start + item.length <= len(each.text)
