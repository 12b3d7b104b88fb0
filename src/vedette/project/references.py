"""What automation rules name: detections, by the names of their files.

The trap: a name that nothing has would leave a condition without values, and an automation
rule without a condition is for every incident of the workspace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vedette.finding import Finding, did_you_mean
from vedette.model.automation import AutomationRule
from vedette.project.discovery import Role, SourceFile


def unknown_detections(
    automation: Iterable[AutomationRule], files: Iterable[SourceFile]
) -> Iterator[Finding]:
    """A finding for each name of a detection of which there is no file."""
    known = {file.stem for file in files if file.role is Role.DETECTION}
    for rule in automation:
        for index, name in enumerate(rule.detections):
            if name not in known:
                at = rule.source.locate(("detections", index))
                message = f"there is no detection '{name}'"
                yield Finding(at, "unknown-detection", message, did_you_mean(name, known))
