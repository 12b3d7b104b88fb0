"""``vedette lint``: everything that is wrong, all at once, without running a query.

The trap: nothing to lint is not clean. A pipeline whose path matches no detection must fail.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from vedette import __version__
from vedette.cli.cache import answers_folder, ledger_file
from vedette.cli.options import format_option
from vedette.errors import UsageError
from vedette.finding import Finding, Level
from vedette.kql.baseline import Comparison, compare, parse_baseline, render_baseline
from vedette.kql.incremental.bench import Bench
from vedette.kql.incremental.ledger import Ledger
from vedette.kql.incremental.stamps import changes
from vedette.kql.incremental.tree import TreeLint, lint_tree
from vedette.project import find_root
from vedette.report.findings import count, render_json, render_text, summary

if TYPE_CHECKING:
    from vedette.kql.binder import Binder

#: How often the files are looked at, in seconds.
_GLANCE = 0.3


@click.command("lint", help="Validate detections and compile their queries.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@format_option(("text", "json", "sarif"))
@click.option(
    "--baseline",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Count the findings that this file knows, and show the others.",
)
@click.option("--write-baseline", is_flag=True, help="Write all findings to the baseline.")
@click.option("--watch", is_flag=True, help="Stay, and lint what changes, until Ctrl-C.")
def command(
    *,
    paths: tuple[Path, ...],
    form: str,
    baseline: Path | None,
    write_baseline: bool,
    watch: bool,
) -> int:
    """Exit 0 without errors, 1 with; UsageError (exit 2) if there is no detection to lint.

    PATHS are files or folders, all detections without any.
    """
    if write_baseline and (baseline is None or paths):
        raise UsageError("--write-baseline needs --baseline, and takes all detections: no PATHS")
    if watch and (write_baseline or form != "text"):
        raise UsageError("--watch shows text, and writes no baseline")
    root = find_root(Path.cwd())
    if watch:
        return _watch(root, paths, baseline)
    linted = _lint(root, paths)
    if baseline is not None and write_baseline:
        text = render_baseline(linted.findings)
        baseline.write_text(text, encoding="utf-8", newline="\n")
        click.echo(f"{baseline}: {summary(linted.findings)} written")
        return 0
    return _tell(linted, paths, form, baseline)


def _lint(root: Path, paths: Sequence[Path], binder: Binder | None = None) -> TreeLint:
    linted = lint_tree(
        root,
        paths,
        Ledger(ledger_file(root)),
        cache=answers_folder(),
        processes=_processes(),
        today=datetime.now(UTC).date(),
        binder=binder,
    )
    if not linted.detections and not count(linted.findings, Level.ERROR):
        raise UsageError("there are no detections here; 'vedette new NAME' writes the first one")
    return linted


def _tell(linted: TreeLint, paths: Sequence[Path], form: str, baseline: Path | None) -> int:
    """Show the findings that the baseline does not know; the exit code."""
    findings: Sequence[Finding] = linted.findings
    known = 0
    if baseline is not None:
        compared = _compare(findings, baseline, linted, everything=not paths)
        findings, known = sorted((*compared.new, *compared.gone)), compared.known
    _show(findings, form, linted.detections, known)
    return 1 if count(findings, Level.ERROR) else 0


def _watch(root: Path, paths: Sequence[Path], baseline: Path | None) -> int:
    """Lint at every change, with one compiler; what the last lint's exit code is, at Ctrl-C."""
    code = 0
    with Bench(root, (), answers_folder()).binder() as binder, suppress(KeyboardInterrupt):
        for _ in changes(root, lambda: time.sleep(_GLANCE)):
            click.clear()  # on a terminal alone
            try:
                code = _tell(_lint(root, paths, binder), paths, "text", baseline)
            except UsageError as error:
                # A folder in the middle of a checkout, say: the next change may put it right.
                click.echo(f"vedette: {error}", err=True)
                code = error.exit_code
            binder.warm_up()
    return code


def _processes() -> int:
    """As many as there are cores for; each takes 0.2 GB at its height."""
    return min(os.cpu_count() or 1, 4)


def _compare(
    findings: Sequence[Finding], file: Path, linted: TreeLint, *, everything: bool
) -> Comparison:
    try:
        known = parse_baseline(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the baseline {file}; --write-baseline writes it") from error
    selected = {str(path) for path in linted.selected}
    place = PurePosixPath(file.as_posix())
    return compare(findings, known, place, lambda path: everything or path in selected)


def _show(findings: Sequence[Finding], form: str, detections: int, known: int) -> None:
    """JSON or SARIF, or every finding and then one line that sums up; in colour on a terminal."""
    if form != "text":
        text = _sarif(findings) if form == "sarif" else render_json(findings)
        # Bytes: what a program reads is UTF-8, whatever the console is set to.
        click.echo(text.encode("utf-8"))
        return
    if findings:
        # click takes the colours out again where the output is no terminal.
        click.echo(render_text(findings, colour=not os.environ.get("NO_COLOR")))
    plural = "" if detections == 1 else "s"
    more = f"; {known} in the baseline" if known else ""
    click.echo(f"{detections} detection{plural}: {summary(findings)}{more}")


def _sarif(findings: Sequence[Finding]) -> str:
    # Here, since no other form needs the checks, nor the tenth of a second to import them.
    from vedette.kql.checks.base import all_checks
    from vedette.report.sarif import render_sarif

    return render_sarif(findings, all_checks(), __version__)
