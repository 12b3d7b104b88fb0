"""ATT&CK as the service knows it: its tactics, and which technique serves which.

The trap: the service spells tactics without spaces (``CommandAndControl``), and refuses a rule
whose technique serves none of the tactics that the rule lists.
"""

from __future__ import annotations

import re
from functools import cache

from vedette.model.attack_techniques import ATTACK_VERSION, TECHNIQUES, WITHDRAWN

#: ``AttackTactic`` of the API, in the order of the attack; the last two are of ATT&CK for ICS.
TACTICS = (
    "Reconnaissance",
    "ResourceDevelopment",
    "InitialAccess",
    "Execution",
    "Persistence",
    "PrivilegeEscalation",
    "DefenseEvasion",
    "CredentialAccess",
    "Discovery",
    "LateralMovement",
    "Collection",
    "Exfiltration",
    "CommandAndControl",
    "Impact",
    "PreAttack",
    "ImpairProcessControl",
    "InhibitResponseFunction",
)

#: A technique or a sub-technique (AS:val KillChainTechniquesHelper).
TECHNIQUE_PATTERN = r"^T[0-9]{4}(\.[0-9]{3})?$"

_CONTINUATION = re.compile(r"\n +")


@cache
def _tables() -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """Technique → tactics, and every sub-technique's full id."""
    tactics: dict[str, tuple[str, ...]] = {}
    subs: set[str] = set()
    for line in _CONTINUATION.sub(" ", TECHNIQUES).split("\n"):
        technique, *rest = line.split() or [""]
        if technique:
            tactics[technique] = tuple(word for word in rest if not word.startswith("."))
            subs.update(technique + word for word in rest if word.startswith("."))
    return tactics, frozenset(subs)


@cache
def _withdrawn() -> dict[str, str]:
    pairs = (word.partition(">") for word in WITHDRAWN.split())
    return {old: new for old, _, new in pairs}


def parent_of(technique: str) -> str:
    """``T1566`` for ``T1566.002``: the service looks at the technique only."""
    return technique.partition(".")[0]


def tactics_of(technique: str) -> tuple[str, ...]:
    """The tactics that the technique, or the parent of a sub-technique, serves; () if unknown."""
    return _tables()[0].get(parent_of(technique), ())


def is_known(technique: str) -> bool:
    """Whether ATT&CK lists exactly this technique or sub-technique, and has not withdrawn it."""
    tactics, subs = _tables()
    return technique in tactics or technique in subs


def what_became_of(technique: str) -> str | None:
    """A withdrawn technique's successor, empty if it has none; None if it was never withdrawn."""
    return _withdrawn().get(technique)


def known_techniques() -> frozenset[str]:
    """Every technique and sub-technique."""
    tactics, subs = _tables()
    return frozenset(tactics) | subs


__all__ = [
    "ATTACK_VERSION",
    "TACTICS",
    "TECHNIQUE_PATTERN",
    "is_known",
    "known_techniques",
    "parent_of",
    "tactics_of",
    "what_became_of",
]
