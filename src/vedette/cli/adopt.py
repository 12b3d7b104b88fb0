"""``vedette adopt``: takes what somebody changed in the workspace into the file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import click

from vedette.cli.connection import connect, environment_of
from vedette.cli.drift import rendered_resources
from vedette.cli.options import format_option
from vedette.cli.pull import FOLDER, folder_of
from vedette.convert.adopt import unrendered
from vedette.convert.content import Refused
from vedette.convert.edit import EditError
from vedette.convert.naming import Names
from vedette.convert.pull import Existing, Outcome, Pulled, pull
from vedette.convert.pull_automation import is_automation, pull_automation
from vedette.convert.read_json import Found
from vedette.convert.repository import existing_files, taken_stems, unreadable, write_pulled
from vedette.convert.sources import read_workspace
from vedette.deploy.resource import Key, Resource, key_of
from vedette.errors import UsageError
from vedette.model.environment import Environment
from vedette.project import Project, find_root, load_project
from vedette.report.findings import render_text as render_findings
from vedette.report.pull import render_json, render_text


@click.command("adopt", help="Take what was changed in the workspace into the file of ID.")
@click.argument("name", metavar="ID")
@click.option("--env", required=True, help="The environment: environments/NAME.yaml.")
@click.option(
    "--folder",
    default=FOLDER,
    show_default=True,
    help="The folder below detections/ for a detection that has no file yet.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@format_option()
def command(*, name: str, env: str, folder: str, dry_run: bool, form: str) -> int:
    """Exit 0 if the file says what is live, 1 if it does not or cannot.

    ID is an id, or the name of a file without .yaml. Only the values that differ are moved;
    comments, order and layout of the file stay as they are. The cases have to prove it again.
    """
    project = load_project(find_root(Path.cwd()))
    if findings := unreadable(project):
        click.echo(render_findings(findings))
        click.echo("Nothing was adopted.")
        return 1
    environment = environment_of(project, env)
    pulled = _adopt(project, environment, name, folder_of(folder))
    if not dry_run:
        write_pulled(project.root, [pulled])
    render = render_json if form == "json" else render_text
    click.echo(render([pulled], dry_run=dry_run), nl=False)
    return 1 if pulled.outcome is Outcome.REFUSED or pulled.losses else 0


def _adopt(project: Project, environment: Environment, name: str, folder: PurePosixPath) -> Pulled:
    existing = existing_files(project)
    names = {each.source.path.stem.casefold(): str(each.id) for each in project.automation}
    name = names.get(name.casefold(), name)
    key, identity = _key(existing, name)
    with connect(environment) as workspace:
        incoming = read_workspace(workspace)
    for each in incoming:
        if isinstance(each, Refused) and each.id.casefold() == identity:
            path = existing[key].path if key is not None else None
            return Pulled(Outcome.REFUSED, each.what, each.id, each.name, path, reason=each.reason)
    found = [each for each in incoming if isinstance(each, Found)]
    rules = [each for each in found if is_automation(each) and each.id.casefold() == identity]
    if rules:
        taken = Names(taken_stems(project))
        (pulled,) = pull_automation(rules[:1], project, environment.workspace_id, (), taken)
        return pulled
    live = [
        each
        for each in found
        if each.collection is not None
        and (key_of(each.collection, each.id) == key or each.id.casefold() == identity)
    ]
    if not live:
        own = existing.get(key) if key is not None else None
        raise UsageError(
            f"'{name}' is not in the workspace"
            + (f"; to accept that, delete {own.path}" if own else "")
        )
    today = datetime.now(UTC).date()
    rendered = {each.key: each for each in rendered_resources(project, environment, today)}
    try:
        one = _without_overrides(live[0], existing, rendered)
    except EditError as error:
        own = existing[key] if key is not None else None
        path = None if own is None else own.path
        return Pulled(Outcome.REFUSED, "rule", identity, name, path, reason=str(error))
    (pulled,) = pull([one], existing, Names(taken_stems(project)), folder)
    return pulled


def _without_overrides(
    found: Found, existing: dict[Key, Existing], rendered: dict[Key, Resource]
) -> Found:
    if found.collection is None:
        return found
    key = key_of(found.collection, found.id)
    own, made = existing.get(key), rendered.get(key)
    if own is None or made is None:
        return found
    body = unrendered(found.body, own.resource.body, made.body)
    return Found(found.collection, found.id, body, found.rows)


def _key(existing: dict[Key, Existing], name: str) -> tuple[Key | None, str]:
    """The identity that ``name`` means, if it is one of the repository's, and its id."""
    folded = name.casefold()
    matches = [
        (key, each.resource.id)
        for key, each in existing.items()
        if folded in {each.resource.id.casefold(), each.resource.label.casefold()}
    ]
    if len(matches) > 1:
        raise UsageError(f"'{name}' names several resources: give an id")
    if matches:
        key, identity = matches[0]
        return key, identity.casefold()
    return None, folded
