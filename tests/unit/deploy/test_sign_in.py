"""Deploying as somebody else, or showing a token to somebody else."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from vedette.deploy import sign_in as module
from vedette.deploy.sign_in import AUTHORITIES, SignedIn, default_method, sign_in
from vedette.errors import ConfigurationError, ServiceError, UsageError
from vedette.model.document import Document
from vedette.model.environment import Environment
from vedette.source import ValuePath

TENANT = UUID("aaaaaaaa-0000-4000-8000-000000000000")
SUBSCRIPTION = UUID("bbbbbbbb-0000-4000-8000-000000000000")
PIPELINE = {"servicePrincipalId": "client", "idToken": "assertion", "tenantId": str(TENANT)}


def environment(**changes: object) -> Environment:
    values: dict[str, Any] = {
        "name": "test",
        "tenant": TENANT,
        "subscription": SUBSCRIPTION,
        "resource_group": "rg",
        "workspace": "law-test",
    } | changes
    path = PurePosixPath("environments/test.yaml")
    places: dict[ValuePath, tuple[int, int]] = {(): (1, 1), ("tenant",): (2, 9)}
    return Environment(**values, source=Document(path, "", {}, places, {}))


def token(**claims: object) -> str:
    """An unsigned token with these claims; only the part between the dots is read."""
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{payload}.c2lnbmF0dXJl"


class Credential:
    """Stands for any class of azure-identity: remembers how it was made and asked."""

    made: Mapping[str, object]
    scopes: tuple[str, ...]

    def __init__(self, kind: str, answer: str | Exception) -> None:
        self.kind, self._answer = kind, answer

    def __call__(self, *args: object, **options: object) -> Credential:
        self.made = {"args": args, **options}
        return self

    def get_token(self, *scopes: str) -> AccessToken:
        self.scopes = scopes
        if isinstance(self._answer, Exception):
            raise self._answer
        return AccessToken(self._answer, 0)


@pytest.fixture(name="credentials")
def _credentials(monkeypatch: pytest.MonkeyPatch) -> dict[str, Credential]:
    """The four classes of azure-identity that may be used, all for the right tenant."""
    answer = token(tid=str(TENANT), upn="alice@contoso.example", appid="app")
    kinds = (
        "AzureCliCredential",
        "ClientAssertionCredential",
        "ManagedIdentityCredential",
        "WorkloadIdentityCredential",
    )
    credentials = {kind: Credential(kind, answer) for kind in kinds}
    for kind, credential in credentials.items():
        monkeypatch.setattr(module, kind, credential)
    return credentials


def used(credentials: Mapping[str, Credential]) -> list[str]:
    return [kind for kind, credential in credentials.items() if hasattr(credential, "scopes")]


@pytest.mark.parametrize(
    ("identity", "variables", "kind", "method"),
    [
        ("", {}, "AzureCliCredential", "azure-cli"),
        ("", PIPELINE, "ClientAssertionCredential", "workload-identity"),
        (
            "",
            {"AZURE_FEDERATED_TOKEN_FILE": "/token", "AZURE_CLIENT_ID": "client"},
            "WorkloadIdentityCredential",
            "workload-identity",
        ),
        ("azure-cli", PIPELINE, "AzureCliCredential", "azure-cli"),
        ("managed-identity", PIPELINE, "ManagedIdentityCredential", "managed-identity"),
    ],
)
def test_t22_exactly_one_way_is_tried_and_named(
    credentials: dict[str, Credential],
    identity: str,
    variables: Mapping[str, str],
    kind: str,
    method: str,
) -> None:
    signed_in = sign_in(environment(identity=identity), variables)
    assert used(credentials) == [kind]
    assert credentials[kind].scopes == ("https://management.azure.com/.default",)
    assert (signed_in.method, signed_in.account) == (method, "alice@contoso.example")


def test_t22_the_tenant_of_the_environment_is_asked_for(credentials: dict[str, Credential]) -> None:
    sign_in(environment(), {})
    assert credentials["AzureCliCredential"].made["tenant_id"] == str(TENANT)
    sign_in(environment(), PIPELINE)
    made = credentials["ClientAssertionCredential"].made
    args = made["args"]
    assert isinstance(args, tuple)
    tenant, client, assertion = args
    assert (tenant, client, assertion()) == (str(TENANT), "client", "assertion")
    assert made["authority"] == "login.microsoftonline.com"


@pytest.mark.parametrize("claims", [{"tid": str(SUBSCRIPTION)}, {}, {"tid": None}])
def test_t22_a_token_for_another_tenant_is_refused_before_the_first_call(
    monkeypatch: pytest.MonkeyPatch, claims: dict[str, object]
) -> None:
    answer = token(**claims)
    monkeypatch.setattr(module, "AzureCliCredential", Credential("cli", answer))
    with pytest.raises(ConfigurationError) as caught:
        sign_in(environment(), {})
    message = str(caught.value)
    assert message.startswith("environments/test.yaml:2:9: signed in to tenant ")
    assert answer not in message


@pytest.mark.parametrize("answer", ["opaque", "a.b.c", "", "eyJh.W10.x"])
def test_t22_a_token_that_does_not_say_its_tenant_is_refused(
    monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.setattr(module, "AzureCliCredential", Credential("cli", answer))
    with pytest.raises(ServiceError, match="does not say which tenant"):
        sign_in(environment(), {})


def test_t22_a_failure_to_sign_in_tries_nothing_else(
    credentials: dict[str, Credential], monkeypatch: pytest.MonkeyPatch
) -> None:
    leaked = token(tid=str(TENANT))
    error = ClientAuthenticationError(f"Please run 'az login'.\nGot {leaked}")
    monkeypatch.setattr(module, "AzureCliCredential", Credential("cli", error))
    with pytest.raises(ServiceError) as caught:
        sign_in(environment(), {})
    assert used(credentials) == []
    message = str(caught.value)
    assert message.startswith("cannot sign in with azure-cli (run `az login` first): Please run")
    assert "\n" not in message
    assert leaked not in message


def test_a_network_that_does_not_answer_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ServiceRequestError("login.microsoftonline.com: no such host")
    monkeypatch.setattr(module, "AzureCliCredential", Credential("cli", error))
    with pytest.raises(ServiceError, match="no such host"):
        sign_in(environment(), {})


def test_an_application_is_named_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = token(tid=str(TENANT).upper(), appid="11111111-0000-4000-8000-000000000000")
    monkeypatch.setattr(module, "AzureCliCredential", Credential("cli", answer))
    assert sign_in(environment(), {}).account == "11111111-0000-4000-8000-000000000000"


def test_a_service_connection_with_a_secret_is_refused(credentials: dict[str, Credential]) -> None:
    variables = {"servicePrincipalId": "client", "servicePrincipalKey": "hunter2"}
    with pytest.raises(UsageError) as caught:
        sign_in(environment(identity="workload-identity"), variables)
    assert "workload identity federation" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert used(credentials) == []


def test_workload_identity_without_its_variables_is_refused(
    credentials: dict[str, Credential],
) -> None:
    with pytest.raises(UsageError, match="addSpnToEnvironment"):
        sign_in(environment(identity="workload-identity"), {"servicePrincipalId": "client"})
    assert used(credentials) == []


def test_a_way_that_nobody_knows_is_refused(credentials: dict[str, Credential]) -> None:
    with pytest.raises(UsageError, match="'default' is not a way to sign in"):
        sign_in(environment(identity="default"), {})
    assert used(credentials) == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://management.azure.com.evil.example",
        "https://evil.example",
        "https://management.azure.com:8443",
        "https://127.0.0.1:8080",
    ],
)
def test_no_azure_token_is_asked_for_or_sent_to_a_host_that_is_not_azures(
    credentials: dict[str, Credential], endpoint: str
) -> None:
    with pytest.raises(UsageError, match="no token is sent to"):
        sign_in(environment(endpoint=endpoint), {"VEDETTE_TOKEN": "secret"})
    assert used(credentials) == []


@pytest.mark.parametrize("endpoint", AUTHORITIES)
def test_each_cloud_has_its_own_scope(credentials: dict[str, Credential], endpoint: str) -> None:
    sign_in(environment(endpoint=endpoint), {})
    assert credentials["AzureCliCredential"].scopes == (f"{endpoint}/.default",)


@pytest.mark.parametrize("host", ["192.0.2.1", "workspace.example", "localhost.example"])
def test_http_to_another_machine_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="no token is sent over http"):
        sign_in(environment(endpoint=f"http://{host}:8080"), {"VEDETTE_TOKEN": "secret"})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_a_workspace_on_this_machine_takes_the_token_of_the_variable(
    credentials: dict[str, Credential], host: str
) -> None:
    signed_in = sign_in(environment(endpoint=f"http://{host}:8080"), {"VEDETTE_TOKEN": " t0k "})
    assert (signed_in.account, signed_in.method) == ("local", "VEDETTE_TOKEN")
    assert used(credentials) == []
    assert "t0k" not in repr(signed_in)


@pytest.mark.parametrize("variables", [{}, {"VEDETTE_TOKEN": "  "}, {"AZURE_CLIENT_ID": "x"}])
def test_the_loopback_without_its_token_asks_nobody_else(
    credentials: dict[str, Credential], variables: dict[str, str]
) -> None:
    with pytest.raises(UsageError, match="set VEDETTE_TOKEN"):
        sign_in(environment(endpoint="http://127.0.0.1:8080"), variables)
    assert used(credentials) == []


def test_the_default_is_the_azure_cli_unless_a_pipeline_provides_more() -> None:
    assert default_method({}) == "azure-cli"
    assert default_method({"idToken": ""}) == "azure-cli"
    assert default_method({"TF_BUILD": "True", "servicePrincipalId": "x"}) == "azure-cli"
    assert default_method({"idToken": "x"}) == "workload-identity"
    assert default_method({"AZURE_FEDERATED_TOKEN_FILE": "x"}) == "workload-identity"


@pytest.mark.parametrize(
    "text",
    [
        "got s3cr3t",
        "header: Bearer abc.def",
        "authorization: bearer  xyz",
        f"token {token(tid='x')} was bad",
    ],
)
def test_a_message_is_shown_without_what_looks_like_a_token(text: str) -> None:
    signed_in = SignedIn("a", "m", None, bearer="s3cr3t")
    redacted = signed_in.redact(text)
    assert "***" in redacted
    assert not any(part in redacted for part in ("s3cr3t", "abc", "xyz", "eyJ"))
