"""Each limit of the service: just inside passes, just outside is one finding at its place.

The rows are in tests/cases/detection; they go through the whole way of a file: parse, the schema,
the loader.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest
import yaml

from vedette.finding import Finding
from vedette.model.detection import Detection
from vedette.model.entities import ENTITY_TYPES, EntityType
from vedette.model.load import load_detection
from vedette.model.yaml import parse
from vedette.schema.validate import validate

CASES = Path(__file__).parents[2] / "cases" / "detection"
MARK = "»"

ABOUT = """\
id: 6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05
name: A name
description: What it finds.
"""
REST = """\
tactics: [InitialAccess]
relevantTechniques: [T1566.002]
query: T | where a == 1
"""
ALERT = """\
entityMappings:
- entityType: IP
  fieldMappings:
  - {identifier: Address, columnName: IPAddress}
customDetails: {Detail: Column}
"""
SCHEDULE = """\
queryFrequency: 1h
queryPeriod: 1d
triggerOperator: gt
triggerThreshold: 0
"""
RULE = "severity: Medium\nversion: 1.0.0\n"
BASES = {
    "scheduled": f"{ABOUT}{RULE}kind: Scheduled\n{SCHEDULE}{REST}{ALERT}",
    "nrt": f"{ABOUT}{RULE}kind: NRT\n{REST}{ALERT}",
    "hunting": f"{ABOUT}{REST}",
}
GROUPING = "enabled: true, reopenClosedIncident: false, lookbackDuration: 5h, matchingMethod: "
MACROS = {"${g}": f"{GROUPING}AllEntities", "${s}": f"{GROUPING}Selected"}


def chunks(text: str) -> dict[str, str]:
    """Top-level key → its lines; a key that stands twice is kept together."""
    found: dict[str, str] = {}
    for chunk in re.split(r"^(?=[»\w-]+)(?!- )", text, flags=re.MULTILINE):
        if chunk:
            key = chunk.removeprefix(MARK).partition(":")[0].strip()
            found[key] = found.get(key, "") + chunk.rstrip("\n") + "\n"
    return found


def change(base: str, changes: str) -> str:
    """The base with the keys of ``changes`` replaced, added or (``-key``) left out."""
    for macro, text in MACROS.items():
        changes = changes.replace(macro, text)
    changes = re.sub(
        r"\$\{(.+?)\*(\d+)\}", lambda match: match[1] * int(match[2]), changes, flags=re.DOTALL
    )
    result = chunks(BASES[base])
    for key, chunk in chunks(changes).items():
        if key.startswith("-"):
            del result[key[1:]]
        else:
            result[key] = chunk
    return "".join(result.values())


def load(text: str) -> tuple[Detection | None, list[Finding]]:
    document, findings = parse(text, PurePosixPath("x.yaml"))
    assert document is not None
    findings += validate(document, "detection")
    detection, more = load_detection(document)
    return detection, sorted(findings + more)


def rows(side: str) -> list[object]:
    """One parameter a change: its name, base, text and the row that it is from."""
    found: list[object] = []
    for file in sorted(CASES.glob("*.yaml")):
        for row in yaml.safe_load(file.read_text(encoding="utf-8")):
            for index, changes in enumerate(row.get(side, ())):
                says = row.get("says") if index == 0 else None
                name = f"{file.stem}: {row['limit']} [{index}]" if "limit" in row else ""
                if name:
                    base = row.get("base", "scheduled")
                    found.append(pytest.param(base, changes, row | {"says": says}, id=name))
    return found


@pytest.mark.parametrize("base", BASES)
def test_the_bases_have_no_finding(base: str) -> None:
    detection, findings = load(BASES[base])
    assert findings == []
    assert detection is not None


@pytest.mark.parametrize(("base", "changes", "row"), rows("inside"))
def test_just_inside_passes(base: str, changes: str, row: dict[str, str]) -> None:
    detection, findings = load(change(base, changes))
    assert findings == []
    assert detection is not None


@pytest.mark.parametrize(("base", "changes", "row"), rows("outside"))
def test_just_outside_is_one_finding_at_its_place(
    base: str, changes: str, row: dict[str, str]
) -> None:
    text = change(base, changes)
    before = text.partition(MARK)[0] if MARK in text else ""
    _, findings = load(text.replace(MARK, ""))
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert [str(each).split()[:2] for each in findings] == [[f"x.yaml:{line}:{column}:", row["id"]]]
    assert findings[0].level == row.get("level", "error")
    if row["says"]:
        assert str(findings[0]).partition(f"{row['id']} ")[2] == row["says"]


@pytest.mark.parametrize("entity_type", ENTITY_TYPES.values(), ids=lambda each: each.name)
def test_an_entity_needs_one_whole_combination(entity_type: EntityType) -> None:
    for combination in entity_type.required:
        assert _mapped(entity_type, combination) == []
    needed = {identifier for combination in entity_type.required for identifier in combination}
    for identifier in set(entity_type.identifiers) - needed:
        assert _mapped(entity_type, (identifier,)) == ["missing-identifiers"]


def _mapped(entity_type: EntityType, identifiers: tuple[str, ...]) -> list[str]:
    fields = ", ".join(f"{{identifier: {each}, columnName: A}}" for each in identifiers)
    mapping = f"[{{entityType: {entity_type.name}, fieldMappings: [{fields}]}}]"
    _, findings = load(change("scheduled", f"entityMappings: {mapping}"))
    return [finding.id for finding in findings]
