"""``vedette explain``: what a finding means, why it matters, and what to do about it."""

from __future__ import annotations

import re

import click

from vedette.errors import UsageError
from vedette.finding import did_you_mean
from vedette.kql.checks.base import all_checks
from vedette.report.checks import render_check, render_list
from vedette.report.finding_texts import TEXTS, text_of

#: The compiler's own codes.
_COMPILER = re.compile(r"KS\d{3}")


@click.command("explain", help="Say what a finding means and what to do about it.")
@click.argument("name", metavar="[ID]", required=False)
def command(*, name: str | None) -> int:
    """Exit 0; ID is the id of a finding. Without it, the checks are listed."""
    checks = {check.id: check for check in all_checks()}
    if name is None:
        click.echo(render_list(tuple(checks.values())))
    elif name in checks:
        click.echo(render_check(checks[name]))
    elif text := text_of(name):
        click.echo(f"{name}\n\n{text}")
    elif _COMPILER.fullmatch(name):
        click.echo(
            f"{name}\n\nA message of the official Kusto compiler, with its own code: "
            "the query means nothing to it as it stands."
        )
    else:
        hint = did_you_mean(name, [*checks, *TEXTS]) or "'vedette explain' lists the checks"
        raise UsageError(f"there is no finding '{name}'; {hint}")
    return 0
