"""What breaks: the list of what is supported promises, or leaves out, what the translator does."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from vedette.engine.sql.support import Support, supported
from vedette.kql.bundle import KustoSession

#: Sources of rows, compiled where a table stands.
SOURCES = frozenset({"table"})


@pytest.fixture(scope="module")
def session() -> Iterator[KustoSession]:
    with KustoSession() as started:
        yield started


@pytest.fixture(scope="module")
def support() -> Support:
    return supported()


def names(session: KustoSession, family: str) -> set[str]:
    """What the official compiler knows, without what it keeps for itself."""
    script = (
        "(function () { const out = [], it = Bridge.getEnumerator("
        f"Kusto.Language.{family}.All); while (it.moveNext()) out.push(it.Current.Name);"
        " return JSON.stringify(out); })()"
    )
    listed = json.loads(str(session._context.eval(script)))
    return {name for name in listed if not name.startswith("__")}


def test_every_function_of_the_language_is_supported_or_refused_with_a_reason(
    session: KustoSession, support: Support
) -> None:
    known = {*support.functions, *support.refused_functions, *SOURCES}
    assert names(session, "Functions") - known == set()


def test_every_aggregate_of_the_language_is_supported_or_refused_with_a_reason(
    session: KustoSession, support: Support
) -> None:
    known = {*support.aggregates, *support.refused_aggregates}
    assert names(session, "Aggregates") - known == set()


def test_every_plugin_of_the_language_is_supported_or_refused_with_a_reason(
    session: KustoSession, support: Support
) -> None:
    known = {*support.plugins, *support.refused_plugins}
    assert names(session, "PlugIns") - known == set()


def test_nothing_is_both_supported_and_refused(support: Support) -> None:
    assert not {*support.functions} & support.refused_functions.keys()
    assert not {*support.aggregates} & support.refused_aggregates.keys()
    assert not {*support.operators} & support.refused_operators.keys()
    assert not {*support.plugins} & support.refused_plugins.keys()
    assert all(support.refused_functions.values())


def test_operators_are_named_as_a_query_writes_them(support: Support) -> None:
    assert {"where", "mv-expand", "project-away", "make-series", "sort", "print"} <= {
        *support.operators
    }
    assert not any(word.endswith(("operator", "expression")) for word in support.operators)
