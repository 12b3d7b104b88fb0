"""Dependencies as text, as JSON, and as a Mermaid graph for a document or a pull request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from vedette.kql.dependencies import Needs


def render_text(needs: Sequence[Needs]) -> str:
    """A paragraph for each detection and function, one line for each kind of what it needs."""
    return "\n\n".join("\n".join(_lines(each)) for each in needs) + "\n"


def render_json(needs: Sequence[Needs]) -> str:
    """A list of ``{name, kind, path, tables, functions, watchlists, missing: [{name, kind}]}``."""
    return json.dumps([asdict(each) for each in needs], indent=2, ensure_ascii=False) + "\n"


def render_mermaid(needs: Sequence[Needs]) -> str:
    """``flowchart LR`` with an arrow from each name to what it needs."""
    names = sorted({each.name for each in needs} | {name for each in needs for name in each.all()})
    ids = {name: f"n{number}" for number, name in enumerate(names)}
    lines = ["flowchart LR"]
    lines += [f'  {ids[name]}["{_label(name)}"]' for name in names]
    lines += [f"  {ids[each.name]} --> {ids[name]}" for each in needs for name in each.all()]
    return "\n".join(lines) + "\n"


def _lines(needs: Needs) -> Iterator[str]:
    yield f"{needs.kind} {needs.name} ({needs.path})"
    for title, names in (
        ("tables", needs.tables),
        ("functions", needs.functions),
        ("watchlists", needs.watchlists),
        ("missing", [f"{each.name} ({each.kind})" for each in needs.missing]),
    ):
        if names:
            yield f"  {title:<10}  {', '.join(names)}"


def _label(name: str) -> str:
    return name.replace('"', "#quot;")
