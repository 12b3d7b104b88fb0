"""``vedette pull``: brings rules into the repository, from a workspace or from files."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import click

from vedette.cli.cache import answer_cache
from vedette.cli.connection import environment_of
from vedette.cli.options import format_option
from vedette.convert.naming import Names
from vedette.convert.new_ids import with_new_ids
from vedette.convert.pull import Incoming, Outcome, Pulled, pull
from vedette.convert.pull_automation import is_automation, pull_automation
from vedette.convert.pull_custom import is_custom, with_custom_detections
from vedette.convert.read_json import Found
from vedette.convert.repository import existing_files, taken_stems, unreadable, write_pulled
from vedette.convert.sources import read_paths, read_workspace
from vedette.deploy.graph import list_custom_detections
from vedette.deploy.sign_in import sign_in
from vedette.deploy.transport import ArmWorkspace
from vedette.errors import UsageError
from vedette.kql.binder import Binder
from vedette.model.product import Product
from vedette.project import Project, find_root, load_project
from vedette.project.discovery import DETECTIONS
from vedette.report.findings import render_text as render_findings
from vedette.report.pull import render_json, render_text

#: Where new detections go, below detections/.
FOLDER = "imported"


@click.command("pull", help="Bring rules into the repository: from a workspace, or from files.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--env", "name", help="Pull the whole workspace of environments/NAME.yaml.")
@click.option(
    "--folder",
    default=FOLDER,
    show_default=True,
    help="The folder below detections/ for detections that are new.",
)
@click.option(
    "--new-ids",
    is_flag=True,
    help="Give a new id to what has one that no file can have; the old one stays in the workspace.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@format_option()
def command(
    *,
    paths: tuple[Path, ...],
    name: str | None,
    folder: str,
    new_ids: bool,
    dry_run: bool,
    form: str,
) -> int:
    """Exit 0 if all that has a form here was written as it is, 1 if something is missing.

    PATHS are ARM templates, answers of the APIs (of Graph too: custom detections), or detections in
    YAML; or folders of them. What is in the repository already is found by its id and edited where
    it stands.
    """
    if bool(paths) == (name is not None):
        raise UsageError("say what to pull: --env NAME, or files and folders")
    project = load_project(find_root(Path.cwd()))
    if findings := unreadable(project):
        click.echo(render_findings(findings))
        click.echo("Nothing was pulled: a file that cannot be read may be one that comes in.")
        return 1
    incoming = read_paths(paths) if name is None else _live(project, name)
    existing = existing_files(project)
    if new_ids:
        incoming = with_new_ids(incoming)
    if any(map(is_custom, incoming)):
        with Binder(answer_cache()) as binder:
            incoming = with_custom_detections(incoming, project, existing, binder)
    names = Names(taken_stems(project))
    automation = [each for each in incoming if isinstance(each, Found) and is_automation(each)]
    others = [each for each in incoming if name is None or not is_automation(each)]
    pulled = pull(others, existing, names, folder_of(folder))
    if name is not None:
        place = environment_of(project, name).workspace_id
        pulled = (*pulled, *pull_automation(automation, project, place, pulled, names))
    if not dry_run:
        write_pulled(project.root, pulled)
    render = render_json if form == "json" else render_text
    click.echo(render(pulled, dry_run=dry_run), nl=False)
    return 0 if all(map(_is_whole, pulled)) else 1


def _is_whole(pulled: Pulled) -> bool:
    if pulled.outcome is Outcome.REFUSED:
        return pulled.expected
    return not pulled.losses


def _live(project: Project, name: str) -> list[Incoming]:
    """The whole workspace, and the custom detections if the environment is for Defender XDR."""
    environment = environment_of(project, name)
    signed_in = sign_in(environment, os.environ)
    with ArmWorkspace(environment, signed_in) as workspace:
        found = read_workspace(workspace)
    if Product.DEFENDER in environment.products:
        rules = list_custom_detections(environment, signed_in)
        found += [Found(None, str(rule.get("id") or ""), rule) for rule in rules]
    return found


def folder_of(folder: str) -> PurePosixPath:
    """The folder below detections/ that is asked for.

    Raises:
        UsageError: it is none for detections.
    """
    path = PurePosixPath(folder.replace("\\", "/").strip("/"))
    if path.is_relative_to(DETECTIONS):
        path = path.relative_to(DETECTIONS)
    if not path.parts or ".." in path.parts or path.parts[0] == "shared":
        raise UsageError(f"'{folder}' is not a folder for detections below {DETECTIONS}/")
    return DETECTIONS / path
