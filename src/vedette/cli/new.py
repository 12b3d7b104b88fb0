"""``vedette new``: writes a detection with its cases that passes as it stands.

The trap: it is the one verb that has to work where there is nothing yet, so that it begins a
repository in the current folder instead of looking for one in vain.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from uuid import uuid4

import click

from vedette.errors import UsageError
from vedette.model.detection import Kind
from vedette.project import find_root, load_project
from vedette.project.new_detection import add_detection
from vedette.project.scaffold import Scaffold
from vedette.schema.catalogue import catalogue_for
from vedette.schema.export import file_name

KINDS = {kind.value.lower(): kind for kind in Kind}


@click.command("new", help="Write the detection NAME (kebab-case) with its cases.")
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(list(KINDS), case_sensitive=False),
    default="scheduled",
    show_default=True,
    help="What it becomes in the workspace.",
)
@click.option("--folder", help="The folder below detections/; without it, one by the table.")
@click.option("--table", default="EmailEvents", show_default=True, help="The table of its query.")
def command(name: str, kind: str, folder: str | None, table: str) -> int:
    """Exit 0 if both files were written; UsageError if anything is in the way."""
    root = _root_or_here()
    project = load_project(root)
    tables = catalogue_for(project.tables).tables
    new = add_detection(
        project,
        name,
        KINDS[kind.lower()],
        table=table,
        folder=folder,
        identity=uuid4(),
        tables=tables,
    )
    click.echo("\n".join(_report(root, new)))
    return 0


def _root_or_here() -> Path:
    here = Path.cwd()
    try:
        return find_root(here)
    except UsageError:
        return here


def _report(root: Path, new: Scaffold) -> list[str]:
    detection = _from_here(root, new.detection)
    lines = [
        f"{detection}: written",
        f"{_from_here(root, new.cases)}: written",
        "",
        "Next:",
        f"  vedette lint {detection}    passes as it is",
        f"  vedette test {detection}    so do its two cases",
        "  Then change the query to find what you are after, and the cases with it: one that must",
        "  fire, one that must not although it nearly would.",
    ]
    if not (root / "schemas" / file_name("detection")).exists():
        lines.append("  vedette schema    writes the JSON Schemas by which your editor completes")
    return lines


def _from_here(root: Path, path: PurePosixPath) -> str:
    return Path(os.path.relpath(root / path)).as_posix()
