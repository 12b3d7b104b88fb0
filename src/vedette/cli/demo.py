"""The demonstration: a detection's whole way, from its file to an incident, on this machine.

The trap: it must not be a show. Every step is the one that the verbs of the command line do, the
workspace is another party that is spoken to over HTTP, and what is shown at the end was read back
from it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from vedette import __version__
from vedette.cli.build import FOLDER
from vedette.cli.cache import answer_cache
from vedette.cli.circumstances import timing
from vedette.deploy.apply_write import Patience
from vedette.deploy.artefacts import write_build
from vedette.deploy.deploy import Circumstances, deploy
from vedette.deploy.gate import check_tree
from vedette.deploy.live import LiveState, read_live
from vedette.deploy.payload import resources_of
from vedette.deploy.plan import Plan, Target
from vedette.deploy.planning import make_plan
from vedette.deploy.policy import Policy
from vedette.deploy.resource import Resource
from vedette.deploy.sign_in import LOOPBACK_VARIABLE, sign_in
from vedette.deploy.transport import ArmWorkspace
from vedette.errors import VedetteError
from vedette.kql.binder import Binder
from vedette.kql.dependencies import dependencies
from vedette.kql.lint import catalogue_of
from vedette.model.environment import Environment
from vedette.project import Project, find_root, load_project
from vedette.report.apply import render_summary
from vedette.report.cases import TestReport, render_text
from vedette.report.page import render_incidents
from vedette.report.plan import counts
from vedette.simulate.types import Alert, Incident
from vedette.workspace.client import WorkspaceClient
from vedette.workspace.server import WorkspaceServer, start

#: The workspace of the demonstration, and the two days of its mailbox.
ENVIRONMENT = "local"
FROM = datetime(2026, 10, 5, tzinfo=UTC)
UNTIL = datetime(2026, 10, 7, tzinfo=UTC)
STEP = timedelta(hours=2)
MAILBOX = Path("examples", "mailbox")
TABLES = ("EmailEvents", "UrlClickEvents")

#: The story that is shown: a failed mail and the click on it, from clue to incident. The whole
#: pack goes the same way with ``vedette build`` and ``apply``, and takes its time.
STORY = tuple(
    Path("detections", "email", f"{name}.yaml")
    for name in (
        "dmarc-fail-then-click",
        "dmarc-failure-to-url-clicks",
        "dmarc-failures-with-delivery-context",
        "find-dmarc-failures",
        "group-dmarc-failures-by-sender",
    )
)

_COLOURS = {"High": "red", "Medium": "yellow", "Low": "blue", "Informational": "cyan"}


def main() -> int:
    """Run it; exit 0 if it all came out, 1 if something is not green, 2 or 3 as the verbs do."""
    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    try:
        return _run(console, find_root(Path(__file__) if _is_checkout() else Path.cwd()))
    except VedetteError as error:
        console.print(f"[red]demo:[/] {escape(str(error))}")
        return error.exit_code


def _is_checkout() -> bool:
    """True where the source lies in the repository that has the mailbox, whatever the folder."""
    return any((parent / MAILBOX).is_dir() for parent in Path(__file__).parents)


def _run(console: Console, root: Path) -> int:
    project = load_project(root, [root / path for path in STORY])
    if not _check(console, project):
        return 1
    resources = _resources(project)
    write_build(root / FOLDER, resources, __version__)
    _say(console, "Built", f"{len(resources)} resources into {FOLDER}/")
    with start(now=FROM) as server:
        _say(console, "Workspace", f"a Sentinel workspace of this machine, at {server.url}")
        if not _deploy(console, project.environments[ENVIRONMENT], server, resources):
            return 1
        client = WorkspaceClient(server.url, server.token, server.settings.scope)
        _replay(console, root, client)
        incidents = server.incidents()
        _write(root / FOLDER / "demo", client.incidents(), incidents)
    _show(console, incidents)
    console.print(f"\nThe incidents as a page: [bold]{FOLDER}/demo/index.html[/]")
    console.print(f"and as the service's API gives them: {FOLDER}/demo/incidents.json")
    return 0 if incidents else 1


def _check(console: Console, project: Project) -> bool:
    with console.status("Compiling the queries and running the cases ..."):
        verdict = check_tree(project, answer_cache())
    if not verdict.green:
        console.print(escape(render_text(TestReport(verdict.results, verdict.findings))))
        return False
    detections = len(project.selected)
    _say(console, "Checked", f"{detections} detections: structure, meaning, and every query")
    near = sum(not result.case.must_fire for result in verdict.results)
    _say(
        console,
        "Tested",
        f"{len(verdict.results)} cases on events, all passed: "
        f"{len(verdict.results) - near} that must fire, {near} near misses that must not",
    )
    return True


def _resources(project: Project) -> list[Resource]:
    """The story's detections, and of what the repository shares only what they need."""
    with Binder(answer_cache()) as binder:
        needs = dependencies(project, catalogue_of(project), binder)
    needed = {name for each in needs if each.kind != "function" for name in each.all()}
    functions = [each for alias, each in project.functions.items() if alias in needed]
    watchlists = [each for alias, each in project.watchlists.items() if alias in needed]
    return list(resources_of(project.selected, functions, watchlists))


def _deploy(
    console: Console,
    environment: Environment,
    server: WorkspaceServer,
    resources: Iterable[Resource],
) -> bool:
    """Plan and apply with the Azure SDK; a second plan shows that nothing is left to do."""
    target = replace(environment, endpoint=server.url)
    signed_in = sign_in(target, {**os.environ, LOOPBACK_VARIABLE: server.token})
    wanted = list(resources)
    with ArmWorkspace(target, signed_in) as workspace:

        def plan() -> tuple[Plan, LiveState]:
            live = read_live(workspace, wanted)
            shown = Target.of(target, account=signed_in.account, method=signed_in.method)
            policy = Policy.of(target, now=FROM)
            return make_plan(wanted, live, shown, __version__, policy), live

        with (
            console.status("Planning and deploying ..."),
            TemporaryDirectory(prefix="vedette-demo-") as folder,
        ):
            first, live = plan()
            given = Circumstances(Path(folder), Patience(timing(), backoff=0.0))
            applied = deploy(first, live, workspace, given)
            second, _ = plan()
    _say(console, "Planned", counts(first))
    for change in first.pending:
        kind, label = escape(str(change.resource.kind)), escape(change.resource.name)
        console.print(f"              [green]+[/] [dim]{kind}[/] {label}")
    _say(console, "Deployed", render_summary(applied).strip())
    for outcome in applied.outcomes:
        if outcome.message:
            console.print(f"              {escape(outcome.message)}")
    _say(console, "Planned again", counts(second))
    return applied.ok and not second.pending


def _replay(console: Console, root: Path, client: WorkspaceClient) -> None:
    """Send the mailbox, then let the two days pass."""
    sent = []
    for table in TABLES:
        path = root / MAILBOX / f"{table}.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines()
        events: list[Mapping[str, object]] = [json.loads(line) for line in lines if line]
        client.send_events(table, events)
        sent.append(f"{len(events)} {table}")
    _say(console, "Sent", " and ".join(sent))
    runs = 0
    with _progress(console) as bar:
        for moment in bar.track(list(_moments()), description="[bold]Running[/]      "):
            runs += client.advance(moment)
    days = (UNTIL - FROM).days
    _say(console, "Ran", f"{days} days of the schedule: {runs} runs")


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        yield bar


def _moments() -> Iterator[datetime]:
    moment = FROM
    while moment < UNTIL:
        moment = min(moment + STEP, UNTIL)
        yield moment


def _write(folder: Path, answers: list[dict[str, Any]], incidents: Iterable[Incident]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(answers, indent=2, ensure_ascii=False) + "\n"
    (folder / "incidents.json").write_text(text, encoding="utf-8", newline="\n")
    subtitle = f"Two days of a mailbox, {FROM:%d} to {UNTIL - timedelta(days=1):%d %B %Y}"
    page = render_incidents(list(incidents), title="What Vedette found", subtitle=subtitle)
    (folder / "index.html").write_text(page, encoding="utf-8", newline="\n")


def _show(console: Console, incidents: Iterable[Incident]) -> None:
    for incident in incidents:
        colour = _COLOURS.get(incident.severity, "white")
        number = len(incident.alerts)
        console.print(
            f"\n[bold]Incident {incident.number}[/] [{colour}]{incident.severity}[/] "
            f"{escape(incident.title)} [dim]({number} alert{'' if number == 1 else 's'})[/]"
        )
        table = Table(box=None, padding=(0, 2, 0, 2), show_header=False)
        for alert in incident.alerts:
            for row in alert.rows:
                for what, text in _why(alert, row):
                    table.add_row(f"[dim]{what}[/]", escape(text))
        console.print(table)


def _why(alert: Alert, row: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The mail, the click and the user behind an alert."""
    sender = f"{row.get('SenderFromAddress')} (sent as {row.get('SenderMailFromAddress')})"
    yield "mail", f"{_time(row.get('MailTime'))} from {sender}: {row.get('Subject')}"
    yield "", f"{row.get('AuthenticationDetails')}, delivered to {row.get('DeliveryLocation')}"
    through = ", went on through the warning" if row.get("IsClickedThrough") else ""
    yield (
        "click",
        f"{_time(row.get('TimeGenerated'))} {row.get('ActionType')}{through} {row.get('Url')}",
    )
    yield "user", f"{row.get('Recipient')} from {row.get('IPAddress')}"
    yield "alert", f"{_time(alert.created)} {alert.severity}"


def _time(value: object) -> str:
    return f"{value:%d %b %H:%M}" if isinstance(value, datetime) else str(value)


def _say(console: Console, what: str, text: str) -> None:
    console.print(f"[bold]{what:13}[/] {escape(text)}")
