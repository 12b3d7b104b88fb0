"""A journal for tests of single writes: it keeps nothing."""

from __future__ import annotations

from vedette.deploy.apply_steps import StepName
from vedette.deploy.outcome import Status
from vedette.deploy.task import Task


class NoRecord:
    """Keeps nothing: for what is written where there is nothing to lose."""

    def intent(self, task: Task, step: StepName) -> None:
        """Nothing."""

    def outcome(self, task: Task, step: StepName, status: Status, message: str) -> None:
        """Nothing."""

    def is_done(self, task: Task, step: StepName) -> bool:
        """Never."""
        return False

    def was_begun(self, task: Task) -> bool:
        """Never."""
        return False
