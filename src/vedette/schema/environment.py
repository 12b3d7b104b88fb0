"""The JSON Schema of an environment file: which workspace, and no key that would open it."""

from __future__ import annotations

from vedette.model import limits
from vedette.model.environment import IDENTITIES, OnMissing, OnUnconnected
from vedette.model.lifecycle import Stage
from vedette.model.load_environment import CREDENTIAL_HINT, CREDENTIAL_MESSAGE, CREDENTIAL_PATTERN
from vedette.model.product import Product
from vedette.schema.lock import locks
from vedette.schema.override import groups, overrides
from vedette.schema.shapes import Schema, choice, forbidden, items, mapping, number, text
from vedette.schema.values import duration

#: Azure's naming rules for a resource group and for a Log Analytics workspace.
RESOURCE_GROUP_PATTERN = r"^[-\w.()]*[-\w()]$"
RESOURCE_GROUP_LENGTH = 90
TAG_PATTERN = r"^[A-Za-z0-9][-A-Za-z0-9._/]{1,62}[A-Za-z0-9]$"
WORKSPACE_PATTERN = r"^[A-Za-z0-9][-A-Za-z0-9]{2,61}[A-Za-z0-9]$"


def _guid(description: str) -> Schema:
    return text(
        description,
        pattern=limits.GUID_PATTERN,
        expects="a GUID such as 1d5ea5f8-2c0b-4c43-9d9d-0f1f6a6f0d5c",
        findings={"pattern": "bad-id", "type": "bad-id"},
    )


def _deployed() -> dict[str, Schema]:
    """What goes to the workspace, and whose it is then."""
    product = choice(
        "A product.",
        [each.value for each in Product],
        expects="a product",
        finding="unknown-product",
    )
    stage = choice(
        "A stage.",
        [each.value for each in Stage],
        expects="a stage of a detection's life",
        finding="unknown-stage",
    )
    return {
        "ownershipTag": text(
            "The mark of what is deployed from here, unlike that of any other repository. "
            "Without it nothing is ever removed.",
            pattern=TAG_PATTERN,
            expects="a tag such as contoso-detections",
            findings={"pattern": "bad-ownership-tag"},
        ),
        "products": items("The products that are deployed to.", product, fewest=1),
        "groups": groups("The groups of environments that it belongs to."),
        "lifecycle": items(
            "The stages whose detections are deployed (default: production).", stage, fewest=1
        ),
        "onMissing": choice(
            "What becomes of a rule that needs a table, function or watchlist that is not there: "
            "block the deployment (default), deploy it disabled, or skip it.",
            [each.value for each in OnMissing],
            expects="block, disable or skip",
        ),
        "onMissingConnector": choice(
            "Looks up whether one of a rule's connectors is there, or one of their tables received "
            "data in two weeks; what becomes of a rule of which neither is so: report it, block "
            "the deployment, deploy it disabled, or skip it. Default: nothing is looked up.",
            [each.value for each in OnUnconnected],
            expects="report, block, disable or skip",
        ),
    }


def _limits() -> Schema:
    return mapping(
        "How much one deployment may do.",
        {
            "gracePeriod": duration(
                "How long a rule without a file stays, switched off, before it is deleted "
                "(default 7d)."
            ),
            "removals": number(
                "How many resources one deployment may take out of service (default 5).", 0, 1000
            ),
            "failedPercent": number(
                "How many of the writes may fail before the rest is not tried (default 20).", 0, 100
            ),
        },
    )


def _writes() -> Schema:
    return mapping(
        "How fast a deployment writes; the defaults are those of Azure Resource Manager.",
        {
            "perSecond": number("Writes a second, in the long run (default 10).", 1, 100),
            "burst": number("Writes that may be made at once (default 200).", 1, 1000),
            "concurrency": number("Writes under way at the same time (default 8).", 1, 32),
        },
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
            **_deployed(),
            "limits": _limits(),
            "writes": _writes(),
            "overrides": overrides(),
            "locks": locks(),
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
