"""The schema of environments, with the loader: a credential is one finding, never repeated."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.finding import Finding
from vedette.model.load_environment import CREDENTIAL_PATTERN, load_environment
from vedette.model.yaml import parse
from vedette.schema.export import render
from vedette.schema.validate import validate

PATH = PurePosixPath("environments/test.yaml")
GOOD = """\
tenant: 11111111-2222-3333-4444-555555555555
subscription: 66666666-7777-8888-9999-aaaaaaaaaaaa
resourceGroup: rg-sentinel
workspace: log-sentinel
"""


def findings_of(text: str) -> list[Finding]:
    document, findings = parse(text, PATH)
    assert document is not None
    return sorted([*findings, *validate(document, "environment"), *load_environment(document)[1]])


def report(text: str) -> list[str]:
    return [f"{each.location.line}:{each.location.column} {each.id}" for each in findings_of(text)]


def test_the_example_is_clean() -> None:
    assert report(GOOD + "endpoint: https://management.azure.com\ndescription: Test.\n") == []


@pytest.mark.parametrize(
    "key",
    ["clientSecret", "client_secret", "CLIENT-SECRET", "password", "pass-phrase", "workspaceKey",
     "sharedKey", "accessToken", "apiKeyId", "api_key", "pwd", "connectionString", "sas", "key",
     "connection string", "credentials", "certificatePath"],
)  # fmt: skip
def test_a_key_that_smells_of_a_credential_is_named_once_and_its_value_never(key: str) -> None:
    findings = findings_of(f"{GOOD}{key}: hunter2\n")
    assert [(finding.id, str(finding.location)) for finding in findings] == [
        ("credential-in-environment", "environments/test.yaml:5:1")
    ]
    assert key in findings[0].message
    assert "azure-identity" in findings[0].hint
    assert "hunter2" not in str(findings[0])


def test_a_nested_credential_is_found_beside_the_unknown_key_above_it() -> None:
    text = GOOD + "auth:\n  clientSecret: hunter2\n"
    assert report(text) == ["5:1 unknown-key", "6:3 credential-in-environment"]
    assert not any("hunter2" in str(finding) for finding in findings_of(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}\n", ["1:1 missing-key"] * 4),
        ("[]\n", ["1:1 wrong-type"]),
        (GOOD.replace("rg-sentinel", "rg/sentinel"), ["3:16 bad-resource-group"]),
        (GOOD.replace("rg-sentinel", "rg."), ["3:16 bad-resource-group"]),
        (GOOD.replace("rg-sentinel", "r" * 91), ["3:16 bad-resource-group"]),
        (GOOD.replace("log-sentinel", "log"), ["4:12 bad-workspace"]),
        (GOOD.replace("log-sentinel", "-log-sentinel"), ["4:12 bad-workspace"]),
        (GOOD.replace("11111111-", "1111111-"), ["1:9 bad-id"]),
        (GOOD + "Endpoint: https://management.azure.com\n", ["5:1 unknown-key"]),
        (GOOD + "endpoint: http://example.com\n", ["5:11 insecure-endpoint"]),
    ],
)
def test_every_slip_is_said_once(text: str, expected: list[str]) -> None:
    assert report(text) == expected


@given(
    st.sampled_from(["secret", "password", "token", "credential", "pwd", "passwd", "certificate"]),
    st.text("aB_-1", max_size=3),
    st.text("aB_-1", max_size=3),
    st.randoms(use_true_random=False),
)
def test_a_credential_word_is_found_in_any_case_anywhere(
    word: str, before: str, after: str, random: object
) -> None:
    assert hasattr(random, "choice")
    mixed = "".join(random.choice([letter, letter.upper()]) for letter in word)
    assert re.search(CREDENTIAL_PATTERN, before + mixed + after)


def test_the_published_schema_forbids_credentials_too() -> None:
    published = json.loads(render("environment"))
    assert published["patternProperties"] == {CREDENTIAL_PATTERN: {"not": {}}}
