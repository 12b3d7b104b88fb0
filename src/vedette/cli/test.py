"""``vedette test``: runs the cases of detections offline and shows what differs.

The trap: green has to mean that something was proved. No case at all, a case that could not run,
and a finding in a rule or a case file each make the command fail, like a case that differs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from vedette.cli.cache import answer_cache
from vedette.cli.engines import BOTH, DEFAULT_DATABASE, DUCKDB, KUSTO, chosen_engine
from vedette.cli.options import format_option
from vedette.cli.writing import write_text
from vedette.errors import UsageError
from vedette.evidence.mutation import MutantResult, mutation_findings, run_mutants
from vedette.evidence.outcome import CaseResult
from vedette.evidence.run import CaseEngine, run_cases
from vedette.finding import Finding, did_you_mean
from vedette.kql.binder import Binder
from vedette.kql.lint import catalogue_of, lint
from vedette.model.case import Case
from vedette.project import Project, find_root, load_project
from vedette.report.cases import TestReport, lines, render_json, render_text, render_xml

_RENDERERS = {"text": render_text, "json": render_json, "junit": render_xml}

_HELP = """Run the cases of detections offline, or on a Kusto endpoint.

PATHS are detections, their case files, or folders; without any, all detections. Exit code 0 only
if there are cases, all of them pass, and nothing is wrong with the files themselves. With --engine
both a case also fails if the two engines answer its query differently. With --mutate each
condition, threshold, join and key of a query is changed in turn, and a change that no case notices
is a finding: there a case is missing."""


@click.command("test", help=_HELP)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--case", "name", metavar="NAME", help="Run only the cases of this name.")
@format_option(_RENDERERS, text="What to write.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it to this file, and text to the screen.",
)
@click.option(
    "--engine",
    "kind",
    type=click.Choice([DUCKDB, KUSTO, BOTH]),
    default=DUCKDB,
    show_default=True,
    help="What runs the queries.",
)
@click.option("--cluster", metavar="URL", help="The Kusto endpoint: a cluster or the emulator.")
@click.option(
    "--database", default=DEFAULT_DATABASE, show_default=True, help="A database of the cluster."
)
@click.option(
    "--mutate", is_flag=True, help="Also change the queries, and see whether cases notice."
)
def command(
    *,
    paths: tuple[Path, ...],
    name: str | None,
    mutate: bool,
    form: str,
    output: Path | None,
    kind: str,
    cluster: str | None,
    database: str,
) -> int:
    """Exit 0 if all is green, 1 if not; UsageError (exit 2) if there is no case to run."""
    if mutate and (name is not None or kind != DUCKDB):
        raise UsageError("--mutate needs all cases and the engine duckdb: leave the others out")
    project = load_project(find_root(Path.cwd()), paths)
    chosen = [case for case in _cases(project) if name is None or case.name == name]
    if not chosen and (name is not None or not project.findings):
        raise UsageError(_nothing_to_run(project, name))
    with chosen_engine(kind, cluster, database) as engine:
        report = _run(project, name, _runs(project, name), engine)
        if mutate:
            report = _mutated(project, report, engine)
    if form == "text" or output is not None:
        _show(report)
    if output is not None:
        write_text(output, _RENDERERS[form](report))
    elif form != "text":
        # Bytes: what a pipeline reads is UTF-8, whatever the console is set to.
        click.echo(_RENDERERS[form](report).encode("utf-8"), nl=False)
    return 0 if report.green else 1


def _run(project: Project, name: str | None, count: int, engine: CaseEngine) -> TestReport:
    """Check the rules and run the cases named ``name`` (all if None; ``count`` runs)."""
    catalogue = catalogue_of(project)
    with Binder(answer_cache()) as binder, _progress(count) as advance:
        findings: list[Finding] = lint(project, catalogue, binder)
        results: list[CaseResult] = []
        for result in run_cases(
            project,
            catalogue,
            binder,
            project.selected,
            select=lambda case: name is None or case.name == name,
            engine=engine,
        ):
            results.append(result)
            advance()
    return TestReport(tuple(results), tuple(findings))


def _mutated(project: Project, report: TestReport, engine: CaseEngine) -> TestReport:
    """The report with the mutants of all detections, and what is found about them."""
    with_cases = [one for one in project.selected if one.source.path in project.cases]
    # What the cache of answers would keep is never asked again.
    with Binder() as binder, _progress(len(with_cases), "changing queries") as advance:
        results: list[MutantResult] = []
        for detection in with_cases:
            results += run_mutants(project, catalogue_of(project), binder, [detection], engine)
            advance()
    findings = (*report.findings, *mutation_findings(project, results))
    return replace(report, findings=findings, mutants=tuple(results))


def _cases(project: Project) -> list[Case]:
    return [case for file in project.cases.values() for case in file.cases]


def _runs(project: Project, name: str | None) -> int:
    """How many results there will be: a case runs for each product of its detection."""
    return sum(
        len(detection.products)
        for detection in project.selected
        if (file := project.cases.get(detection.source.path)) is not None
        for case in file.cases
        if name is None or case.name == name
    )


def _nothing_to_run(project: Project, name: str | None) -> str:
    if name is None:
        return "there is no case to run ('vedette new NAME' writes a detection with two)"
    hint = did_you_mean(name, [case.name for case in _cases(project)])
    return f"no case is named '{name}'" + (f" ({hint})" if hint else "")


def _show(report: TestReport) -> None:
    """Write text to the screen, in colour if it is one."""
    from rich.console import Console
    from rich.text import Text

    if not sys.stdout.isatty():
        click.echo(render_text(report), nl=False)
        return
    console = Console(highlight=False, soft_wrap=True)
    for line in lines(report):
        console.print(Text(line.text, style=line.style))


@contextmanager
def _progress(count: int, doing: str = "running cases") -> Iterator[Callable[[], None]]:
    """A bar on the terminal while something runs; it goes to stderr, and vanishes at the end."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(doing, total=count)
        yield lambda: progress.advance(task)
