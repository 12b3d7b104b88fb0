"""docs/kql-support.md is what the translator registers."""

from __future__ import annotations

from pathlib import Path

from vedette.engine.sql.support import supported
from vedette.report.kql_support import GENERATED, render_page


def test_the_page_is_up_to_date(repository: Path) -> None:
    page = (repository / "docs" / "kql-support.md").read_text(encoding="utf-8")

    assert page.splitlines()[0] == GENERATED
    assert page == render_page(supported()), "run python3 scripts/kql_support.py"


def test_a_name_is_supported_or_refused_and_not_both() -> None:
    support = supported()

    assert len(support.functions) > 200
    assert not set(support.functions) & support.refused_functions.keys()
    assert not set(support.aggregates) & support.refused_aggregates.keys()
    assert not set(support.operators) & support.refused_operators.keys()
    assert not set(support.plugins) & support.refused_plugins.keys()
