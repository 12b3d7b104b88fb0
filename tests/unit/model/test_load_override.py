"""An override that is dropped in silence puts a rule into service without its exclusion."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import PurePosixPath

import pytest

from vedette.finding import Finding
from vedette.model.detection import Severity
from vedette.model.environment import Environment, Limits, OnMissing, WriteBudget
from vedette.model.lifecycle import Stage
from vedette.model.load_environment import load_environment
from vedette.model.load_override import load_override_file
from vedette.model.override import Layer, Match
from vedette.model.product import Product
from vedette.model.yaml import parse
from vedette.schema.validate import validate

PLACE = """\
tenant: 11111111-1111-4111-8111-111111111111
subscription: 11111111-1111-4111-8111-111111111111
resourceGroup: rg
workspace: law-test
"""
WHO = "owner: soc, reason: because"
RANGE = "{column: A, match: inRange, values: [10.0.0.1/8]}"


def load(more: str) -> tuple[Environment | None, list[str]]:
    """The environment, and the ids of what is wrong with it."""
    document, findings = parse(PLACE + more, PurePosixPath("environments/test.yaml"))
    assert document is not None, findings
    environment, meaning = load_environment(document)
    found: list[Finding] = [*validate(document, "environment"), *meaning]
    return environment, sorted(finding.id for finding in found)


def test_everything_that_an_environment_can_say() -> None:
    environment, findings = load(
        "ownershipTag: contoso-detections\n"
        "products: [defender, sentinel]\n"
        "groups: [eu, production]\n"
        "lifecycle: [production, test]\n"
        "onMissing: skip\n"
        "limits: {gracePeriod: 14d, removals: 0, failedPercent: 5}\n"
        "writes: {perSecond: 2, burst: 20, concurrency: 8}\n"
    )
    assert findings == []
    assert environment is not None
    assert environment.tag == environment.ownership_tag == "contoso-detections"
    assert environment.products == (Product.SENTINEL, Product.DEFENDER)
    assert environment.groups == ("eu", "production")
    assert environment.stages == (Stage.TEST, Stage.PRODUCTION)
    assert environment.on_missing is OnMissing.SKIP
    assert environment.limits == Limits(timedelta(days=14), 0, 5)
    assert environment.writes == WriteBudget(2.0, 20, 8)


def test_t15_what_it_does_not_say_is_the_careful_choice() -> None:
    environment, findings = load("")
    assert findings == []
    assert environment is not None
    assert environment.ownership_tag is None
    assert environment.stages == (Stage.PRODUCTION,)
    assert environment.on_missing is OnMissing.BLOCK
    assert environment.limits == Limits(timedelta(days=7), 5, 20)


@pytest.mark.parametrize(
    ("more", "findings"),
    [
        ("ownershipTag: ''", ["empty-value"]),
        ("ownershipTag: has spaces", ["bad-ownership-tag"]),
        ("lifecycle: [prod]", ["unknown-stage"]),
        ("lifecycle: []", ["too-few"]),
        ("products: [sentinal]", ["unknown-product"]),
        ("onMissing: ignore", ["unknown-value"]),
        ("groups: [EU West]", ["bad-format"]),
        ("limits: {gracePeriod: 400d}", ["grace-out-of-range"]),
        ("limits: {gracePeriod: 7}", ["bad-duration"]),
        ("limits: {removals: -1}", ["out-of-range"]),
        ("limits: {removals: many}", ["wrong-type"]),
        ("limits: {failedPercent: 101}", ["out-of-range"]),
        ("writes: {concurrency: 0}", ["out-of-range"]),
        ("limit: {removals: 1}", ["unknown-key"]),
    ],
)
def test_what_is_wrong_is_said_and_leaves_the_careful_choice(
    more: str, findings: list[str]
) -> None:
    environment, found = load(more)
    assert found == findings
    assert environment is not None
    assert environment.limits.grace_period <= timedelta(days=7)
    assert environment.limits.removals <= 5
    assert environment.on_missing is OnMissing.BLOCK


def test_everything_that_an_override_can_say() -> None:
    environment, findings = load(
        "overrides:\n"
        "  - rules: [a-rule]\n"
        "    enabled: false\n"
        "    severity: low\n"
        "    frequency: 30m\n"
        "    parameters: {least: 5, since: 1h, sure: true, share: 0.5}\n"
        "    exclude:\n"
        "      - {column: Sender, match: endsWith, values: [.example], expires: 2027-01-31}\n"
        "      - {entity: IP.Address, match: inRange, values: [10.0.0.0/8]}\n"
        f"    {WHO.replace(', ', chr(10) + '    ')}\n"
    )
    assert findings == ["wrong-case"]
    assert environment is not None
    (override,) = environment.overrides
    assert (override.owner, override.reason, override.layer) == ("soc", "because", Layer.WORKSPACE)
    assert (override.rules, override.enabled) == (("a-rule",), False)
    assert (override.severity, override.frequency) == (Severity.LOW, timedelta(minutes=30))
    assert override.parameters == {"least": 5, "since": "1h", "sure": True, "share": 0.5}
    first, second = override.exclusions
    assert (first.column, first.match, first.values) == ("Sender", Match.ENDS_WITH, (".example",))
    assert first.expires == date(2027, 1, 31)
    assert first.counts_on(date(2027, 1, 31))
    assert not first.counts_on(date(2027, 2, 1))
    assert (second.entity, second.column, second.expires) == ("IP.Address", None, None)


@pytest.mark.parametrize(
    ("override", "findings"),
    [
        (f"{{{WHO}, rules: [a]}}", ["empty-override"]),
        ("{owner: soc, rules: [a], enabled: true}", ["missing-key"]),
        ("{reason: b, rules: [a], enabled: true}", ["missing-key"]),
        ("{owner: ' ', reason: b, rules: [a], enabled: true}", ["empty-value"]),
        (f"{{{WHO}, rules: [], enabled: true}}", ["too-few"]),
        (f"{{{WHO}, rules: [a], severity: Hight}}", ["unknown-severity"]),
        (f"{{{WHO}, rules: [a], frequency: 1m}}", ["frequency-out-of-range"]),
        (f"{{{WHO}, rules: [a], query: 'T'}}", ["empty-override", "unknown-key"]),
        (f"{{{WHO}, parameters: {{a: 1}}}}", ["override-without-rules"]),
        (f"{{{WHO}, exclude: [{{column: A, values: [b]}}]}}", ["override-without-rules"]),
        (f"{{{WHO}, exclude: [{{entity: Account.Name, values: [b]}}]}}", []),
        (f"{{{WHO}, rules: [a], exclude: [{{values: [b]}}]}}", ["aimless-exclusion"]),
        (
            f"{{{WHO}, rules: [a], exclude: [{{column: A, entity: B.C, values: [b]}}]}}",
            ["aimless-exclusion"],
        ),
        (f"{{{WHO}, rules: [a], exclude: [{{column: A, values: []}}]}}", ["empty-exclusion"]),
        (f"{{{WHO}, rules: [a], exclude: [{{column: A, values: ['']}}]}}", ["empty-value"]),
        (f"{{{WHO}, rules: [a], exclude: [{{column: A, values: [' ']}}]}}", ["empty-value"]),
        (
            f"{{{WHO}, rules: [a], exclude: [{{column: 'A | take 0', values: [b]}}]}}",
            ["bad-column-name"],
        ),
        (
            f"{{{WHO}, rules: [a], exclude: [{RANGE}]}}",
            ["bad-address-range"],
        ),
        (
            f"{{{WHO}, rules: [a], exclude: [{{column: A, values: [b], expires: 2027-02-30}}]}}",
            ["bad-date"],
        ),
        (
            f"{{{WHO}, rules: [a], exclude: [{{column: A, values: [b], expires: soon}}]}}",
            ["bad-date"],
        ),
    ],
)
def test_t14_nothing_that_is_wrong_with_an_override_goes_without_a_word(
    override: str, findings: list[str]
) -> None:
    _, found = load(f"overrides:\n  - {override}\n")
    assert found == findings


@pytest.mark.parametrize(
    ("groups", "layer", "reached"),
    [("", Layer.ALL, True), ("groups: [eu]\n", Layer.GROUP, True),
     ("groups: [us]\n", Layer.GROUP, False)],
)  # fmt: skip
def test_a_shared_file_reaches_all_environments_or_those_of_its_groups(
    groups: str, layer: Layer, reached: bool
) -> None:
    text = f"{groups}overrides:\n  - {{{WHO}, enabled: false}}\n"
    document, _ = parse(text, PurePosixPath("environments/overrides/x.yaml"))
    assert document is not None
    assert validate(document, "overrides") == []
    file, findings = load_override_file(document)
    assert findings == []
    assert file is not None
    assert file.overrides[0].layer is layer
    assert file.reaches(("eu", "production")) is reached
