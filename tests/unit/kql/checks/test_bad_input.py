"""Queries that break a check instead of being judged by it: mutated, deep, or with mad numbers."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vedette.kql.binder import Binder
from vedette.kql.checks.base import run_checks
from vedette.model.detection import Detection
from vedette.model.load import load_detection
from vedette.model.yaml import parse
from vedette.schema.catalogue import Catalogue

CASES = Path(__file__).parents[3] / "cases" / "checks"
QUERIES = sorted(
    case["query"].rstrip()
    for path in CASES.glob("*.yaml")
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
)
WORDS = sorted({word for query in QUERIES for word in query.split()})


@pytest.fixture(scope="module")
def rule() -> Detection:
    """A scheduled rule that maps an entity; its query is not looked at."""
    text = """\
id: 2f4e1c1a-7a39-4d51-9d41-1f4b8c7d0a01
name: Rule
description: A rule.
kind: Scheduled
severity: Low
queryFrequency: 1h
queryPeriod: 2h
triggerOperator: gt
triggerThreshold: 0
entityMappings: [{entityType: IP, fieldMappings: [{identifier: Address, columnName: IPAddress}]}]
query: SigninLogs
version: 1.0.0
"""
    document, _ = parse(text, PurePosixPath("rule.yaml"))
    assert document is not None
    detection, problems = load_detection(document)
    assert detection is not None, problems
    return detection


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(QUERIES),
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from(WORDS), st.sampled_from("+-=")), max_size=3
    ),
)
def test_a_mutated_query_is_judged_or_left_alone(
    rule: Detection,
    workspace: Catalogue,
    compiler: Binder,
    query: str,
    changes: list[tuple[int, str, str]],
) -> None:
    words = query.split(" ")
    for place, word, change in changes:
        at = place % max(len(words), 1)
        words[at : at + (change != "+")] = [word] if change != "-" else []
    bound = compiler.bind(" ".join(words), workspace)

    findings = run_checks(rule, bound, workspace)

    assert findings == sorted(findings)
    assert bound.ok or findings == []


@pytest.mark.parametrize(
    "query",
    [
        "SigninLogs | where TimeGenerated > ago(99999999999d)",
        "SigninLogs | where TimeGenerated > ago(long(9999999999999) * 365d)",
        "SigninLogs | where TimeGenerated > ago(0x10 * 1d) or 1e300 * 1d > 1d",
        "SigninLogs | where TimeGenerated > ago(" + " + ".join(["1h"] * 400) + ")",
        "".join(f"let a{i} = a{i - 1} + a{i - 1};\n" if i else "let a0 = 1h;\n" for i in range(40))
        + "SigninLogs | where TimeGenerated > ago(a39)",
        "SigninLogs | where " + " or ".join(f'ResultType == "{i}"' for i in range(800)),
        "SigninLogs | where IPAddress in (" + ", ".join(f'"{i}"' for i in range(5000)) + ")",
        "SigninLogs" + " | join (SigninLogs) on CorrelationId" * 40,
        "union " + ", ".join(["(SigninLogs | where TimeGenerated > ago(1d))"] * 60),
        "print x = 1",
        "",
    ],
    ids=lambda query: query[:40] or "nothing",
)
def test_what_nobody_writes_ends_too(
    query: str, rule: Detection, workspace: Catalogue, compiler: Binder
) -> None:
    bound = compiler.bind(query, workspace)

    assert run_checks(rule, bound, workspace) == run_checks(rule, bound, workspace)
