"""A thousand published rules and hunting queries: they drop in unchanged, but for real mistakes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from vedette.finding import Finding, Level
from vedette.model.load import load_detection
from vedette.model.text import decode
from vedette.model.yaml import parse
from vedette.schema.validate import validate

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"

pytestmark = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of published detections is not beside this repository"
)

#: Every error was looked at once: a mistake of the file's author that the service, or the
#: community's own validation, refuses as well.
MISTAKES = {
    "bad-id": 9,  # letters that are no hexadecimal digits
    "missing-key": 7,  # one rule without a schedule, three without a version
    "wrong-type": 3,  # requiredDataConnectors is no list
    "unknown-key": 2,  # alertnameFormat; a version inside a field mapping
    "bad-technique": 1,  # an empty list item
    "missing-identifiers": 1,  # a FileHash without its algorithm
    "technique-without-tactic": 1,
    "too-many-placeholders": 1,
    "unknown-entity-type": 1,  # Url
    "unknown-severity": 1,  # Hight
    "unknown-tactic": 1,  # CommandandControl
}


def findings_in(folder: str) -> Iterator[tuple[bool, list[Finding]]]:
    """For each file whether it became a detection, and its findings."""
    for file in sorted((CORPUS / folder).glob("*.yaml")):
        path = PurePosixPath(folder, file.name)
        text, findings = decode(file.read_bytes(), path)
        assert text is not None, findings
        document, findings = parse(text, path)
        assert document is not None, findings
        detection, meaning = load_detection(document)
        yield detection is not None, [*findings, *validate(document, "detection"), *meaning]


def test_published_detections_load_but_for_real_mistakes() -> None:
    results = [*findings_in("rules"), *findings_in("hunts")]
    errors = [[each for each in found if each.level is Level.ERROR] for _, found in results]
    assert len(results) == 1088
    assert Counter(each.id for found in errors for each in found) == MISTAKES
    assert sum(not found for found in errors) == 1069
    assert sum(is_loaded for is_loaded, _ in results) == 1078
    for (is_loaded, _), found in zip(results, errors, strict=True):
        assert is_loaded or found
