"""Changed fields, as text and as JSON: the same wherever a change is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vedette.deploy.canonical import Value
from vedette.deploy.diff import FieldChange
from vedette.report.terminal import paint, printable

#: Longer names push their own values to the right, not everybody's.
_FIELD_WIDTH = 32


def field_lines(
    fields: Sequence[FieldChange], *, colour: bool, indent: str = "    "
) -> Iterator[str]:
    """What changes in the resource, a field a line, members and lines of text below it."""
    width = min(max((len(field.field) for field in fields), default=0), _FIELD_WIDTH)
    for field in fields:
        below = list(_below(field))
        if not below:
            yield (
                f"{indent}{field.field.ljust(width)}  {_value(field.before)} -> "
                f"{_value(field.after)}"
            )
            continue
        yield f"{indent}{field.field}"
        for line in below:
            # Diff markers stay in the first column of a summary, where they are coloured.
            text = f"{indent}  {printable(line)}" if indent else printable(line)
            yield paint(text, line[:1], colour=colour)


def json_field(field: FieldChange) -> dict[str, object]:
    """``{field, before, after}``, or ``{field, removed, added}`` for a set of members."""
    if field.is_set:
        return {"field": field.field, "removed": field.removed, "added": field.added}
    return {"field": field.field, "before": field.before, "after": field.after}


def _below(field: FieldChange) -> Iterator[str]:
    if field.is_set:
        yield from (f"- {member}" for member in field.removed)
        yield from (f"+ {member}" for member in field.added)
    else:
        yield from field.lines


def _value(value: Value | None) -> str:
    if value is None:
        return "(not set)"
    if isinstance(value, bool):
        return str(value).lower()
    return printable(str(value))
