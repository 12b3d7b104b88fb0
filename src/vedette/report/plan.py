"""A plan as people and programs read it: on a terminal, in a pipeline's summary, as JSON.

The trap: a summary that counts otherwise than the plan does. All counts are of the plan's entries.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from vedette.deploy.plan import Action, Change, Plan
from vedette.deploy.resource import CONTENT, NO_FILE, Collection, ResourceKind
from vedette.report.fields import field_lines, json_field
from vedette.report.markdown import cell, code, fence
from vedette.report.terminal import columns, paint, printable

_MARKS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.ENABLE: "~",
    Action.DISABLE: "~",
    Action.DELETE: "-",
    Action.ADOPT: "~",
    Action.NO_OP: "=",
    Action.SKIP: "!",
    Action.BLOCKED: "!",
    Action.FOREIGN: "=",
}

#: How the actions are counted, in this order; what is foreign has a line of its own.
_COUNTED = {
    Action.CREATE: "to create",
    Action.UPDATE: "to update",
    Action.ENABLE: "to enable",
    Action.DISABLE: "to disable",
    Action.DELETE: "to delete",
    Action.ADOPT: "to adopt",
    Action.SKIP: "skipped",
    Action.BLOCKED: "blocked",
    Action.NO_OP: "unchanged",
}
_ALWAYS_COUNTED = frozenset({Action.CREATE, Action.UPDATE, Action.NO_OP})

#: So many foreign resources are named on a terminal; all of them are in the JSON.
_FOREIGN_SHOWN = 10

_FOREIGN = {
    Collection.RULES: ("rule", "rules"),
    Collection.SEARCHES: ("saved search", "saved searches"),
    Collection.WATCHLISTS: ("watchlist", "watchlists"),
    Collection.AUTOMATION: ("automation rule", "automation rules"),
    Collection.DETECTIONS: ("custom detection", "custom detections"),
}


def render_text(plan: Plan, *, colour: bool = False) -> str:
    """The plan for a terminal; unchanged resources are counted, not listed."""
    target = plan.target
    lines = [
        f"Plan for '{target.environment}': {target.resource_group}/{target.workspace}",
        f"  subscription {target.subscription}, tenant {target.tenant}",
        f"  at {target.endpoint} as {printable(target.account)} ({target.method})",
        "",
    ]
    shown = _shown(plan)
    for change, line in zip(shown, columns([_row(change) for change in shown]), strict=True):
        lines.append(paint(line, _MARKS[change.action], colour=colour))
        if change.reason:
            lines.append(f"    {printable(change.reason)}")
        if change.note:
            lines.append(paint(f"    ! {printable(change.note)}", "!", colour=colour))
        lines += field_lines(change.fields, colour=colour)
    lines += [f"! {printable(warning)}" for warning in plan.warnings]
    if shown or plan.warnings:
        lines.append("")
    lines += [f"{counts(plan)}.", _foreign(plan), *_foreign_lines(plan), *_verdict(plan)]
    return "\n".join(lines) + "\n"


def render_markdown(plan: Plan) -> str:
    """The plan for a pipeline's summary or a comment."""
    target = plan.target
    place = f"{target.resource_group}/{target.workspace}"
    lines = [
        f"## Plan for {code(target.environment)}",
        "",
        f"{code(place)} as {code(target.account)} ({target.method}).",
        "",
        f"**{counts(plan)}.** {_foreign(plan)}",
    ]
    lines += ["", *map(cell, plan.warnings)] if plan.warnings else []
    lines += ["", *(f"**{line}**" for line in verdict)] if (verdict := _verdict(plan)) else []
    shown = _shown(plan)
    if shown:
        lines += ["", "| | kind | resource | name |", "|---|---|---|---|"]
        lines += [
            f"| {change.action} | {change.resource.kind} | {code(change.resource.label)} "
            f"| {cell(change.resource.name)} |"
            for change in shown
        ]
    for change in shown:
        texts = [text for text in (change.reason, change.note) if text]
        if change.fields or texts:
            lines += ["", f"### {change.action} {code(change.resource.label)}", ""]
            for text in texts:
                lines += [f"{cell(text)}.", ""]
        if change.fields:
            fields = list(field_lines(change.fields, colour=False, indent=""))
            marks = fence(fields)
            lines += [f"{marks}diff", *fields, marks]
    return "\n".join(lines) + "\n"


def render_json(plan: Plan, *, adopt: Iterable[str] = ()) -> str:
    """The plan for a program; with ``fingerprint``, by which an approved plan is recognised.

    ``adopt`` is what the command line asked to adopt: whoever carries the plan out needs it again.
    """
    target = plan.target
    content = {
        "tool": {"name": "vedette", "version": plan.tool},
        "fingerprint": plan.fingerprint,
        "target": {
            "environment": target.environment,
            "tenant": target.tenant,
            "subscription": target.subscription,
            "resourceGroup": target.resource_group,
            "workspace": target.workspace,
            "endpoint": target.endpoint,
            "account": target.account,
            "method": target.method,
        },
        "counts": {action.value: len(plan.having(action)) for action in Action},
        "adopt": list(adopt),
        "warnings": list(plan.warnings),
        "foreign": {collection.value: plan.foreign.get(collection, 0) for collection in CONTENT},
        "changes": [_json_change(change) for change in plan.changes],
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def counts(plan: Plan) -> str:
    """``2 to create, 1 to update, 4 unchanged``; the other actions where there are any."""
    parts = []
    for action, text in _COUNTED.items():
        number = len(plan.having(action))
        if number or action in _ALWAYS_COUNTED:
            parts.append(f"{number} {text}")
    return ", ".join(parts)


def _foreign(plan: Plan) -> str:
    parts = []
    for collection, names in _FOREIGN.items():
        number = plan.foreign.get(collection, 0)
        if number:
            parts.append(f"{number} {names[number != 1]}")
    if not parts:
        return "Nothing else is in the workspace."
    return f"Not of this repository, and left alone: {', '.join(parts)}."


def _foreign_lines(plan: Plan) -> list[str]:
    """The foreign resources by name, the first of them."""
    foreign = plan.having(Action.FOREIGN)
    lines = columns(
        [
            (
                "  ",
                _FOREIGN[change.resource.kind.collection][0],
                printable(change.resource.label),
                printable(change.resource.name),
                f"({printable(change.reason)})" if change.reason else "",
            )
            for change in foreign[:_FOREIGN_SHOWN]
        ]
    )
    more = len(foreign) - _FOREIGN_SHOWN
    return [*lines, *([f"    and {more} more (--format json names them all)"] if more > 0 else [])]


def _verdict(plan: Plan) -> list[str]:
    if not plan.blocked:
        return []
    return ["Blocked: nothing is written until what is blocked is put right."]


def _shown(plan: Plan) -> list[Change]:
    """What a reviewer has to look at."""
    return [
        change for change in plan.changes if change.action not in {Action.NO_OP, Action.FOREIGN}
    ]


def _row(change: Change) -> tuple[str, ...]:
    resource = change.resource
    name = printable(resource.name)
    if resource.kind is ResourceKind.WATCHLIST:
        rows = len(resource.rows)
        name += f" ({rows} {'row' if rows == 1 else 'rows'})"
    mark = f"{_MARKS[change.action]} {change.action}"
    return mark, resource.kind.value, printable(resource.label), name


def _json_change(change: Change) -> dict[str, object]:
    resource = change.resource
    return {
        "action": change.action.value,
        "kind": resource.kind.value,
        "id": resource.id,
        "name": resource.name,
        "source": None if resource.path == NO_FILE else resource.path.as_posix(),
        "etag": change.etag,
        "reason": change.reason,
        "note": change.note,
        "mark": None if change.mark is None else change.mark.state.value,
        "fields": [json_field(field) for field in change.fields],
    }
