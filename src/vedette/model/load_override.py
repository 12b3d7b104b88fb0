"""Reads overrides, those of an environment and those of a file that several share.

The trap: an override that cannot be read must not be dropped, or the rule goes live without its
exclusion. What is wrong with one is a finding of the gravest level, and nothing is deployed then.
"""

from __future__ import annotations

import ipaddress
from datetime import timedelta

from vedette.finding import Finding
from vedette.model.assumptions import named
from vedette.model.detection import Severity
from vedette.model.document import Document
from vedette.model.limits import LONGEST_SCHEDULE, SHORTEST_SCHEDULE
from vedette.model.override import (
    Exclusion,
    Layer,
    Match,
    Override,
    OverrideFile,
    ParameterValue,
)
from vedette.model.reading import date_at, duration_at, texts_at, value_at
from vedette.model.shape import items, mapping, optional_text, text
from vedette.source import ValuePath

KEY = "overrides"

_BOUNDS = (SHORTEST_SCHEDULE, LONGEST_SCHEDULE)


def load_override_file(document: Document) -> tuple[OverrideFile | None, list[Finding]]:
    """The overrides in a file of ``environments/overrides``, and what is wrong with them."""
    groups = tuple(value for _, value in texts_at(document, ("groups",)))
    layer = Layer.GROUP if groups else Layer.ALL
    overrides, findings = load_overrides(document, layer)
    return OverrideFile(document.path.stem, groups, overrides, source=document), findings


def load_overrides(document: Document, layer: Layer) -> tuple[tuple[Override, ...], list[Finding]]:
    """The entries of ``overrides`` in ``document``; those without owner or reason are left out.

    The schema has reported them then.
    """
    overrides: list[Override] = []
    findings: list[Finding] = []
    for index, value in enumerate(items(value_at(document, (KEY,)))):
        path: ValuePath = (KEY, index)
        data = mapping(value)
        owner, reason = text(data.get("owner")).strip(), text(data.get("reason")).strip()
        frequency, of_frequency = duration_at(
            document, (*path, "frequency"), *_BOUNDS, "frequency-out-of-range"
        )
        exclusions, of_exclusions = _exclusions(document, (*path, "exclude"))
        findings += [*of_frequency, *of_exclusions]
        if owner and reason:
            override = Override(
                owner=owner,
                reason=reason,
                layer=layer,
                path=path,
                rules=tuple(name for _, name in texts_at(document, (*path, "rules"))),
                enabled=_flag(data.get("enabled")),
                severity=named(text(data.get("severity")), Severity),
                frequency=None if frequency == timedelta.max else frequency,
                parameters=_parameters(data.get("parameters")),
                exclusions=exclusions,
                source=document,
            )
            overrides.append(override)
            findings += _aimless(override)
    return tuple(overrides), findings


def _aimless(override: Override) -> list[Finding]:
    """Columns and parameters are those of a query: an override of all rules cannot mean one."""
    if override.rules:
        return []
    findings = []
    hint = "name the detections in 'rules'"
    for number, exclusion in enumerate(override.exclusions):
        if exclusion.column is not None:
            message = f"column '{exclusion.column}' of every detection is no one's column"
            at = override.locate("exclude", number, "column")
            more = f"{hint}, or exclude an 'entity' such as Account.UPNSuffix"
            findings.append(Finding(at, "override-without-rules", message, more))
    for name in override.parameters:
        message = f"parameter '{name}' of every detection is no one's parameter"
        at = override.locate("parameters", name)
        findings.append(Finding(at, "override-without-rules", message, hint))
    return findings


def _exclusions(document: Document, path: ValuePath) -> tuple[tuple[Exclusion, ...], list[Finding]]:
    exclusions: list[Exclusion] = []
    findings: list[Finding] = []
    for index, value in enumerate(items(value_at(document, path))):
        at: ValuePath = (*path, index)
        data = mapping(value)
        match = named(text(data.get("match")) or Match.EQUALS.value, Match) or Match.EQUALS
        values = texts_at(document, (*at, "values"))
        expires, of_date = date_at(document, (*at, "expires"))
        findings += of_date
        if match is Match.IN_RANGE:
            findings += [_not_a_range(document, *each) for each in values if not _is_range(each[1])]
        exclusions.append(
            Exclusion(
                values=tuple(each for _, each in values),
                path=at,
                column=optional_text(data.get("column")),
                entity=optional_text(data.get("entity")),
                match=match,
                expires=expires,
            )
        )
    return tuple(exclusions), findings


def _is_range(value: str) -> bool:
    try:
        ipaddress.IPv4Network(value)
    except ValueError:
        return False
    return True


def _not_a_range(document: Document, path: ValuePath, value: str) -> Finding:
    message = f"'{value}' is not a range of IPv4 addresses"
    hint = "write the first address and the bits, as in 10.20.0.0/16"
    return Finding(document.locate(path), "bad-address-range", message, hint)


def _parameters(value: object) -> dict[str, ParameterValue]:
    return {
        name: each for name, each in mapping(value).items() if isinstance(each, str | int | float)
    }


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
