"""``vedette replay``: a folder of events through the rules, on a clock of its own.

The trap: the same command must say the same on every day and machine, so nothing here asks for the
time, and the span is that of the events unless it is given.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from vedette.cli.cache import answer_cache
from vedette.cli.git import extract, resolve
from vedette.cli.writing import write_text
from vedette.errors import UsageError
from vedette.kql.binder import Binder
from vedette.kql.lint import catalogue_of
from vedette.model.load_case import parse_now
from vedette.project import Project, find_root, load_project
from vedette.replay.compare import compare
from vedette.replay.outcome import Replay
from vedette.replay.replay import Rule, events_of, replay, span_of
from vedette.report.replay import render_json, render_text
from vedette.schema.catalogue import Catalogue
from vedette.schema.types import TableSchema

_RENDER = {"text": render_text, "json": render_json}


class _Moment(click.ParamType[datetime]):
    """A day (its midnight, UTC), or a time with its zone."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The time, as UTC."""
        text = str(value)
        moment = parse_now(text) or parse_now(f"{text}T00:00:00Z")
        if moment is None:
            self.fail(f"'{text}' is neither 2026-09-07 nor 2026-09-07T12:00:00Z", param, ctx)
        return moment.astimezone(UTC)


@click.command("replay", help="Run rules over a folder of events as the service would have.")
@click.option(
    "--events",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    required=True,
    help="A file a table: EmailEvents.jsonl or .parquet, as 'vedette generate mailbox' writes.",
)
@click.option("--from", "start", type=_Moment(), help="When the rules are created.")
@click.option("--to", "end", type=_Moment(), help="Runs are scheduled before this time.")
@click.option(
    "--rules",
    "paths",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Only these files or folders; may be repeated.",
)
@click.option("--compare", "ref", metavar="REF", help="Compare with the rules of a git commit.")
@click.option(
    "--format", "form", type=click.Choice(list(_RENDER)), default="text", help="What to write."
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it here.")
@click.option("--plain", is_flag=True, help="Make every run by itself: slow, the same result.")
def command(
    *,
    folder: Path,
    start: datetime | None,
    end: datetime | None,
    paths: tuple[Path, ...],
    ref: str | None,
    form: str,
    out: Path | None,
    plain: bool,
) -> int:
    """Exit 0; 1 if the two versions make different alerts; 2 if nothing can be replayed."""
    root = find_root(Path.cwd())
    project = load_project(root, paths)
    ours = _play(project, folder, start, end, plain=plain)
    comparison = None
    if ref is not None:
        commit = resolve(root, ref)
        if commit is None:
            raise UsageError(f"git knows no commit '{ref}'")
        with TemporaryDirectory(prefix="vedette-replay-") as temporary:
            extract(root, commit, Path(temporary))
            there = load_project(Path(temporary), _those_that_exist(paths, root, Path(temporary)))
            # The same runs, whatever the other version reads.
            theirs = _play(there, folder, ours.start, ours.end, plain=plain)
        comparison = compare(theirs, ours)
    text = _RENDER[form](ours, comparison)
    if out is None:
        click.echo(text.encode("utf-8"), nl=False)
    else:
        write_text(out, text)
    return 0 if comparison is None or comparison.alike else 1


def _play(
    project: Project,
    folder: Path,
    start: datetime | None,
    end: datetime | None,
    *,
    plain: bool,
) -> Replay:
    catalogue = catalogue_of(project)
    rules = _rules(project, catalogue)
    tables: dict[str, TableSchema] = {}
    for rule in rules:
        tables.update(rule.bound.tables)
    with events_of(folder, catalogue.tables, list(tables)) as engine:
        if start is None or end is None:
            first, last = span_of(engine, list(tables.values()))
            start, end = start or first, end or last
        if start >= end:
            raise UsageError("--from must be before --to")
        return replay(project, catalogue, rules, engine, start, end, plain=plain)


def _rules(project: Project, catalogue: Catalogue) -> list[Rule]:
    with Binder(answer_cache()) as binder:
        rules = [
            Rule(detection, binder.bind(detection.query, catalogue))
            for detection in project.selected
            if detection.is_rule
        ]
    if not rules:
        raise UsageError("there are no rules to replay: hunting queries have no schedule")
    return rules


def _those_that_exist(paths: tuple[Path, ...], root: Path, other: Path) -> tuple[Path, ...]:
    """The same files and folders in the other version of the repository."""
    moved = [other / path.resolve().relative_to(root.resolve()) for path in paths]
    found = tuple(path for path in moved if path.exists())
    if paths and not found:
        raise UsageError("the other version has none of these files")
    return found
