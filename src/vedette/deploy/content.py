"""All that one environment gets, as resources.

The trap: a command with a list of its own of what is deployed takes the rest for foreign, or for
removed. Whatever looks at a workspace asks here what belongs there.
"""

from __future__ import annotations

from vedette.deploy.automation import automation_resources
from vedette.deploy.payload import resources_of
from vedette.deploy.resource import Resource
from vedette.model.environment import Environment
from vedette.project import Project


def resources_for(project: Project, environment: Environment) -> tuple[Resource, ...]:
    """What ``project``, rendered for ``environment`` or not, puts into its workspace."""
    return (
        *resources_of(project.detections, project.functions.values(), project.watchlists.values()),
        *automation_resources(project.automation, project.detections, environment.workspace_id),
    )
