"""Brings automation rules in: a new file, or the file that there is with what differs moved.

The trap: they name rules that may come in with the same pull. So they are turned into files after
those, by the names that those got.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from uuid import UUID

from vedette.convert.automation_content import NoFileError, automation_values
from vedette.convert.content import Loss
from vedette.convert.edit import EditError, Editor, apply_edits
from vedette.convert.naming import Names
from vedette.convert.pull import Outcome, Pulled
from vedette.convert.read_json import Found
from vedette.convert.rule_content import not_a_guid
from vedette.convert.spans import spans_of
from vedette.convert.yaml_text import mapping_text
from vedette.deploy.automation import automation_resource
from vedette.deploy.diff import differences
from vedette.deploy.resource import Body, Collection, Resource
from vedette.finding import Finding, Level
from vedette.model.automation import AutomationRule
from vedette.model.load_automation import load_automation_rule
from vedette.model.shape import guid, mapping, text
from vedette.model.text import normalise
from vedette.model.yaml import parse
from vedette.project import Project
from vedette.project.discovery import AUTOMATION
from vedette.schema.validate import validate

WHAT = "automation rule"
_SCHEMA = "automation"


@dataclass(frozen=True, slots=True)
class Repository:
    """What automation rules are held against; ``stems`` name detections, new ones among them."""

    project: Project
    workspace_id: str
    stems: Mapping[UUID, str]

    def resource(self, rule: AutomationRule) -> Resource:
        """What ``rule`` deploys."""
        ids = {stem: identity for identity, stem in self.stems.items()}
        named = [ids[each] for each in rule.detections if each in ids]
        return automation_resource(rule, named, self.workspace_id)


def is_automation(each: object) -> bool:
    """True for an automation rule as the workspace has it."""
    return isinstance(each, Found) and each.collection is Collection.AUTOMATION


def pull_automation(
    found: Iterable[Found],
    project: Project,
    workspace_id: str,
    pulled: Iterable[Pulled],
    names: Names,
) -> list[Pulled]:
    """What becomes of the automation rules ``found``; ``pulled`` is what came in before them."""
    stems = {each.id: each.source.path.stem for each in project.detections if each.is_rule}
    for one in pulled:
        identity = guid(one.id)
        if one.outcome is Outcome.CREATED and identity is not None and one.path is not None:
            stems.setdefault(identity, one.path.stem)
    repository = Repository(project, workspace_id, stems)
    return [_one(each, repository, names) for each in found]


def _one(found: Found, repository: Repository, names: Names) -> Pulled:
    name = text(mapping(found.body.get("properties")).get("displayName"))
    identity = guid(found.id)
    if identity is None:
        return Pulled(Outcome.REFUSED, WHAT, found.id, name, reason=not_a_guid(found.id))
    known = next((each for each in repository.project.automation if each.id == identity), None)
    path = None if known is None else known.source.path
    try:
        values = automation_values(found.id, found.body, repository.stems)
        if known is not None:
            return _update(found, known, values, repository, name)
    except (NoFileError, EditError) as error:
        return Pulled(Outcome.REFUSED, WHAT, found.id, name, path, reason=str(error))
    path = AUTOMATION / f"{names.kebab(name, found.id)}.yaml"
    up = "../" * (len(path.parts) - 1)
    header = f"# yaml-language-server: $schema={up}schemas/{_SCHEMA}.schema.json\n"
    raw = header + mapping_text(values)
    losses = _losses(raw, path, found.body, repository)
    if isinstance(losses, str):
        return Pulled(Outcome.REFUSED, WHAT, found.id, name, reason=losses)
    return Pulled(Outcome.CREATED, WHAT, found.id, name, path, {path: raw}, losses=losses)


def _update(
    found: Found,
    known: AutomationRule,
    values: Mapping[str, object],
    repository: Repository,
    name: str,
) -> Pulled:
    """The file with what differs moved; its description and its comments are nobody else's."""
    path, own = known.source.path, repository.resource(known)
    if not differences(own, found.body):
        return Pulled(Outcome.UNCHANGED, WHAT, found.id, name, path)
    raw = (repository.project.root / Path(path)).read_bytes().decode("utf-8")
    before = automation_values(found.id, own.body, repository.stems)
    editor, root = Editor(known.source.text), spans_of(known.source.text)
    written = mapping(known.source.data)
    changed, order = [], list(values)
    for key in [*order, *(each for each in before if each not in values)]:
        if before.get(key) == values.get(key):
            continue
        changed.append(key)
        if key in written:
            editor.change(root, key, before.get(key), values.get(key))
        else:
            editor.insert(root, key, values[key], order[: order.index(key)])
    edited = apply_edits(raw, editor.edits)
    losses = _losses(normalise(edited), path, found.body, repository)
    if isinstance(losses, str):
        raise EditError(losses)
    files = {path: edited}
    return Pulled(Outcome.UPDATED, WHAT, found.id, name, path, files, tuple(changed), losses=losses)


def _losses(
    raw: str, path: PurePosixPath, live: Body, repository: Repository
) -> tuple[Loss, ...] | str:
    """In what the file would deploy otherwise than what is live; or why it is no file."""
    document, findings = parse(raw, path)
    rule: AutomationRule | None = None
    every: list[Finding] = list(findings)
    if document is not None:
        every += validate(document, _SCHEMA)
        rule, more = load_automation_rule(document)
        every += more
    errors = [each for each in every if each.level is Level.ERROR]
    if rule is None or errors:
        return "; ".join(f"{each.id} {each.message}" for each in errors) or "it lacks what it needs"
    return tuple(
        Loss(each.field, f"it is {each.before!r}; the file says {each.after!r}")
        for each in differences(repository.resource(rule), live)
    )
