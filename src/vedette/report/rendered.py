"""What an environment gets, as people and programs read it: what is otherwise there, and why.

The trap: an override is read by whoever wonders why a rule is silent, so its owner and its reason
stand beside what it does, and what the environment does not get at all is listed too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vedette.deploy.diff import FieldChange
from vedette.deploy.rendering import LeftOut
from vedette.deploy.resource import Resource, ResourceKind
from vedette.model.override import Override
from vedette.report.fields import field_lines, json_field
from vedette.report.terminal import columns, paint, printable


@dataclass(frozen=True, slots=True)
class Difference:
    """A resource that the environment gets otherwise than the repository, or another, has it."""

    resource: Resource
    fields: tuple[FieldChange, ...]
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class RenderedReport:
    """What ``environment`` gets, compared with ``against``: the repository's files, or another.

    ``only`` are the labels that only one of two environments gets, each with its name.
    """

    environment: str
    against: str
    resources: tuple[Resource, ...]
    differences: tuple[Difference, ...]
    left_out: tuple[LeftOut, ...] = ()
    only: tuple[tuple[str, str], ...] = ()


def render_text(report: RenderedReport, *, colour: bool = False) -> str:
    """For a terminal."""
    lines = [f"'{report.environment}' gets {_counts(report.resources)}."]
    lines += _changes(report, colour=colour)
    if report.left_out:
        lines += ["", "Not for this environment:"]
        lines += columns(
            [
                ("  " + printable(each.detection.source.path.stem), printable(each.reason))
                for each in report.left_out
            ]
        )
    for name, label in report.only:
        lines.append(f"only '{name}' gets {printable(label)}")
    return "\n".join(lines) + "\n"


def render_json(report: RenderedReport) -> str:
    """For a program: with the bodies as they would be sent."""
    content = {
        "environment": report.environment,
        "against": report.against,
        "resources": [
            {
                "kind": each.kind.value,
                "id": each.id,
                "name": each.name,
                "source": each.path.as_posix(),
                "body": each.body,
            }
            for each in report.resources
        ],
        "differences": [
            {
                "id": each.resource.id,
                "source": each.resource.path.as_posix(),
                "fields": [json_field(field) for field in each.fields],
                "overrides": [_json_override(override) for override in each.overrides],
            }
            for each in report.differences
        ],
        "leftOut": [
            {"source": each.detection.source.path.as_posix(), "reason": each.reason}
            for each in report.left_out
        ],
        "only": [{"environment": name, "resource": label} for name, label in report.only],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _changes(report: RenderedReport, *, colour: bool) -> Iterator[str]:
    where = "the files" if report.against == "" else f"'{report.against}'"
    if not report.differences:
        yield f"Nothing differs from {where}."
        return
    yield f"{len(report.differences)} of them otherwise than in {where}:"
    for difference in report.differences:
        resource = difference.resource
        head = f"~ {resource.kind} {resource.label}  {resource.name}"
        yield ""
        yield paint(printable(head), "~", colour=colour)
        yield from field_lines(difference.fields, colour=colour)
        for override in difference.overrides:
            text = f"{override.reason} ({override.owner}, {override.locate()})"
            yield f"    because: {printable(text)}"


def _counts(resources: Iterable[Resource]) -> str:
    every = list(resources)
    plurals = {
        ResourceKind.RULE: ("rule", "rules"),
        ResourceKind.HUNTING: ("hunting query", "hunting queries"),
        ResourceKind.FUNCTION: ("function", "functions"),
        ResourceKind.WATCHLIST: ("watchlist", "watchlists"),
        ResourceKind.CUSTOM_DETECTION: ("custom detection", "custom detections"),
        ResourceKind.AUTOMATION: ("automation rule", "automation rules"),
    }
    parts = []
    for kind, names in plurals.items():
        number = sum(each.kind is kind for each in every)
        if number:
            parts.append(f"{number} {names[number != 1]}")
    return ", ".join(parts) or "nothing"


def _json_override(override: Override) -> dict[str, object]:
    return {
        "layer": override.layer.value,
        "owner": override.owner,
        "reason": override.reason,
        "place": str(override.locate()),
    }
