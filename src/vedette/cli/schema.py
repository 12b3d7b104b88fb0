"""``vedette schema``: writes the JSON Schemas that editors use, or says which are stale.

The trap: only editors read these files. A stale one makes an editor complain about a file that
is right, or complete a key that is gone; ``--check`` is for the pipeline.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from vedette.errors import ConfigurationError
from vedette.project import find_root, load_project
from vedette.project.discovery import TABLES
from vedette.schema.catalogue import catalogue_for
from vedette.schema.export import BUILDERS, file_name, render
from vedette.schema.pulled import PulledTable, differences, is_ours, read_metadata, unchanged
from vedette.schema.types import TableDefinition

FOLDER = "schemas"


@click.group(
    "schema",
    invoke_without_command=True,
    help="Write the JSON Schemas that editors use to schemas/, or pull tables of a workspace.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file is missing or stale.")
@click.pass_context
def command(context: click.Context, *, check: bool) -> int:
    """Exit 0 if all files are up to date (afterwards); 1 with ``--check`` if one was not."""
    if context.invoked_subcommand is not None:
        return 0
    folder = find_root(Path.cwd()) / FOLDER
    stale = {
        name: content
        for name, content in ((file_name(each), render(each)) for each in BUILDERS)
        if not _holds(folder / name, content)
    }
    for name, content in stale.items():
        if check:
            click.echo(f"{FOLDER}/{name}: stale (run 'vedette schema')")
            continue
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8", newline="\n")
        click.echo(f"{FOLDER}/{name}: written")
    if not stale:
        click.echo(f"{len(BUILDERS)} schemas in {FOLDER}/ are up to date")
    return 1 if check and stale else 0


def _holds(file: Path, content: str) -> bool:
    # Read as text: a checkout on Windows may have turned the line ends, which changes nothing.
    try:
        return file.read_text(encoding="utf-8") == content
    except (FileNotFoundError, UnicodeDecodeError):
        return False


@command.command("pull", help="Write the tables that a workspace has and Vedette does not know.")
@click.option("--env", "name", required=True, help="The environment whose workspace is asked.")
def pull(*, name: str) -> int:
    """Exit 0; files that a pull did not write are left alone and named."""
    # The Azure SDK takes a moment to import, and the schemas need none of it.
    from vedette.cli.deployment import environment_of
    from vedette.deploy.metadata import workspace_metadata
    from vedette.deploy.sign_in import sign_in

    project = load_project(find_root(Path.cwd()))
    environment = environment_of(project, name)
    if environment is None:
        raise ConfigurationError(f"the environment '{name}' is broken; see 'vedette lint'")
    answer = workspace_metadata(environment, sign_in(environment, os.environ))
    remote = read_metadata(answer)
    folder = project.root / TABLES
    hand_written = [each for each in project.tables if not _is_pulled(project.root, each)]
    news = list(differences(remote, catalogue_for(hand_written).tables))
    today = datetime.now(UTC).date().isoformat()
    for table in news:
        click.echo(_write_table(folder / f"{table.name}.yaml", table, environment.workspace, today))
    for note in remote.notes:
        click.echo(note)
    unknown = sorted(set(remote.functions) - project.functions.keys())
    if unknown:
        click.echo(f"functions that only the workspace defines: {', '.join(unknown)}")
    click.echo(f"{len(remote.tables)} tables in {environment.workspace}, {len(news)} with news")
    return 0


def _is_pulled(root: Path, table: TableDefinition) -> bool:
    file = root / table.schema.origin
    return file.is_file() and is_ours(file.read_text(encoding="utf-8"))


def _write_table(file: Path, table: PulledTable, workspace: str, today: str) -> str:
    """Write the file unless somebody else wrote it, or it says the same; what was done."""
    shown = f"{TABLES}/{file.name}"
    if file.exists():
        text = file.read_text(encoding="utf-8")
        if not is_ours(text):
            return f"{shown}: left alone, for no pull wrote it; the workspace differs"
        if unchanged(text, table):
            return f"{shown}: up to date"
    file.parent.mkdir(parents=True, exist_ok=True)
    text = table.render(f"the workspace {workspace}", today)
    file.write_text(text, encoding="utf-8", newline="\n")
    return f"{shown}: written ({len(table.columns)} columns)"
