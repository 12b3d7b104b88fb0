"""An environment: which workspace a deployment goes to.

The trap: it names a workspace and never how to get in. Credentials come from azure-identity at the
time of use, so that this file can be read by everybody who reads the repository.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from vedette.model.document import Document

#: Azure Resource Manager of the public cloud.
DEFAULT_ENDPOINT = "https://management.azure.com"


@dataclass(frozen=True, slots=True)
class Environment:
    """``environments/<name>.yaml``; ``endpoint`` has a scheme and a host and no final slash."""

    name: str
    tenant: UUID
    subscription: UUID
    resource_group: str
    workspace: str
    endpoint: str = DEFAULT_ENDPOINT
    description: str = ""
    source: Document = field(kw_only=True, compare=False, repr=False)

    @property
    def workspace_id(self) -> str:
        """The ARM id of the Log Analytics workspace, beginning with a slash."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.OperationalInsights/workspaces/{self.workspace}"
        )
