"""Round trips lose nothing: YAML to ARM to YAML, ARM to YAML to ARM, and a pull over a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from vedette.convert.adopt import adopt, content_of
from vedette.convert.content import Form, Refused
from vedette.convert.verify import file_text, load_text, losses_of
from vedette.deploy.diff import differences
from vedette.deploy.payload import resource_of_detection
from vedette.deploy.resource import Collection, Resource
from vedette.model.detection import Detection
from vedette.model.load import load_detection
from vedette.model.text import decode
from vedette.model.yaml import parse

ROOT = Path(__file__).parents[3]
CORPUS = ROOT.parent / "shared" / "corpus"
HERE = PurePosixPath("detections/mail/pulled.yaml")

#: What the service has no place for; a file keeps it, and a new one begins without.
ONLY_IN_FILES = frozenset(
    {
        "accepted",
        "connectors",
        "defender",
        "false_positives",
        "lifecycle",
        "owner",
        "parameters",
        "products",
        "response",
        "version",
    }
)

#: Of hunting queries alone: a saved search has neither.
NOT_IN_SEARCHES = frozenset({"entity_mappings", "severity", "sentinel_entities"})


def detections_in(folder: Path) -> Iterator[tuple[str, Detection]]:
    """The raw text and the detection of every file that is one."""
    for file in sorted(folder.rglob("*.y*ml")):
        raw = file.read_bytes()
        text, _ = decode(raw, PurePosixPath(file.name))
        assert text is not None
        document, _ = parse(text, PurePosixPath(file.name))
        assert document is not None
        if ".cases" in file.name or "shared" in file.relative_to(folder).parts:
            continue
        detection, _ = load_detection(document)
        if detection is not None:
            yield raw.decode("utf-8"), detection


def back(resource: Resource) -> tuple[Detection, Resource]:
    """The detection, and what it deploys, after a way through a file of its own."""
    content = content_of(resource.kind.collection, resource.id, resource.body)
    assert not isinstance(content, Refused), content
    text = file_text(content, HERE)
    document, findings = parse(text, HERE)
    assert document is not None, findings
    detection, _ = load_detection(document)
    assert detection is not None, text
    return detection, resource_of_detection(detection)


def differing(one: Detection, other: Detection) -> set[str]:
    """The attributes in which two detections differ."""
    return {
        each.name
        for each in fields(Detection)
        if each.compare and getattr(one, each.name) != getattr(other, each.name)
    }


def meaning(detection: Detection) -> Detection:
    """The detection without what only its spelling says."""
    subs = {each.partition(".")[0] for each in detection.techniques if "." in each}
    techniques = tuple(
        sorted({each for each in detection.techniques if "." in each or each not in subs})
    )
    return replace(
        detection,
        query=detection.query.replace("\r\n", "\n").rstrip(),
        description=detection.description.strip(),
        techniques=techniques,
        tactics=tuple(part.strip() for each in detection.tactics for part in each.split(",")),
    )


def check(folder: Path) -> Counter[str]:
    """Both round trips for every detection of ``folder``."""
    counts: Counter[str] = Counter()
    for raw, detection in detections_in(folder):
        resource = resource_of_detection(detection)
        again, rebuilt = back(resource)
        lost = differing(meaning(detection), meaning(again)) - ONLY_IN_FILES
        if not detection.is_rule:
            lost -= NOT_IN_SEARCHES
        assert not lost, f"{detection.source.path}: {lost}"
        assert differences(rebuilt, resource.body) == (), detection.source.path
        counts["rules" if detection.is_rule else "hunting queries"] += 1
        counts["exact"] += rebuilt.body == resource.body
        # A file with a mistake that the service would refuse is not edited at all.
        if load_text(detection.source.text, Form.DETECTION, HERE).is_sound:
            counts["over the file"] += adopt(raw, HERE, resource, resource.body).raw == raw
        else:
            counts["unsound"] += 1
    return counts


def test_the_repository_goes_round_unchanged() -> None:
    counts = check(ROOT / "detections")
    total = counts["rules"] + counts["hunting queries"]
    assert total > 40
    assert counts["exact"] == counts["over the file"] == total


@pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of published detections is not beside this repository"
)
def test_every_published_rule_goes_round_unchanged() -> None:
    counts = check(CORPUS / "rules")
    assert counts == {"rules": 485, "exact": 485, "over the file": 479, "unsound": 6}


@pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of published detections is not beside this repository"
)
def test_every_published_hunting_query_goes_round_unchanged() -> None:
    # Seven have a tactic with a comma in it, which a tag of tactics cannot tell from two.
    counts = check(CORPUS / "hunts")
    assert counts["hunting queries"] == 593
    assert counts["exact"] == 586
    assert counts["over the file"] == 593 - counts["unsound"]


NAMES = st.from_regex(r"[A-Za-z_]\w{0,20}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=300).filter(
    lambda text: bool(text.strip())
)
MINUTES = st.integers(5, 60)


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    """Bodies of Scheduled rules that the service could return."""
    body: dict[str, Any] = {
        "displayName": draw(TEXTS.map(lambda text: text.strip()[:200])),
        "description": draw(TEXTS.map(str.strip)),
        "severity": draw(st.sampled_from(["High", "Medium", "Low", "Informational"])),
        "enabled": draw(st.booleans()),
        "query": draw(TEXTS),
        "queryFrequency": f"PT{draw(MINUTES)}M",
        "queryPeriod": draw(st.sampled_from(["PT1H", "PT90M", "P1D", "P1DT2H", "PT01H00M00S"])),
        "triggerOperator": draw(st.sampled_from(["GreaterThan", "LessThan", "Equal", "NotEqual"])),
        "triggerThreshold": draw(st.integers(0, 10_000)),
        "suppressionEnabled": False,
        "suppressionDuration": draw(st.sampled_from(["PT5H", "PT1H", "P1D"])),
        "tactics": draw(st.permutations(["Execution", "Impact", "Discovery"])),
        "techniques": ["T1486", "T1204"],
        "subTechniques": draw(st.sampled_from([[], ["T1204.001"], None])),
        "eventGroupingSettings": {
            "aggregationKind": draw(st.sampled_from(["SingleAlert", "AlertPerResult"]))
        },
        "entityMappings": draw(
            st.sampled_from(
                [
                    None,
                    [],
                    [
                        {
                            "entityType": "IP",
                            "fieldMappings": [{"identifier": "Address", "columnName": "IPAddress"}],
                        }
                    ],
                ]
            )
        ),
        "customDetails": draw(st.none() | st.dictionaries(NAMES.filter(str.isalpha), NAMES)),
        "alertDetailsOverride": draw(
            st.none() | st.fixed_dictionaries({"alertDisplayNameFormat": TEXTS})
        ),
        "incidentConfiguration": draw(
            st.none()
            | st.fixed_dictionaries(
                {
                    "createIncident": st.booleans(),
                    "groupingConfiguration": st.fixed_dictionaries(
                        {
                            "enabled": st.booleans(),
                            "reopenClosedIncident": st.booleans(),
                            "lookbackDuration": st.sampled_from(["PT5H", "PT5M", "P7D"]),
                            "matchingMethod": st.sampled_from(["AllEntities", "AnyAlert"]),
                            "groupByEntities": st.just([]),
                        }
                    ),
                }
            )
        ),
    }
    return {"kind": "Scheduled", "properties": body}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rules())
def test_a_live_rule_is_written_as_it_is_or_not_at_all(body: dict[str, Any]) -> None:
    identity = "6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05"
    content = content_of(Collection.RULES, identity, body)
    assert not isinstance(content, Refused)
    loaded = load_text(file_text(content, HERE), content.form, HERE)
    if loaded.is_sound:
        assert losses_of(loaded, body) == ()
    else:
        # What the loader refuses is a mistake of the rule, never one of the writing.
        assert {each.id for each in loaded.findings} <= REFUSED, loaded.findings


#: What a rule may be that a workspace would not take either.
REFUSED = frozenset(
    {
        "adx-query",
        "custom-detail-key-too-long",
        "legacy-entity-column",
        "period-below-frequency",
        "search-star",
        "too-many-custom-details",
        "too-many-placeholders",
        "union-star",
    }
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rules(), rules())
def test_one_rule_is_made_another_in_place(one: dict[str, Any], other: dict[str, Any]) -> None:
    identity = "6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05"
    contents = [content_of(Collection.RULES, identity, body) for body in (one, other)]
    texts = [file_text(each, HERE) for each in contents if not isinstance(each, Refused)]
    first, second = (load_text(text, Form.DETECTION, HERE) for text in texts)
    assume(first.is_sound and second.is_sound)
    assert first.resource is not None
    raw = texts[0].replace("kind: Scheduled\n", "kind: Scheduled  # stays\n# This, too.\n")
    adopted = adopt(raw, HERE, first.resource, other)
    assert adopted.losses == ()
    assert "kind: Scheduled  # stays\n# This, too.\n" in adopted.raw
