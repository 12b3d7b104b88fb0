"""The JSON Schema of an environment file: which workspace, and no key that would open it."""

from __future__ import annotations

from vedette.model import limits
from vedette.model.environment import IDENTITIES
from vedette.model.load_environment import CREDENTIAL_HINT, CREDENTIAL_MESSAGE, CREDENTIAL_PATTERN
from vedette.schema.shapes import Schema, choice, forbidden, mapping, text

#: Azure's naming rules for a resource group and for a Log Analytics workspace.
RESOURCE_GROUP_PATTERN = r"^[-\w.()]*[-\w()]$"
RESOURCE_GROUP_LENGTH = 90
WORKSPACE_PATTERN = r"^[A-Za-z0-9][-A-Za-z0-9]{2,61}[A-Za-z0-9]$"


def _guid(description: str) -> Schema:
    return text(
        description,
        pattern=limits.GUID_PATTERN,
        expects="a GUID such as 1d5ea5f8-2c0b-4c43-9d9d-0f1f6a6f0d5c",
        findings={"pattern": "bad-id", "type": "bad-id"},
    )


def build() -> Schema:
    """The schema of ``environments/*.yaml``."""
    schema = mapping(
        "A workspace that detections are deployed to. Credentials are never written here: they "
        "come from azure-identity.",
        {
            "tenant": _guid("The Entra tenant of the workspace."),
            "subscription": _guid("The Azure subscription of the workspace."),
            "resourceGroup": text(
                "The resource group of the workspace.",
                longest=RESOURCE_GROUP_LENGTH,
                pattern=RESOURCE_GROUP_PATTERN,
                expects="the name of a resource group",
                findings={"pattern": "bad-resource-group", "maxLength": "bad-resource-group"},
            ),
            "workspace": text(
                "The name (not the id) of the Log Analytics workspace.",
                pattern=WORKSPACE_PATTERN,
                expects="the name of a workspace (4 to 63 letters, digits and '-')",
                findings={"pattern": "bad-workspace"},
            ),
            "endpoint": text(
                "The resource manager: https, or http on this machine for the local workspace.",
            ),
            "description": text("What the workspace is for."),
            "identity": choice(
                "The one way to sign in. Without it: what the pipeline provides, else az login.",
                IDENTITIES,
            ),
        },
        required=["tenant", "subscription", "resourceGroup", "workspace"],
        patternProperties={
            CREDENTIAL_PATTERN: forbidden(
                "credential-in-environment", CREDENTIAL_MESSAGE, hint=CREDENTIAL_HINT
            )
        },
    )
    return {"title": "Environment"} | schema
