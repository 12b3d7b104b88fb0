"""``vedette generate``: events to try detections on, with the truth about what is in them."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import click

from vedette.errors import UsageError
from vedette.generate.mailbox import TABLES, Size, days_of

#: Not today: the same command writes the same bytes on every day. A Monday.
START = "2026-09-07"
TRUTH = "truth.jsonl"


@click.group("generate", help="Generate events to try detections on.")
def command() -> None:
    """The group; each subcommand returns its exit code."""


@command.command("mailbox", help="An organisation's mail, clicks and sign-ins, with campaigns.")
@click.option(
    "--users",
    type=click.IntRange(2, 100_000),
    default=100,
    show_default=True,
    help="How many people the organisation has.",
)
@click.option(
    "--days",
    type=click.IntRange(1, 3660),
    default=30,
    show_default=True,
    help="How many days to generate.",
)
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help="Another seed is another organisation, with other campaigns.",
)
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    default=START,
    show_default=True,
    help="The first day (UTC).",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="A new or empty folder: a file for each table, and truth.jsonl.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl"]),
    default="jsonl",
    show_default=True,
    help="JSON lines, with each event's _IngestionTime.",
)
def mailbox(*, users: int, days: int, seed: int, start: datetime, out: Path, form: str) -> int:
    """Exit 0; 2 if the folder already holds something."""
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty: name a new folder")
    out.mkdir(parents=True, exist_ok=True)
    size = Size(users, days, seed, start.replace(tzinfo=UTC))
    events, campaigns = _write(size, out, form)
    click.echo(f"{events} events of {users} users and {days} days in {out}")
    click.echo(f"{campaigns} campaigns in {out / TRUTH}: do not look before you have looked")
    return 0


def _write(size: Size, out: Path, form: str) -> tuple[int, int]:
    """Write day by day; the numbers of events and campaigns."""
    events = campaigns = 0
    with ExitStack() as stack:
        files = {
            table: stack.enter_context(
                (out / f"{table}.{form}").open("w", encoding="utf-8", newline="\n")
            )
            for table in TABLES
        }
        truth = stack.enter_context((out / TRUTH).open("w", encoding="utf-8", newline="\n"))
        for day in days_of(size):
            for event in day.events:
                files[event.table].write(event.line() + "\n")
            for campaign in day.campaigns:
                truth.write(campaign.line() + "\n")
            events += len(day.events)
            campaigns += len(day.campaigns)
    return events, campaigns
