"""Changes a query for one workspace: values of its parameters, rows that are left out.

The trap: text that is pasted into a query can be anything. A value must be one literal of the type
that stood there, a filter must be the last operator of the whole query, and the compiler, not this
module, is asked whether it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vedette.finding import Finding, did_you_mean
from vedette.kql.bound import BoundQuery, Node
from vedette.kql.desugar.tree import items
from vedette.kql.parameters import misfits, parameters_of
from vedette.model.detection import Detection
from vedette.model.edited import Edit
from vedette.model.override import Exclusion, Match, Override, ParameterValue
from vedette.source import Location

#: Types of columns that can be compared with a value of an exclusion.
_TEXT, _NUMBERS, _GUID = "string", frozenset({"int", "long"}), "guid"

#: Between the query and each filter that is put behind it.
_PIPE = "\n| "


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be changed: each value and each exclusion with the override that asks for it."""

    parameters: Mapping[str, tuple[ParameterValue, Override]]
    exclusions: Sequence[tuple[Exclusion, Override]]

    def __bool__(self) -> bool:
        """False if there is nothing to change."""
        return bool(self.parameters or self.exclusions)


def edits_for(
    detection: Detection, bound: BoundQuery, wanted: Wanted
) -> tuple[list[Edit], list[Finding]]:
    """The edits of the query, in the order of its text, and what of ``wanted`` is impossible.

    ``bound`` is the query of ``detection`` as its file has it, without errors.
    """
    end = _end(bound)
    if bound.tree is None or end is None:
        place = next(_places(wanted))
        message = f"the query of '{detection.source.path.stem}' cannot be changed: it is too deep"
        return [], [Finding(place, "override-not-possible", message)]
    edits: list[Edit] = []
    findings: list[Finding] = []
    literals = parameters_of(bound.tree)
    for name, (value, override) in wanted.parameters.items():
        at = override.locate("parameters", name)
        node = literals.get(name)
        if node is None or name not in detection.parameters:
            message = f"'{name}' is no parameter of '{detection.source.path.stem}'"
            hint = did_you_mean(name, set(literals) & set(detection.parameters))
            findings.append(Finding(at, "unknown-parameter", message, hint))
        else:
            edits.append(Edit(node.start, node.end, written(value), at))
    edits.sort(key=lambda edit: edit.start)
    for exclusion, override in wanted.exclusions:
        filters, problem = _filter(detection, bound, exclusion, override)
        findings += problem
        at = override.source.locate(exclusion.path)
        edits += [Edit(end, end, f"{_PIPE}{each}", at) for each in filters]
    return edits, findings


def check_edited(
    before: BoundQuery, after: BoundQuery, wanted: Wanted, edits: Sequence[Edit]
) -> list[Finding]:
    """What proves that the edited query, bound as ``after``, is not what was asked for."""
    findings = _misfits(before, after, wanted)
    if findings:
        return findings
    if after.tree is None or not after.ok:
        message = next((each.message for each in after.diagnostics if each.severity == "Error"), "")
        return [
            Finding(place, "override-breaks-query", f"with it the query is wrong: {message}")
            for place in _places(wanted)
        ][:1]
    filters = [edit for edit in edits if edit.start == edit.end]
    if filters and not _ends_with(after, len(filters)):
        message = "the exclusion would not be the last step of the query"
        findings.append(Finding(filters[0].at, "override-breaks-query", message))
    if before.columns != after.columns:
        message = "with it the query returns other columns"
        findings += [Finding(place, "override-breaks-query", message) for place in _places(wanted)][
            :1
        ]
    return findings


def _misfits(before: BoundQuery, after: BoundQuery, wanted: Wanted) -> list[Finding]:
    """Values that are no literal of their parameter's type."""
    if before.tree is None or after.tree is None:
        return []
    values = {name: written(value) for name, (value, _) in wanted.parameters.items()}
    literals = parameters_of(before.tree)
    return [
        Finding(
            wanted.parameters[name][1].locate("parameters", name),
            "parameter-type",
            f"'{values[name]}' is not a literal of the type {literals[name].type}",
            f"the query has {before.text[literals[name].start : literals[name].end]}",
        )
        for name in misfits(before.tree, after.tree, after.text, values)
    ]


def written(value: ParameterValue) -> str:
    """A value as KQL writes it; a text is a literal already."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.strip() if isinstance(value, str) else str(value)


def _filter(
    detection: Detection, bound: BoundQuery, exclusion: Exclusion, override: Override
) -> tuple[list[str], list[Finding]]:
    """The filters that leave the rows out: one for each column that it is about."""
    columns = {column.name: column.type for column in bound.columns}
    place = override.source.locate((*exclusion.path, "column" if exclusion.column else "entity"))
    names = _columns_of(detection, exclusion)
    stem = detection.source.path.stem
    if not names and override.rules:
        message = f"'{stem}' maps nothing to {exclusion.entity}"
        hint = did_you_mean(exclusion.entity or "", _mapped(detection))
        return [], [Finding(place, "unknown-exclusion-entity", message, hint)]
    filters: list[str] = []
    for name in names:
        kind = columns.get(name)
        if kind is None:
            message = f"the query of '{stem}' has no column '{name}'"
            hint = did_you_mean(name, columns)
            return [], [Finding(place, "unknown-exclusion-column", message, hint)]
        predicate = _predicate(name, kind, exclusion)
        if predicate is None:
            message = f"column '{name}' is {kind}, which cannot be compared by {exclusion.match}"
            return [], [Finding(place, "exclusion-type", message)]
        filters.append(f"where {predicate}")
    return filters, []


def _columns_of(detection: Detection, exclusion: Exclusion) -> list[str]:
    if exclusion.column is not None:
        return [exclusion.column]
    return list(dict.fromkeys(_mapped(detection).get(exclusion.entity or "", ())))


def _mapped(detection: Detection) -> dict[str, list[str]]:
    """``Account.UPNSuffix`` and the like to the columns that fill them."""
    mapped: dict[str, list[str]] = {}
    for mapping in detection.entity_mappings:
        for field in mapping.fields:
            name = f"{mapping.entity_type}.{field.identifier}"
            mapped.setdefault(name, []).append(field.column)
    return mapped


def _predicate(column: str, kind: str, exclusion: Exclusion) -> str | None:
    """What stays; None if a value of this type cannot be compared so.

    A row without the value stays as well: an exclusion must not hide what it does not know.
    """
    values, match = exclusion.values, exclusion.match
    texts = ", ".join(json.dumps(value, ensure_ascii=False) for value in values)
    if kind == _TEXT:
        if match is Match.IN_RANGE:
            inside = f"ipv4_is_in_any_range({column}, dynamic([{texts}]))"
            return f"not(coalesce({inside}, false))"
        if match is Match.EQUALS:
            return f"{column} !in~ ({texts})"
        if match is Match.HAS:
            return f"not({column} has_any ({texts}))"
        operator = "startswith" if match is Match.STARTS_WITH else "endswith"
        every = [json.dumps(value, ensure_ascii=False) for value in values]
        return " and ".join(f"{column} !{operator} {value}" for value in every)
    if match is not Match.EQUALS:
        return None
    if kind == _GUID:
        return f"tostring({column}) !in~ ({texts})"
    if kind in _NUMBERS and all(_is_whole(value) for value in values):
        return f"not(coalesce({column} in ({', '.join(values)}), false))"
    return None


def _is_whole(value: str) -> bool:
    return value.isascii() and value.removeprefix("-").isdigit()


def _end(bound: BoundQuery) -> int | None:
    """Where the query's last expression ends, before what is only a comment or a semicolon."""
    last = _last(bound.tree)
    return None if last is None else last.end


def _last(tree: Node | None) -> Node | None:
    statements = [
        statement
        for listed in (tree.children if tree is not None else ())
        for statement in items(listed)
        if statement.kind == "ExpressionStatement"
    ]
    return statements[-1].children[-1] if statements and statements[-1].children else None


def _ends_with(after: BoundQuery, count: int) -> bool:
    """True if the last ``count`` operators of the query are filters."""
    node = _last(after.tree)
    for _ in range(count):
        if node is None or node.kind != "PipeExpression":
            return False
        if node.children[-1].kind != "FilterOperator":
            return False
        node = node.children[0]
    return True


def _places(wanted: Wanted) -> Iterator[Location]:
    for name, (_, override) in wanted.parameters.items():
        yield override.locate("parameters", name)
    for exclusion, override in wanted.exclusions:
        yield override.source.locate(exclusion.path)
