"""Environments: which workspace, and nothing that opens it."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from uuid import UUID

import pytest

from vedette.finding import Finding
from vedette.model.environment import Environment
from vedette.model.load_environment import CREDENTIAL_PATTERN, is_loopback, load_environment
from vedette.model.yaml import parse

PATH = PurePosixPath("environments/test.yaml")
TENANT = "11111111-2222-3333-4444-555555555555"
SUBSCRIPTION = "66666666-7777-8888-9999-aaaaaaaaaaaa"
GOOD = f"""\
tenant: {TENANT}
subscription: {SUBSCRIPTION}
resourceGroup: rg-sentinel
workspace: log-sentinel
"""


def load(text: str) -> tuple[Environment | None, list[Finding]]:
    document, findings = parse(text, PATH)
    assert document is not None
    assert findings == []
    return load_environment(document)


def test_an_environment_is_named_by_its_file_and_defaults_to_the_public_cloud() -> None:
    environment, findings = load(GOOD + "description: The one that counts.\n")
    assert findings == []
    assert environment is not None
    assert environment.name == "test"
    assert environment.tenant == UUID(TENANT)
    assert environment.endpoint == "https://management.azure.com"
    assert environment.description == "The one that counts."
    assert environment.workspace_id == (
        f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-sentinel"
        "/providers/Microsoft.OperationalInsights/workspaces/log-sentinel"
    )


@pytest.mark.parametrize(
    ("endpoint", "kept"),
    [
        ("https://management.usgovcloudapi.net", "https://management.usgovcloudapi.net"),
        ("https://management.azure.com/", "https://management.azure.com"),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("http://localhost:8765", "http://localhost:8765"),
        ("http://[::1]:8765", "http://[::1]:8765"),
    ],
)
def test_https_anywhere_and_http_on_this_machine_are_endpoints(endpoint: str, kept: str) -> None:
    environment, findings = load(f"{GOOD}endpoint: {endpoint}\n")
    assert findings == []
    assert environment is not None
    assert environment.endpoint == kept


@pytest.mark.parametrize(
    ("endpoint", "finding_id"),
    [
        ("http://management.azure.com", "insecure-endpoint"),
        ("http://127.0.0.1.attacker.example", "insecure-endpoint"),
        ("http://localhost.attacker.example", "insecure-endpoint"),
        ("http://10.0.0.5:8765", "insecure-endpoint"),
        ("http://2130706433", "insecure-endpoint"),
        ("ftp://management.azure.com", "bad-endpoint"),
        ("management.azure.com", "bad-endpoint"),
        ("https://", "bad-endpoint"),
        ("https://management.azure.com/subscriptions", "bad-endpoint"),
        ("https://management.azure.com?x=y", "bad-endpoint"),
        ("'https://management.azure.com#x'", "bad-endpoint"),
        ("https://host:notaport", "bad-endpoint"),
        ("'https://[::1'", "bad-endpoint"),
        ("https://me:hunter2@management.azure.com", "credential-in-environment"),
        ("http://127.0.0.1@attacker.example", "credential-in-environment"),
    ],
)
def test_any_other_endpoint_is_refused_and_gives_no_environment(
    endpoint: str, finding_id: str
) -> None:
    environment, findings = load(f"{GOOD}endpoint: {endpoint}\n")
    assert environment is None
    assert [(finding.id, str(finding.location)) for finding in findings] == [
        (finding_id, "environments/test.yaml:5:11")
    ]
    assert "hunter2" not in str(findings[0])


def test_a_credential_is_found_however_deep_it_lies() -> None:
    _, findings = load(GOOD + "auth:\n  - login:\n      token: hunter2\n")
    assert [str(finding.location) for finding in findings] == ["environments/test.yaml:7:7"]
    assert "hunter2" not in str(findings[0])


@pytest.mark.parametrize(
    "key", ["tenant", "subscription", "resourceGroup", "workspace", "endpoint", "description",
            "keyVault", "name"],
)  # fmt: skip
def test_a_name_of_a_thing_is_no_credential(key: str) -> None:
    assert re.search(CREDENTIAL_PATTERN, key) is None


@pytest.mark.parametrize("missing", ["tenant", "subscription", "resourceGroup", "workspace"])
def test_without_a_needed_value_there_is_no_environment(missing: str) -> None:
    text = "".join(line for line in GOOD.splitlines(keepends=True) if not line.startswith(missing))
    environment, findings = load(text)
    assert environment is None
    assert findings == []  # the schema says what is missing


@pytest.mark.parametrize("data", ["[]", "17", "~", "tenant: [a]", "endpoint: {}"])
def test_a_wrong_shape_gives_nothing_and_breaks_nothing(data: str) -> None:
    environment, _ = load(data)
    assert environment is None


def test_loopback_is_a_matter_of_the_address_and_not_of_how_it_begins() -> None:
    assert is_loopback("127.255.0.9")
    assert not is_loopback("127.0.0.1.example")
    assert not is_loopback("192.168.0.1")
    assert not is_loopback("::")
