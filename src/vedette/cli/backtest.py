"""``vedette backtest``: what the repository's rules would have made of a workspace's history."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from vedette.cli.cache import answer_cache
from vedette.cli.connection import environment_of
from vedette.cli.deployment import colour_wanted
from vedette.cli.options import env_option, format_option
from vedette.cli.writing import write_text
from vedette.convert.repository import unreadable
from vedette.deploy.logs import Logs, LogsSession
from vedette.deploy.pacing import Bucket
from vedette.deploy.rendering import render
from vedette.deploy.sign_in import sign_in
from vedette.engine.base import Rows
from vedette.engine.kusto_answer import typed_cell
from vedette.errors import ServiceError, UnsupportedError, UsageError
from vedette.finding import did_you_mean
from vedette.kql.binder import Binder
from vedette.kql.lint import catalogue_of
from vedette.model.detection import Detection
from vedette.model.environment import Environment
from vedette.operate.assumptions import (
    CONCURRENCY,
    LONGEST_QUERY,
    QUERIES,
    QUERIES_PER_SECOND,
)
from vedette.operate.backtest import Ask, Backtest, Job, run_jobs, times_of
from vedette.operate.health_queries import service_clock
from vedette.operate.raised import last_runs, raised_alerts
from vedette.operate.run_text import RunText, template_of
from vedette.project import Project, find_root, load_project
from vedette.report.backtest import render_cost, render_json, render_text
from vedette.report.findings import render_text as render_findings
from vedette.schema.types import SCALAR_TYPES, Column
from vedette.simulate.rule import rule_from_detection

_HELP = """Run rules over a live workspace's history.

Each run of the last --days days is one query to the workspace's logs, with the clock, the window
and the events of that run, and what it would raise is compared with what was raised. DETECTIONS
are rules by file, folder, name of the file, or id; all rules of the environment without any."""


@click.command("backtest", help=_HELP, short_help="Run rules over a live workspace's history.")
@click.argument("named", metavar="[DETECTION]...", nargs=-1)
@env_option
@click.option(
    "--days",
    type=click.IntRange(1, 90),
    default=7,
    show_default=True,
    help="How many days of runs.",
)
@format_option()
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to this file, and text to the screen.",
)
@click.option(
    "--max-queries",
    "most",
    type=click.IntRange(1),
    default=2000,
    show_default=True,
    help="Refuse to begin with more queries than this.",
)
@click.option("--dry-run", is_flag=True, help="Say how many queries it would be, and stop.")
def command(
    *,
    named: tuple[str, ...],
    name: str,
    days: int,
    form: str,
    output: Path | None,
    most: int,
    dry_run: bool,
) -> int:
    """Exit 0 if each run is known and makes as many alerts as it has made, else 1."""
    project = load_project(find_root(Path.cwd()))
    if findings := unreadable(project):
        click.echo(render_findings(findings))
        click.echo("Nothing was run: the repository is not what it says.")
        return 1
    environment = environment_of(project, name)
    signed_in = sign_in(environment, os.environ)
    logs = Logs(environment, signed_in)
    end = service_clock(logs)
    start = end - timedelta(days=days)
    last, notes = _last_runs(logs, end - start)
    jobs = _jobs(project, environment, named, last, start, end)
    count = sum(len(job.times) for job in jobs)
    click.echo(render_cost(jobs, CONCURRENCY, QUERIES, QUERIES_PER_SECOND), err=True, nl=False)
    if dry_run:
        return 0
    if count > most:
        raise UsageError(f"{count} queries are more than --max-queries {most}: fewer days or rules")
    raised = raised_alerts(logs, days)
    bucket = Bucket(QUERIES, QUERIES_PER_SECOND)
    with (
        LogsSession(environment, signed_in, longest=LONGEST_QUERY, take=bucket.take) as session,
        _progress(count) as advance,
    ):
        ask = _asking(session)
        results = run_jobs(jobs, raised, ask, concurrency=CONCURRENCY, advance=advance)
    report = Backtest(environment.name, start, end, results, notes)
    if output is not None:
        write_text(output, (render_json if form == "json" else render_text)(report))
    if form == "text" or output is not None:
        click.echo(render_text(report, colour=colour_wanted()), nl=False)
    else:
        click.echo(render_json(report).encode("utf-8"), nl=False)
    return 0 if report.same else 1


def _last_runs(logs: Logs, span: timedelta) -> tuple[Mapping[str, datetime], tuple[str, ...]]:
    """The last time of each rule, and what it means that it is not known."""
    try:
        found = last_runs(logs, span)
    except ServiceError as error:
        found, reason = {}, str(error)
    else:
        reason = "" if found else f"SentinelHealth has no rows in {span.days} days"
    note = f"when the rules really ran is not known, their runs are counted from midnight: {reason}"
    return found, (note,) if reason else ()


def _jobs(
    project: Project,
    environment: Environment,
    named: Sequence[str],
    last: Mapping[str, datetime],
    start: datetime,
    end: datetime,
) -> list[Job]:
    """The rules as the environment gets them, each with its runs."""
    with Binder(answer_cache()) as binder:
        rendered = render(project, environment, binder, today=datetime.now(UTC).date()).project
        catalogue = catalogue_of(rendered)
        jobs = []
        for detection in _chosen(rendered, named):
            rule = rule_from_detection(detection)
            path = detection.source.path
            bound = binder.bind(detection.query, catalogue)
            try:
                template = template_of(rule, bound, rendered.functions)
            except UnsupportedError as error:
                jobs.append(Job(path.stem, rule.name, path, None, reason=str(error)))
                continue
            times = times_of(template, start, end, last.get(rule.id.casefold()))
            jobs.append(Job(path.stem, rule.name, path, template, times))
    return jobs


def _chosen(project: Project, named: Sequence[str]) -> list[Detection]:
    rules = sorted(
        (each for each in project.detections if each.is_rule), key=lambda each: each.source.path
    )
    chosen: list[Detection] = []
    for one in named:
        found = [each for each in rules if _is_named(each, one, project.root)]
        if not found:
            stems = [each.source.path.stem for each in rules]
            hint = did_you_mean(one, stems)
            more = f" ({hint})" if hint else ""
            raise UsageError(f"the environment gets no rule that is called '{one}'{more}")
        chosen += [each for each in found if each not in chosen]
    chosen = chosen if named else rules
    if not chosen:
        raise UsageError("the environment gets no rules: hunting queries have no schedule")
    return chosen


def _is_named(detection: Detection, name: str, root: Path) -> bool:
    path = detection.source.path
    if name in {path.stem, str(detection.id), detection.name}:
        return True
    place = Path(name).resolve()
    return place.exists() and (root / path).resolve().is_relative_to(place)


def _asking(session: LogsSession) -> Ask:
    """Answers a run's query with typed rows."""

    def ask(run: RunText) -> Rows:
        answer = session.ask(run.text, run.timespan)
        columns = tuple(
            Column(name, kind if kind in SCALAR_TYPES else "string")
            for name, kind in answer.columns
        )
        rows = tuple(
            tuple(typed_cell(cell, column) for cell, column in zip(row, columns, strict=True))
            for row in answer.rows
        )
        return Rows(columns, rows)

    return ask


@contextmanager
def _progress(count: int) -> Iterator[Callable[[], None]]:
    """A bar on the terminal while queries run; it goes to stderr, and vanishes at the end."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("asking the logs", total=count)
        yield lambda: progress.advance(task)
