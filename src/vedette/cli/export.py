"""``vedette export``: what the repository deploys, as an ARM template, Bicep or Terraform."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import click

from vedette.cli.cache import answer_cache
from vedette.cli.writing import write_text
from vedette.convert.arm_template import write_template
from vedette.convert.bicep import write_bicep
from vedette.convert.content import Loss
from vedette.convert.exported import Exported, Omission
from vedette.convert.terraform import write_terraform
from vedette.deploy.gate import check_tree
from vedette.deploy.payload import resources_of
from vedette.deploy.resource import Collection, Key, key_of
from vedette.kql.binder import Binder
from vedette.kql.dependencies import dependencies
from vedette.kql.lint import catalogue_of
from vedette.model.product import Product
from vedette.project import Project, find_root, load_project
from vedette.report.cases import TestReport, render_text
from vedette.report.export import render_omissions, render_summary

_Write = Callable[..., Exported]
_WRITERS: Mapping[str, _Write] = {
    "arm": write_template,
    "bicep": write_bicep,
    "terraform": write_terraform,
}


@click.command("export", help="Write what is deployed as an ARM template, Bicep or Terraform.")
@click.argument("language", type=click.Choice(list(_WRITERS)))
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write to; without it, the text goes to the standard output.",
)
def command(*, language: str, paths: tuple[Path, ...], output: Path | None) -> int:
    """Exit 0 with an export, 1 if the tree is not green.

    PATHS are files or folders: only those detections are exported, with all functions and
    watchlists. What the language cannot say is told on the standard error.
    """
    project = load_project(find_root(Path.cwd()), paths)
    verdict = check_tree(project, answer_cache())
    if not verdict.green:
        click.echo(render_text(TestReport(verdict.results, verdict.findings)), nl=False, err=True)
        click.echo("Nothing was exported.", err=True)
        return 1
    resources = resources_of(
        project.selected, project.functions.values(), project.watchlists.values()
    )
    exported = _WRITERS[language](resources, needs_of(project))
    omitted = (*exported.omitted, *_elsewhere(project))
    if output is None:
        click.echo(exported.text, nl=False)
    else:
        file = output / exported.file_name
        write_text(file, exported.text)
        click.echo(render_summary(exported, file.as_posix()), nl=False)
    click.echo(render_omissions(omitted), nl=False, err=True)
    return 0


def needs_of(project: Project) -> dict[Key, tuple[Key, ...]]:
    """What each function and each selected detection needs of what the repository deploys."""
    ids = {alias: str(function.id) for alias, function in project.functions.items()}
    owners = {str(each.source.path): str(each.id) for each in project.functions.values()}
    rules = {str(each.source.path): each for each in project.selected}
    found: dict[Key, tuple[Key, ...]] = {}
    with Binder(answer_cache()) as binder:
        for needs in dependencies(project, catalogue_of(project), binder):
            rule = rules.get(needs.path)
            is_rule = rule is not None and rule.is_rule
            identity = owners[needs.path] if rule is None else str(rule.id)
            before = (
                *(key_of(Collection.SEARCHES, ids[name]) for name in needs.functions),
                *(key_of(Collection.WATCHLISTS, alias) for alias in needs.watchlists),
            )
            found[key_of(Collection.RULES if is_rule else Collection.SEARCHES, identity)] = before
    return found


def _elsewhere(project: Project) -> list[Omission]:
    """What the repository deploys besides, which has no form in these languages."""
    why = (
        "a custom detection is made through Microsoft Graph alone; `vedette build` writes its body"
    )
    ids = "it names rules by their ids in one workspace; `vedette apply` deploys it"
    defender = [
        Omission("custom detection", each.source.path.stem, Loss("", why))
        for each in project.selected
        if each.is_rule and Product.DEFENDER in each.products
    ]
    automation = [
        Omission("automation rule", each.source.path.stem, Loss("", ids))
        for each in project.automation
    ]
    return [*defender, *automation]
