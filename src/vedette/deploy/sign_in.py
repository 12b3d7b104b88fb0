"""Who deploys: one named way to sign in, checked against the environment before the first call.

The trap: a chain of credentials that falls through to the next one deploys as somebody else. So one
way is chosen, by the environment's ``identity`` or by what the pipeline provides, the token's
tenant is compared with the environment's, and both are shown in the plan. The token itself is in no
message: nothing here formats it, and ``redact`` takes it out of what a service echoes.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import BearerTokenCredentialPolicy, HTTPPolicy, SansIOHTTPPolicy
from azure.identity import (
    AzureCliCredential,
    ClientAssertionCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

from vedette.errors import ConfigurationError, ServiceError, UsageError
from vedette.model.environment import IDENTITIES, Environment
from vedette.model.load_environment import is_loopback

#: The environment variable that holds the bearer token of a workspace on this machine.
LOOPBACK_VARIABLE = "VEDETTE_TOKEN"
#: The one that names the authority of a workspace on this machine which speaks https: its ca.pem.
AUTHORITY_VARIABLE = "VEDETTE_CA"

#: Resource managers that may be sent an Azure token, and the authority that issues it. A token goes
#: to whatever host a file names, so no other host is accepted.
AUTHORITIES = {
    "https://management.azure.com": "login.microsoftonline.com",
    "https://management.usgovcloudapi.net": "login.microsoftonline.us",
    "https://management.chinacloudapi.cn": "login.chinacloudapi.cn",
}

AZURE_CLI, WORKLOAD_IDENTITY, MANAGED_IDENTITY = IDENTITIES

#: What the pipeline task AzureCLI@2 sets with ``addSpnToEnvironment``.
_PIPELINE_CLIENT, _PIPELINE_ASSERTION = "servicePrincipalId", "idToken"
_PIPELINE_KEY = "servicePrincipalKey"

#: What Kubernetes and self-hosted agents set.
_FEDERATED_FILE = "AZURE_FEDERATED_TOKEN_FILE"

_TOKENS = re.compile(r"(?i)\bbearer\s+\S+|\beyJ[\w-]+\.[\w-]+\.[\w-]*")

_HINTS = {
    AZURE_CLI: "run `az login` first",
    WORKLOAD_IDENTITY: "see the service connection and its federated credential",
    MANAGED_IDENTITY: "this machine needs a managed identity",
}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whoever deploys: ``account`` is a user name or an application id, ``method`` how it got in.

    ``authentication`` is the pipeline policy that puts the token on a request to the resource
    manager; ``for_scope`` gives one for another service. ``authority`` is the file of whom alone to
    trust behind https, empty for whom the machine trusts.
    """

    account: str
    method: str
    authentication: Any = field(repr=False)
    bearer: str = field(default="", repr=False)
    credential: TokenCredential | None = field(default=None, repr=False)
    authority: str = ""

    def for_scope(self, scope: str) -> SansIOHTTPPolicy[Any, Any] | HTTPPolicy[Any, Any]:
        """The policy that puts a token for ``scope`` on a request, as the same identity."""
        if self.credential is None:
            own: SansIOHTTPPolicy[Any, Any] = self.authentication
            return own
        return BearerTokenCredentialPolicy(self.credential, scope)

    def redact(self, text: str) -> str:
        """``text`` on one line, without the token and without anything that looks like one."""
        return redact(text.replace(self.bearer, "***") if self.bearer else text)


class LoopbackAuthentication(SansIOHTTPPolicy[Any, Any]):
    """Sends the token over http too, which the SDK's own policy rightly refuses to do."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._header = f"Bearer {token}"

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Put the token on the request."""
        request.http_request.headers["Authorization"] = self._header


def sign_in(environment: Environment, variables: Mapping[str, str]) -> SignedIn:
    """Sign in to ``environment``; ``variables`` are those of the process.

    Raises:
        UsageError: what the way to sign in needs is not there, or the endpoint is not one of
            Azure's.
        ConfigurationError: the token is for another tenant.
        ServiceError: no token was given.
    """
    parts = urlsplit(environment.endpoint)
    host = parts.hostname or ""
    # Without its authority nothing tells a workspace on this machine from whoever took its port.
    trusted = variables.get(AUTHORITY_VARIABLE, "").strip() if is_loopback(host) else ""
    if parts.scheme == "http" or trusted:
        return _loopback(host, variables, trusted)
    if environment.endpoint not in AUTHORITIES:
        known = ", ".join(AUTHORITIES)
        raise UsageError(f"no token is sent to {environment.endpoint}: it is none of {known}")
    method = environment.identity or default_method(variables)
    credential = _credential(method, environment, variables)
    scope = f"{environment.endpoint}/.default"
    claims = _claims(credential, scope, method)
    _check_tenant(environment, str(claims.get("tid", "")))
    account = claims.get("upn") or claims.get("unique_name") or claims.get("appid") or "unknown"
    authentication = ARMChallengeAuthenticationPolicy(credential, scope)
    return SignedIn(str(account), method, authentication, credential=credential)


def redact(text: str) -> str:
    """``text`` on one line, without anything that looks like a token."""
    return " ".join(_TOKENS.sub("***", text).split())


def default_method(variables: Mapping[str, str]) -> str:
    """Workload identity where a pipeline provides it, else the Azure CLI."""
    federated = (variables.get(_PIPELINE_ASSERTION), variables.get(_FEDERATED_FILE))
    return WORKLOAD_IDENTITY if any(federated) else AZURE_CLI


def _loopback(host: str, variables: Mapping[str, str], authority: str) -> SignedIn:
    if not is_loopback(host):
        raise UsageError(f"no token is sent over http to {host}: only to this machine itself")
    token = variables.get(LOOPBACK_VARIABLE, "").strip()
    if not token:
        raise UsageError(
            f"set {LOOPBACK_VARIABLE} to the token of the local workspace"
            " (`vedette workspace serve` says which)"
        )
    policy = LoopbackAuthentication(token)
    return SignedIn("local", LOOPBACK_VARIABLE, policy, bearer=token, authority=authority)


def _credential(
    method: str, environment: Environment, variables: Mapping[str, str]
) -> TokenCredential:
    tenant = str(environment.tenant)
    if method == AZURE_CLI:
        return AzureCliCredential(tenant_id=tenant)
    if method == MANAGED_IDENTITY:
        return ManagedIdentityCredential(client_id=variables.get("AZURE_CLIENT_ID"))
    if method != WORKLOAD_IDENTITY:
        known = ", ".join(_HINTS)
        raise UsageError(f"'{method}' is not a way to sign in; known are {known}")
    if variables.get(_PIPELINE_KEY):
        raise UsageError(
            "the service connection signs in with a secret;"
            " make it one with workload identity federation"
        )
    authority = AUTHORITIES[environment.endpoint]
    client, assertion = variables.get(_PIPELINE_CLIENT), variables.get(_PIPELINE_ASSERTION)
    if client and assertion:
        return ClientAssertionCredential(tenant, client, lambda: assertion, authority=authority)
    client, file = variables.get("AZURE_CLIENT_ID"), variables.get(_FEDERATED_FILE)
    if client and file:
        return WorkloadIdentityCredential(
            tenant_id=tenant, client_id=client, token_file_path=file, authority=authority
        )
    raise UsageError(
        f"workload identity needs {_PIPELINE_CLIENT} and {_PIPELINE_ASSERTION}"
        f" (AzureCLI@2 with addSpnToEnvironment), or AZURE_CLIENT_ID and {_FEDERATED_FILE}"
    )


def _claims(credential: TokenCredential, scope: str, method: str) -> Mapping[str, object]:
    """What the token says of itself; its signature is the service's business."""
    try:
        token = credential.get_token(scope).token
    except AzureError as error:
        reason = redact(error.message)
        raise ServiceError(f"cannot sign in with {method} ({_HINTS[method]}): {reason}") from error
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, binascii.Error):
        claims = None
    if not isinstance(claims, dict):
        raise ServiceError(f"the token from {method} does not say which tenant it is for")
    return claims


def _check_tenant(environment: Environment, tenant: str) -> None:
    if tenant.casefold() != str(environment.tenant):
        location = environment.source.locate(("tenant",))
        raise ConfigurationError(
            f"{location}: signed in to tenant {tenant or 'unknown'}, not to {environment.tenant}"
        )
