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

#: Ways to sign in to Azure that an environment may insist on.
IDENTITIES = ("azure-cli", "workload-identity", "managed-identity")


@dataclass(frozen=True, slots=True)
class Environment:
    """``environments/<name>.yaml``; ``endpoint`` has a scheme and a host and no final slash.

    ``identity`` names one way to sign in (``IDENTITIES``); empty: what the pipeline provides, else
    ``az login``. There is no chain of ways, which would end as somebody else.
    """

    name: str
    tenant: UUID
    subscription: UUID
    resource_group: str
    workspace: str
    endpoint: str = DEFAULT_ENDPOINT
    description: str = ""
    identity: str = ""
    source: Document = field(kw_only=True, compare=False, repr=False)

    @property
    def workspace_id(self) -> str:
        """The ARM id of the Log Analytics workspace, beginning with a slash."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.OperationalInsights/workspaces/{self.workspace}"
        )
