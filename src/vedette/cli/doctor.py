"""``vedette doctor``: whether everything is there that the other verbs need; it writes nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import click

from vedette.cli.cache import cache_folder
from vedette.cli.circumstances import JOURNAL_FOLDER
from vedette.cli.connection import environment_of
from vedette.cli.deployment import colour_wanted
from vedette.cli.git import head_commit
from vedette.cli.options import format_option
from vedette.deploy.graph import graph_host
from vedette.deploy.json_client import JsonClient
from vedette.deploy.logs import Logs
from vedette.deploy.sign_in import SignedIn, default_method, sign_in
from vedette.errors import ConfigurationError, ServiceError, UsageError
from vedette.finding import Level
from vedette.model.environment import Environment
from vedette.operate.checks import Check, Diagnosis, State
from vedette.operate.machine import check_machine
from vedette.operate.permissions import Role, role_file
from vedette.operate.reach import Get, Reach, check_workspace, needs_graph
from vedette.project import Project, find_root, load_project
from vedette.report.doctor import render_json, render_text

_HELP = """Check the machine, the repository and a workspace.

With --env also the sign-in and each permission that is needed, named with the command that grants
it. Nothing is written, and no token is shown. --role prints the least-privilege custom role."""


@click.command("doctor", help=_HELP, short_help="Check the machine, the repository, a workspace.")
@click.option("--env", "name", help="The environment to look at: environments/NAME.yaml.")
@click.option(
    "--as",
    "role",
    type=click.Choice([each.value for each in Role]),
    default=Role.DEPLOYER.value,
    show_default=True,
    help="What whoever is signed in is to be: reader is enough for plan, drift and health.",
)
@click.option(
    "--role",
    "printed",
    type=click.Choice([each.value for each in Role]),
    help="Print this custom role for 'az role definition create', and stop.",
)
@format_option()
def command(*, name: str | None, role: str, printed: str | None, form: str) -> int:
    """Exit 0 if all is there, also with warnings; 1 if something is missing or unknown."""
    if printed is not None:
        click.echo(_role(Role(printed), name), nl=False)
        return 0
    diagnosis = Diagnosis(tuple(_checks(name, Role(role))))
    text = render_json(diagnosis) if form == "json" else ""
    click.echo(text or render_text(diagnosis, colour=colour_wanted()), nl=False)
    return 0 if diagnosis.ok else 1


def _role(role: Role, name: str | None) -> str:
    if name is None:
        return role_file(role)
    environment = environment_of(load_project(find_root(Path.cwd())), name)
    group = environment.workspace_id.partition("/providers/")[0]
    return role_file(role, group)


def _checks(name: str | None, role: Role) -> Iterator[Check]:
    root, problem = _root()
    journal = root / JOURNAL_FOLDER if root is not None else None
    yield from check_machine(cache_folder(os.environ, sys.platform, Path.home), journal)
    if root is None:
        yield Check("repository", "found", State.FAILED, problem, ("go to the repository",))
        return
    project = load_project(root)
    yield from _repository(project)
    if name is not None:
        yield from _environment(project, name, role)


def _root() -> tuple[Path | None, str]:
    try:
        return find_root(Path.cwd()), ""
    except UsageError as error:
        return None, str(error)


def _repository(project: Project) -> Iterator[Check]:
    count = len(project.detections)
    yield Check("repository", "found", State.OK, f"{project.root.as_posix()}, {count} detections")
    errors = [each for each in project.findings if each.level is Level.ERROR]
    if errors:
        more = f"{len(errors)} errors, the first: {errors[0]}"
        yield Check("repository", "files", State.FAILED, more, ("vedette lint",))
    else:
        yield Check("repository", "files", State.OK, "every file can be read")
    commit = head_commit(project.root)
    if commit:
        yield Check("repository", "git", State.OK, commit)
    else:
        read = "no commit: a journal would not say what was deployed"
        yield Check("repository", "git", State.WARNING, read)


def _environment(project: Project, name: str, role: Role) -> Iterator[Check]:
    try:
        environment = environment_of(project, name)
    except UsageError as error:
        yield Check("environment", name, State.FAILED, str(error))
        return
    yield Check("environment", name, State.OK, environment.source.path.as_posix())
    if environment.ownership_tag is None:
        read = "without an ownershipTag nothing is ever removed"
        yield Check("environment", "ownershipTag", State.WARNING, read)
    try:
        signed_in = sign_in(environment, os.environ)
    except (UsageError, ServiceError) as error:
        way = environment.identity or default_method(os.environ)
        hint = () if isinstance(error, ConfigurationError) else (_sign_in_hint(way),)
        yield Check("sign-in", way, State.FAILED, str(error), hint)
        return
    read = f"{signed_in.account}, in tenant {environment.tenant}"
    yield Check("sign-in", signed_in.method, State.OK, read)
    yield from _workspace(environment, signed_in, role)


def _sign_in_hint(way: str) -> str:
    return f"'identity: {way}' is how it is tried; an environment may name another"


def _workspace(environment: Environment, signed_in: SignedIn, role: Role) -> Iterator[Check]:
    with ExitStack() as stack:
        client = stack.enter_context(JsonClient(environment.endpoint, signed_in))
        graph: Get | None = None
        if needs_graph(environment):
            host = stack.enter_context(JsonClient(graph_host(environment), signed_in))
            graph = _get(host)
        reach = Reach(
            environment,
            signed_in.account,
            role,
            _get(client),
            Logs(environment, signed_in),
            graph,
            lambda: datetime.now(UTC),
        )
        yield from check_workspace(reach)


def _get(client: JsonClient) -> Get:
    return lambda path: client.call("GET", path)
