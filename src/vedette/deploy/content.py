"""All that one environment gets, as resources.

The trap: a command with a list of its own of what is deployed takes the rest for foreign, or for
removed. Whatever looks at a workspace asks here what belongs there.
"""

from __future__ import annotations

from vedette.deploy.automation import automation_resources
from vedette.deploy.custom_detection import CustomDetection, custom_detections_of
from vedette.deploy.payload import resources_of
from vedette.deploy.resource import Resource, ResourceKind
from vedette.kql.binder import Binder
from vedette.model.environment import Environment
from vedette.model.product import Product
from vedette.project import Project


def resources_for(
    project: Project, environment: Environment, binder: Binder
) -> tuple[Resource, ...]:
    """What ``project``, rendered for ``environment`` or not, puts into its workspace.

    Of an environment that is not for Defender XDR there are no custom detections, of one that is
    for nothing else there are only those.

    Raises:
        ToolError: a query cannot be rendered for Defender XDR, which linting would have found.
    """
    found: list[Resource] = []
    if Product.SENTINEL in environment.products:
        detections = project.detections
        found += resources_of(detections, project.functions.values(), project.watchlists.values())
        found += automation_resources(project.automation, detections, environment.workspace_id)
    if Product.DEFENDER in environment.products:
        found += map(resource_of_custom_detection, custom_detections_of(project, binder))
    return tuple(found)


def resource_of_custom_detection(rule: CustomDetection) -> Resource:
    """A custom detection in the form in which all resources are planned (``graph_rules``)."""
    return Resource(
        kind=ResourceKind.CUSTOM_DETECTION,
        id=rule.id,
        name=rule.name,
        label=rule.path.stem,
        path=rule.path,
        body={"properties": rule.body},
    )
