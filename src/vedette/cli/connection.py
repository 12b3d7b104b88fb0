"""What the verbs that only read a workspace have in common: the environment and the sign-in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from vedette.deploy.sign_in import sign_in
from vedette.deploy.transport import ArmWorkspace
from vedette.errors import ConfigurationError, UsageError
from vedette.finding import did_you_mean
from vedette.model.environment import Environment
from vedette.project import Project


def environment_of(project: Project, name: str) -> Environment:
    """The environment ``name``.

    Raises:
        UsageError: there is none, or its file is broken.
    """
    if name in project.environments:
        return project.environments[name]
    broken = [each for each in project.findings if each.location.path.stem == name]
    if broken:
        raise ConfigurationError(str(broken[0]))
    known = ", ".join(sorted(project.environments)) or "none"
    hint = did_you_mean(name, project.environments) or f"environments/ has: {known}"
    raise UsageError(f"there is no environment '{name}' ({hint})")


@contextmanager
def connect(environment: Environment) -> Iterator[ArmWorkspace]:
    """The environment's workspace, signed in to.

    Raises:
        UsageError: it cannot be signed in to as it is.
    """
    with ArmWorkspace(environment, sign_in(environment, os.environ)) as workspace:
        yield workspace
