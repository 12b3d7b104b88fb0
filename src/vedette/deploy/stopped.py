"""Whether the service itself has switched a rule off, after failures.

The trap: Sentinel says so in front of the rule's name, Defender XDR in its status. Whoever takes
one for a person's doing looks for somebody who was not there.
"""

from __future__ import annotations

from vedette.deploy.assumptions import AUTO_DISABLED
from vedette.deploy.resource import GRAPH_AUTO_DISABLED, Body, ResourceKind
from vedette.model.shape import mapping, text


def is_auto_disabled(kind: ResourceKind, body: Body) -> bool:
    """True if the service has stopped the live resource."""
    properties = mapping(body.get("properties"))
    if kind is ResourceKind.CUSTOM_DETECTION:
        return properties.get("status") == GRAPH_AUTO_DISABLED
    return text(properties.get("displayName")).startswith(AUTO_DISABLED)
