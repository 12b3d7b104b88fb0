"""``vedette workspace``: serve the local workspace, send it events, move its clock.

The trap: a token on a command line is read by every process of the machine, so it comes from an
environment variable, and a generated one is printed once.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from time import monotonic

import click

from vedette.errors import UsageError
from vedette.finding import Finding, did_you_mean
from vedette.model.data_file import read_data_file
from vedette.model.durations import parse_duration
from vedette.model.faults import FaultPlan
from vedette.model.jsonl_text import parse_jsonl
from vedette.model.product import Product
from vedette.project import Project, find_root, load_project
from vedette.schema.catalogue import catalogue_for
from vedette.schema.types import TableSchema
from vedette.workspace.authority import CERTIFICATE, client_context, server_context
from vedette.workspace.client import WorkspaceClient
from vedette.workspace.faults_file import read_faults
from vedette.workspace.iso8601 import format_time, parse_time
from vedette.workspace.server import WorkspaceServer, make_token, start
from vedette.workspace.settings import Scope, Settings

_URL = "http://127.0.0.1:8765"
#: Where the authority of ``serve --tls`` is kept.
_TLS = ".vedette/tls"


class _Time(click.ParamType[datetime]):
    """An ISO 8601 time with its zone."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            return value if isinstance(value, datetime) else parse_time(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Duration(click.ParamType[timedelta]):
    """``30m``, ``1h``, ``2d``, or ISO 8601 (``PT1H``)."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        if isinstance(value, timedelta):
            return value
        duration = parse_duration(str(value))
        if duration is None:
            self.fail(f"'{value}' is not a duration such as 30m, 1h, 2d or PT1H", param, ctx)
        return duration


_address = click.option(
    "--url", default=_URL, show_default=True, help="The address of the workspace."
)
# The variable is the one in which ``plan`` and ``apply`` look for the token, too.
_secret = click.option(
    "--token-env",
    default="VEDETTE_TOKEN",
    show_default=True,
    metavar="NAME",
    help="The variable that holds the token.",
)


_authority = click.option(
    "--ca",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="VEDETTE_CA",
    show_envvar=True,
    help="The authority that a workspace on https has: its ca.pem.",
)


@click.group("workspace", help="The local workspace: serve it, send it events, move its clock.")
def command() -> None:
    """Holds the verbs below."""


@command.command("serve")
@click.option("--port", default=0, show_default="a free one", help="Port of 127.0.0.1.")
@click.option("--state", type=click.Path(path_type=Path), help="Keep all state in this file.")
@click.option("--token-env", metavar="NAME", help="Take the token from this variable.")
@click.option("--now", type=_Time(), help="The clock; default: the time, or that of the state.")
@click.option("--live", is_flag=True, help="Let the clock run at the pace of the machine's.")
@click.option("--env", metavar="NAME", help="Be the workspace of environments/NAME.yaml.")
@click.option(
    "--tls",
    is_flag=False,
    flag_value=_TLS,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="[FOLDER]",
    help=f"Speak https; FOLDER ({_TLS}) has or gets the authority that clients trust, ca.pem.",
)
@click.option(
    "--faults",
    "faults_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Fail as this file says, to see whether a client copes.",
)
def serve(
    *,
    port: int,
    state: Path | None,
    token_env: str | None,
    now: datetime | None,
    live: bool,
    env: str | None,
    tls: Path | None,
    faults_file: Path | None,
) -> int:
    """Serve a workspace of this machine until Ctrl-C.

    Its clock stands still until 'vedette workspace advance' moves it, or runs with --live.
    """
    faults, problems = read_faults(faults_file) if faults_file else (FaultPlan(), [])
    for finding in problems:
        click.echo(str(finding))
    if faults is None:
        return 2
    project = _project()
    settings = Settings(
        faults=faults,
        token=_token(token_env) if token_env else make_token(),
        scope=_scope(project, env),
        tables=_tables(project, Product.SENTINEL),
        defender_tables=_tables(project, Product.DEFENDER),
    )
    today = datetime.now(UTC).replace(microsecond=0)
    with start(
        now=now or today,
        settings=settings,
        state=state,
        port=port,
        keep_clock=now is None,
        tls=server_context(tls, today) if tls else None,
        elapsed=_stopwatch() if live else None,
    ) as server:
        try:
            _announce(server, token_env, tls)
            server.wait()
        except KeyboardInterrupt:
            click.echo("Stopped.")
    return 0


def _stopwatch() -> Callable[[], timedelta]:
    """How much time has passed since this call."""
    began = monotonic()
    return lambda: timedelta(seconds=monotonic() - began)


@command.command("send")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@_address
@_secret
@_authority
def send(*, files: tuple[Path, ...], url: str, token_env: str, ca: Path | None) -> int:
    """Send the events in FILES, <Table>.jsonl with an event a line."""
    read = {path: _read_events(path) for path in files}
    problems = [finding for _, findings in read.values() for finding in findings]
    if problems:
        for finding in problems:
            click.echo(str(finding))
        return 1
    client = _client(url, token_env, ca)
    for path, (events, _) in read.items():
        client.send_events(path.stem, events)
        click.echo(f"{path.stem}: {len(events)} events sent")
    return 0


@command.command("advance")
@click.argument("duration", type=_Duration(), required=False)
@click.option("--to", type=_Time(), help="Move the clock to this time instead.")
@_address
@_secret
@_authority
def advance(
    *,
    duration: timedelta | None,
    to: datetime | None,
    url: str,
    token_env: str,
    ca: Path | None,
) -> int:
    """Move the clock by DURATION and make every run that falls due."""
    client = _client(url, token_env, ca)
    match duration, to:
        case timedelta(), None:
            target = client.clock() + duration
        case None, datetime():
            target = to
        case _:
            raise UsageError("give either a duration or --to")
    runs = client.advance(target)
    click.echo(f"{runs} runs; the clock stands at {format_time(client.clock())}")
    return 0


@command.command("reset")
@click.option("--to", type=_Time(), help="Set the clock to this time, which may be an earlier one.")
@_address
@_secret
@_authority
def reset(*, to: datetime | None, url: str, token_env: str, ca: Path | None) -> int:
    """Forget all rules, events and incidents of a workspace that is being served."""
    clock = _client(url, token_env, ca).reset(to)
    click.echo(f"The workspace is empty; the clock stands at {format_time(clock)}")
    return 0


def _project() -> Project | None:
    """The repository around the current folder; a workspace can be served without one."""
    try:
        return load_project(find_root(Path.cwd()))
    except UsageError:
        return None


def _tables(project: Project | None, product: Product) -> dict[str, TableSchema]:
    own = project.tables if project else ()
    return dict(catalogue_for(own, product=product).tables)


def _scope(project: Project | None, name: str | None) -> Scope:
    if name is None:
        return Scope()
    known = project.environments if project else {}
    if name not in known:
        hint = did_you_mean(name, known)
        raise UsageError(f"there is no environment '{name}'" + (f" ({hint})" if hint else ""))
    environment = known[name]
    return Scope(str(environment.subscription), environment.resource_group, environment.workspace)


def _token(variable: str) -> str:
    token = os.environ.get(variable, "").strip()
    if not token:
        raise UsageError(f"set {variable} to the token of the local workspace")
    return token


def _client(url: str, token_env: str, ca: Path | None) -> WorkspaceClient:
    trust = client_context(ca) if ca else None
    return WorkspaceClient(url, _token(token_env), trust=trust)


def _announce(server: WorkspaceServer, token_env: str | None, tls: Path | None) -> None:
    """Where the workspace is. A token that the user has already is not shown again."""
    page = f"{server.url}/?token=<{token_env}>" if token_env else server.page_url
    click.echo(f"Workspace  {server.url}")
    click.echo(f"Resource   {server.settings.scope.path}")
    click.echo(f"Id         {server.settings.scope.customer_id}")
    if tls:
        click.echo(f"Trust      {tls / CERTIFICATE}")
    if not token_env:
        click.echo(f"Token      {server.token}")
    click.echo(f"Page       {page}")
    click.echo("           (the page needs the token once; then the browser has a cookie)")
    click.echo(f"Clock      {format_time(server.clock())}")
    click.echo("Ctrl-C stops it.")


def _read_events(path: Path) -> tuple[list[dict[str, object]], list[Finding]]:
    """The events in a file, and what is wrong with it."""
    shown = PurePosixPath(path.name)
    text, findings = read_data_file(path.parent, shown)
    if text is None:
        return [], findings
    lines, more = parse_jsonl(text, shown)
    return [dict(row) for row in lines.rows], [*findings, *more]
