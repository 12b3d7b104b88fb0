"""Cases from YAML text, as a repository would hold them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import settings

from vedette.model.case import Case
from vedette.model.load_case import load_cases
from vedette.model.yaml import parse

# What breaks is never how long an example takes: the machine may be busy with something else.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

CaseOf = Callable[[str], Case]

_HEAD = "cases:\n  - name: a-case\n    why: Because.\n    now: 2026-10-06T09:00:00Z\n"


@pytest.fixture
def case_of(tmp_path: Path) -> CaseOf:
    """A case from its YAML below ``now``; data files lie in ``tmp_path/detections``."""

    def build(text: str) -> Case:
        body = textwrap.indent(textwrap.dedent(text), "    ")
        document, findings = parse(_HEAD + body, PurePosixPath("detections/x.cases.yaml"))
        assert document is not None
        assert findings == []
        cases, findings = load_cases(document, tmp_path)
        assert findings == []
        assert cases is not None
        return cases.cases[0]

    return build
