"""``vedette disable``: the emergency brake: one rule off, now, in both products, and off it stays.

The trap: a brake that the next deployment releases. The hold stands on the rule's mark in the
workspace, and every plan leaves the rule alone until ``--release`` takes it away.
"""

from __future__ import annotations

from pathlib import Path

import click

from vedette import __version__
from vedette.cli.apply import write
from vedette.cli.circumstances import journal_option, must_be_asked
from vedette.cli.deployment import Connection, Deployment, colour_wanted, connection
from vedette.cli.options import env_option, yes_option
from vedette.deploy.find_live import find_ours
from vedette.deploy.live import read_live
from vedette.deploy.plan import Change, Plan
from vedette.deploy.rollback import disable_change, release_change
from vedette.errors import UsageError
from vedette.report.plan import render_text


@click.command("disable", help="Switch a rule off at once, and keep it off.")
@click.argument("rule")
@env_option
@click.option("--reason", help="Why; it is shown in every plan until the rule is released.")
@click.option("--release", is_flag=True, help="Take the hold away again.")
@yes_option
@journal_option
def command(
    *, rule: str, name: str, reason: str | None, release: bool, yes: bool, journal: Path | None
) -> int:
    """RULE is the id, the name, or the file's stem of a rule. Exit 0 if it is off and verified."""
    if release == bool(reason and reason.strip()):
        raise UsageError("say why with --reason, or take the hold away with --release")
    must_be_asked(yes=yes)
    with connection(name) as opened:
        if opened is None:
            return 1
        live = read_live(opened.workspace, ())
        ours = find_ours(_id_of(rule, opened), live, opened.environment.tag)
        found_changes = [
            release_change(resource, mark)
            if release
            else disable_change(resource, live, mark, reason=reason or "")
            for resource, mark in ours
        ]
        changes = tuple(each for each in found_changes if isinstance(each, Change))
        if not changes:
            raise UsageError("; ".join(each for each in found_changes if isinstance(each, str)))
        plan = Plan(opened.target, __version__, changes)
        click.echo(render_text(plan, colour=colour_wanted()), nl=False)
        purpose = f"released {ours[0][0].label}" if release else f"disabled: {reason}"
        found = Deployment(plan, opened.workspace, live, opened)
        code = write(found, yes=yes, journal=journal, purpose=purpose)
    if code == 0 and not release:
        click.echo(f"It stays off until `vedette disable {rule} --env {name} --release`.")
    return code


def _id_of(rule: str, opened: Connection) -> str:
    """The id of the detection whose file has this stem, or what was given."""
    stems = {each.source.path.stem: str(each.id) for each in opened.project.detections}
    return stems.get(rule, rule)
