"""``vedette generate``: events to try detections on, with the truth about what is in them."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

import click

from vedette.errors import UsageError
from vedette.generate.mailbox import TABLES, Size, days_of
from vedette.schema.catalogue import stock_tables

#: Not today: the same command writes the same bytes on every day. A Monday.
START = "2026-09-07"
TRUTH = "truth.jsonl"
PARQUET, JSON_LINES = "parquet", "jsonl"


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
    type=click.Choice([PARQUET, JSON_LINES]),
    default=PARQUET,
    show_default=True,
    help="With each event's _IngestionTime. JSON lines can be read without a database, "
    "and are many times as large.",
)
def mailbox(*, users: int, days: int, seed: int, start: datetime, out: Path, form: str) -> int:
    """Exit 0; 2 if the folder already holds something."""
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty: name a new folder")
    out.mkdir(parents=True, exist_ok=True)
    size = Size(users, days, seed, start.replace(tzinfo=UTC))
    events, campaigns = (_write_parquet if form == PARQUET else _write)(size, out)
    click.echo(f"{events} events of {users} users and {days} days in {out}")
    click.echo(f"{campaigns} campaigns in {out / TRUTH}: do not look before you have looked")
    return 0


def _write_parquet(size: Size, out: Path) -> tuple[int, int]:
    """As JSON lines first, which need no memory, and from them as Parquet."""
    # DuckDB takes a moment to import, and JSON lines need none of it.
    from vedette.engine.parquet import write_parquet

    tables = stock_tables()
    with TemporaryDirectory(prefix="writing-", dir=out) as temporary:
        lines = Path(temporary)
        written = _write(size, lines)
        (lines / TRUTH).replace(out / TRUTH)
        files = [
            (tables[table], lines / f"{table}.{JSON_LINES}", out / f"{table}.{PARQUET}")
            for table in TABLES
        ]
        write_parquet(out, files)
    return written


def _write(size: Size, out: Path) -> tuple[int, int]:
    """Write day by day, as JSON lines; the numbers of events and campaigns."""
    events = campaigns = 0
    with ExitStack() as stack:

        def opened(name: str) -> TextIO:
            return stack.enter_context((out / name).open("w", encoding="utf-8", newline="\n"))

        files = {table: opened(f"{table}.{JSON_LINES}") for table in TABLES}
        truth = opened(TRUTH)
        for day in days_of(size):
            for event in day.events:
                files[event.table].write(event.line() + "\n")
            for campaign in day.campaigns:
                truth.write(campaign.line() + "\n")
            events += len(day.events)
            campaigns += len(day.campaigns)
    return events, campaigns
