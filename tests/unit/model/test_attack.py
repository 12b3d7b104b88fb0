"""The ATT&CK tables: whole, consistent, and right where the service is particular."""

from __future__ import annotations

import re

import pytest

from vedette.model import attack
from vedette.model.attack_techniques import WITHDRAWN


def test_every_technique_is_well_formed_and_serves_known_tactics() -> None:
    techniques = attack.known_techniques()
    assert len(techniques) > 700
    for technique in techniques:
        assert re.fullmatch(attack.TECHNIQUE_PATTERN, technique)
        tactics = attack.tactics_of(technique)
        assert tactics
        assert set(tactics) <= set(attack.TACTICS)


def test_withdrawn_techniques_are_unknown_and_their_successors_known() -> None:
    for word in WITHDRAWN.split():
        old, _, new = word.partition(">")
        assert not attack.is_known(old)
        assert attack.what_became_of(old) == new
        assert not new or attack.is_known(new)


@pytest.mark.parametrize(
    ("technique", "tactics"),
    [
        ("T1566", ("InitialAccess",)),
        ("T1566.002", ("InitialAccess",)),
        ("T1078.004", ("InitialAccess", "Persistence", "PrivilegeEscalation", "DefenseEvasion")),
        ("T1071", ("CommandAndControl",)),
        ("T1595", ("Reconnaissance", "PreAttack")),
        ("T0886", ("InitialAccess", "LateralMovement")),
        ("T0836", ("ImpairProcessControl",)),
        ("T0814", ("InhibitResponseFunction",)),
        ("T9999", ()),
    ],
)
def test_tactics_of_techniques(technique: str, tactics: tuple[str, ...]) -> None:
    assert attack.tactics_of(technique) == tactics


@pytest.mark.parametrize(
    ("technique", "successor"),
    [("T1086", "T1059.001"), ("T1043", ""), ("T1566", None), ("T9999", None)],
)
def test_what_became_of_techniques(technique: str, successor: str | None) -> None:
    assert attack.what_became_of(technique) == successor
