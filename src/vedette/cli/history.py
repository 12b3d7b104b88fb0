"""``vedette history``: what happened to one resource: in git, by applies, in the workspace.

The trap: three sources with three clocks. Times are brought to UTC before they are sorted; a commit
is shown at its author's time, which says when it was written, not when it was deployed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from vedette.cli.cache import answer_cache
from vedette.cli.circumstances import folder_of, journal_option
from vedette.cli.deployment import Connection, connection
from vedette.cli.git import history_of
from vedette.cli.options import env_option
from vedette.deploy.content import resources_for
from vedette.deploy.fingerprint import fingerprint_of
from vedette.deploy.journal import Journal
from vedette.deploy.live import LiveState, etag_of, read_live
from vedette.deploy.removal import resource_of_live
from vedette.deploy.resource import Resource
from vedette.deploy.task import who_changed
from vedette.errors import UsageError
from vedette.finding import did_you_mean
from vedette.kql.binder import Binder
from vedette.report.audit import Moment, moment_of, render_history


@click.command("history", help="Show what happened to a resource: commits, applies, etags.")
@click.argument("named", metavar="ID")
@env_option
@journal_option
def command(*, named: str, name: str, journal: Path | None) -> int:
    """ID is the id, the alias, the name, or the file's stem of a resource."""
    with connection(name) as opened:
        if opened is None:
            return 1
        with Binder(answer_cache()) as binder:
            ours = resources_for(opened.project, opened.environment, binder)
        live = read_live(opened.workspace, ours)
        meant = _find(named, [*ours, *_only_live(live)])
        resource = meant[0]
        lines = Journal.open(folder_of(opened.root, journal, opened.target)).lines
        moments = [
            moment
            for line in lines
            if line.text("id").casefold() == resource.id.casefold()
            if (moment := moment_of(line)) is not None
        ]
        click.echo(
            render_history(
                [line for each in meant for line in _present(each, live, opened)],
                [*moments, *_commits(resource, opened.root)],
            ),
            nl=False,
        )
    return 0


def _find(named: str, resources: list[Resource]) -> list[Resource]:
    """The resources of the id that is meant: one, or one for each product."""
    wanted = named.casefold()
    for resource in resources:
        if wanted in {resource.id.casefold(), resource.label.casefold(), resource.name.casefold()}:
            same = {each.key: each for each in reversed(resources) if each.id == resource.id}
            return sorted(same.values(), key=lambda each: each.kind.order)
    hint = did_you_mean(named, [each.label for each in resources])
    raise UsageError(f"there is no '{named}' here or there" + (f" ({hint})" if hint else ""))


def _only_live(live: LiveState) -> list[Resource]:
    return [resource_of_live(key, body, None) for key, body in live.resources.items()]


def _present(resource: Resource, live: LiveState, opened: Connection) -> list[str]:
    body, found = live.find(resource), live.marks.get(resource.key)
    head = [f"{resource.kind} {resource.label} ({resource.id}): {resource.name}"]
    place = f"  in {opened.target.resource_group}/{opened.target.workspace}: "
    if body is None:
        head.append(f"{place}not there")
    else:
        fingerprint = fingerprint_of(resource.kind, body, live.rows_in(resource))
        who = who_changed(body)
        head.append(
            f"{place}etag {etag_of(body) or 'none'}, fingerprint {fingerprint[:12]}"
            + (f", last written {who}" if who else "")
        )
    if found is not None:
        mark = found.mark
        since = f" since {mark.since:%Y-%m-%d %H:%M} UTC" if mark.since else ""
        hold = f", held: {mark.hold}" if mark.hold else ""
        head.append(f"  mark of '{mark.tag}': {mark.state}{since}{hold}")
    return head


def _commits(resource: Resource, root: Path) -> list[Moment]:
    if not resource.path.name:
        return []
    return [
        Moment(_utc(commit.at), f"commit {commit.hash[:12]}", f"{commit.author}: {commit.subject}")
        for commit in history_of(root, Path(resource.path))
    ]


def _utc(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
