"""Answers that are kept for too much, or for too little."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from vedette.kql import cache as module
from vedette.kql.binder import Binder
from vedette.kql.cache import AnswerCache, digest
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import Column, FunctionDefinition, TableSchema

QUERY = "LargeFromList() | where Subject has 'x' | project Size"


class _NoCompiler:
    def __init__(self) -> None:
        raise AssertionError("the compiler was started")


@pytest.fixture
def kept(tmp_path: Path, catalogue: Catalogue) -> AnswerCache:
    """A cache that knows ``QUERY``."""
    cache = AnswerCache(tmp_path)
    with Binder(cache) as binder:
        assert binder.bind(QUERY, catalogue).ok
    return cache


def test_a_query_that_has_not_changed_needs_no_compiler(
    kept: AnswerCache, catalogue: Catalogue, binder: Binder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = binder.bind(QUERY, catalogue)
    monkeypatch.setattr("vedette.kql.binder.KustoSession", _NoCompiler)

    with Binder(kept) as cached:
        again = cached.bind(QUERY, catalogue)

    assert again == first
    assert again.tree == first.tree


def _other_table(catalogue: Catalogue) -> Catalogue:
    columns = (*catalogue.tables["Mails"].columns, Column("More", "int"))
    return replace(
        catalogue, tables={**catalogue.tables, "Mails": TableSchema("Mails", columns, "")}
    )


def _other_function(catalogue: Catalogue) -> Catalogue:
    other = FunctionDefinition("Large", "least: long = 10", "Mails | where Size >= least")
    return replace(catalogue, functions={**catalogue.functions, "Large": other})


def _other_watchlist(catalogue: Catalogue) -> Catalogue:
    return replace(catalogue, watchlists={"VIPs": (Column("Address", "dynamic"),)})


@pytest.mark.parametrize("change", [_other_table, _other_function, _other_watchlist])
def test_a_definition_that_has_changed_is_asked_about_again(
    change: object, kept: AnswerCache, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(change)
    monkeypatch.setattr("vedette.kql.binder.KustoSession", _NoCompiler)

    with Binder(kept) as cached, pytest.raises(AssertionError, match="was started"):
        cached.bind(QUERY, change(catalogue))


def test_another_compiler_or_version_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest("query")
    monkeypatch.setattr(module, "__version__", "999")
    module._compiler.cache_clear()
    after = digest("query")
    module._compiler.cache_clear()

    assert before != after


@pytest.mark.parametrize("content", [b"", b"not zlib", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_an_entry_that_cannot_be_read_counts_as_none(
    content: bytes, kept: AnswerCache, catalogue: Catalogue, tmp_path: Path
) -> None:
    for file in (each for each in tmp_path.rglob("*") if each.is_file()):
        file.write_bytes(content)

    with Binder(kept) as cached:
        assert cached.bind(QUERY, catalogue).ok


def test_a_folder_that_cannot_be_written_to_costs_only_time(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    file = tmp_path / "file"
    file.write_text("in the way", encoding="utf-8")

    with Binder(AnswerCache(file)) as cached:
        assert cached.bind(QUERY, catalogue).ok
    assert file.read_text(encoding="utf-8") == "in the way"


def test_a_refusal_of_the_compiler_is_not_kept(tmp_path: Path, catalogue: Catalogue) -> None:
    # What took too long on a busy machine may be quick on the next day.
    with pytest.MonkeyPatch.context() as patch, Binder(AnswerCache(tmp_path)) as cached:
        patch.setattr("vedette.kql.binder.QUERY_SECONDS", 0.001)
        slow = cached.bind("Mails | where " + " or ".join(["Size == 1"] * 3000), catalogue)
        assert not slow.ok

    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []
