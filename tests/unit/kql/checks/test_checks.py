"""A check that is silent on its bad case or speaks on its good one; examples that do not hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from vedette.kql.checks.base import Check, all_checks

if TYPE_CHECKING:
    from tests.unit.kql.checks.conftest import Lint

CASES = Path(__file__).parents[3] / "cases" / "checks"
CHECKS = {check.id: check for check in all_checks()}

#: ``// queryPeriod: 1d`` and the like at the head of an example: keys of its rule.
KEYS = re.compile(r"(?://.*\n)*")


def _cases(verdict: str) -> list[Any]:
    return [
        pytest.param(path.stem, case, id=f"{path.stem}-{case[verdict].replace(' ', '-')}")
        for path in sorted(CASES.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
        if verdict in case
    ]


def _keys(example: str) -> dict[str, object]:
    head = KEYS.match(example)
    assert head is not None
    keys = yaml.safe_load(re.sub("(?m)^// ", "", head[0]))
    return dict(keys or {})


@pytest.mark.parametrize(("name", "case"), _cases("bad"))
def test_a_bad_query_gives_exactly_these_findings(
    name: str, case: dict[str, Any], lint: Lint
) -> None:
    linted = lint(case["query"], case.get("rule", {}))

    found = [each for each in linted.findings if each.id == name]
    places = case["at"] if isinstance(case["at"], list) else [case["at"]]
    assert [(each.location.line, each.location.column) for each in found] == [
        linted.place(place) for place in places
    ]
    assert all(each.level is CHECKS[name].level for each in found)
    assert case["says"] in found[0].message
    assert found[0].hint


@pytest.mark.parametrize(("name", "case"), _cases("good"))
def test_a_good_query_gives_none(name: str, case: dict[str, Any], lint: Lint) -> None:
    linted = lint(case["query"], case.get("rule", {}))

    assert [str(each) for each in linted.findings if each.id == name] == []


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_the_bad_example_gives_its_finding_and_no_other(check: Check, lint: Lint) -> None:
    found = lint(check.bad, _keys(check.bad)).findings

    assert {each.id for each in found} == {check.id}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_the_good_example_gives_no_finding(check: Check, lint: Lint) -> None:
    assert [str(each) for each in lint(check.good, _keys(check.good)).findings] == []


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_a_check_says_what_it_finds_and_why_it_matters(check: Check) -> None:
    assert check.summary.endswith(".")
    assert len(check.why) > 60


def test_every_check_has_cases_of_both_kinds_and_every_case_file_a_check() -> None:
    verdicts = {
        path.stem: {verdict for case in yaml.safe_load(path.read_text("utf-8")) for verdict in case}
        for path in CASES.glob("*.yaml")
    }
    assert verdicts.keys() == CHECKS.keys()
    assert all({"bad", "good"} <= found for found in verdicts.values())


def test_checks_are_in_the_order_of_their_ids() -> None:
    assert list(CHECKS) == sorted(CHECKS)
    assert len(CHECKS) >= 24
