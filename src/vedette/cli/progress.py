"""Shows a run of writes as it goes: a line for each, and in a terminal the rate below them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from vedette.deploy.outcome import Outcome
from vedette.report.apply import render_outcome


class Progress:
    """Prints a line for each outcome."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour

    def tell(self, outcome: Outcome) -> None:
        """One write is done."""
        click.echo(render_outcome(outcome, colour=self._colour))


@contextmanager
def shown_progress(total: int, *, colour: bool) -> Iterator[Progress]:
    """Progress over ``total`` changes; with a bar and a rate where somebody watches."""
    if not total or not sys.stdout.isatty():
        yield Progress(colour=colour)
        return
    # rich takes a tenth of a second to import, which a pipeline has no use for.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    rate = TextColumn("{task.fields[rate]}")
    console = Console(highlight=False)
    columns = (BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total, rate="")

        class Shown(Progress):
            """Prints above the bar, and moves it."""

            def tell(self, outcome: Outcome) -> None:
                bar.print(render_outcome(outcome), markup=False)
                bar.advance(task)
                speed = bar.tasks[0].speed
                bar.update(task, rate=f"{speed:.1f} changes/s" if speed else "")

        yield Shown(colour=colour)
