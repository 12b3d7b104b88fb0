"""The tactics and techniques of a detection, checked against each other.

The trap: the service compares the technique, not the sub-technique, and asks for one of its
tactics, not for all of them. What it would refuse in a rule is an error; a hunting query it takes
with anything, so there the same slip is a warning.
"""

from __future__ import annotations

import re
from types import NoneType

from vedette.finding import Finding, Level, nearest
from vedette.model.attack import (
    ATTACK_VERSION,
    TACTICS,
    TECHNIQUE_PATTERN,
    is_known,
    tactics_of,
    what_became_of,
)
from vedette.model.document import Document
from vedette.model.reading import repeated, texts_at, value_at

_TECHNIQUE = re.compile(TECHNIQUE_PATTERN.removesuffix("$"))


def load_attack(
    document: Document, *, refused: bool
) -> tuple[tuple[str, ...], tuple[str, ...], list[Finding]]:
    """Tactics and techniques as written; ``refused`` if the service checks them (a rule)."""
    key = "relevantTechniques"
    if value_at(document, (key,)) is None:
        key = "techniques"
    findings = repeated(document, ("tactics",)) + repeated(document, (key,))
    listed = tuple(tactic for _, tactic in texts_at(document, ("tactics",)))
    is_readable = isinstance(value_at(document, ("tactics",)), list | NoneType)
    # A misspelt tactic is a finding of its own; its techniques are held against what was meant.
    meant = {nearest(tactic, TACTICS) or tactic for tactic in listed}
    techniques: list[str] = []
    for path, technique in texts_at(document, (key,)):
        if not _TECHNIQUE.fullmatch(technique):
            continue
        techniques.append(technique)
        slip = _unknown(technique) or (_without_tactic(technique, meant) if is_readable else None)
        if slip:
            finding_id, message, hint, is_grave = slip
            level = Level.ERROR if refused and is_grave else Level.WARNING
            findings.append(Finding(document.locate(path), finding_id, message, hint, level))
    return listed, tuple(techniques), findings


_Slip = tuple[str, str, str, bool]


def _unknown(technique: str) -> _Slip | None:
    """Id, message, hint and gravity if ATT&CK does not list the technique."""
    if is_known(technique):
        return None
    # A sub-technique that is unknown here may be newer; the service looks at its parent only.
    is_grave = not tactics_of(technique)
    successor = what_became_of(technique)
    if successor is None:
        message = f"'{technique}' is not a technique of ATT&CK v{ATTACK_VERSION}"
        return "unknown-technique", message, "", is_grave
    hint = f"use {successor}" if successor else "ATT&CK names no successor"
    return "unknown-technique", f"'{technique}' was withdrawn from ATT&CK", hint, is_grave


def _without_tactic(technique: str, listed: set[str]) -> _Slip | None:
    """Id, message, hint and gravity if none of the technique's tactics is listed."""
    tactics = tactics_of(technique)
    if not tactics or listed.intersection(tactics):
        return None
    message = f"'tactics' lists none of the tactics of {technique} ({', '.join(tactics)})"
    hint = f"add {' or '.join(tactics)} to 'tactics'"
    return "technique-without-tactic", message, hint, True
