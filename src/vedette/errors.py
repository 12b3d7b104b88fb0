"""Every exception that Vedette raises, and the exit code that each one ends the process with.

A finding in somebody's detection is never an exception (see ``finding.py``): these mean that the
command could not do its job.

* VedetteError                       exit 3
  + UsageError                       exit 2   the command line or the configuration is wrong
    - ConfigurationError             exit 2   a file that configures the tool, with its place
  + ToolError                        exit 3   the tool itself, or something it stands on, failed
    - EngineError                    exit 3   the database refused SQL that Vedette produced
    - UnsupportedError               exit 3   a construct that the engine refuses to approximate
    - ServiceError                   exit 3   the workspace answered with an error, or not at all
"""

from __future__ import annotations

from typing import ClassVar


class VedetteError(Exception):
    """Base of all: ``str(error)`` is one line fit to show to a user."""

    exit_code: ClassVar[int] = 3


class UsageError(VedetteError):
    """The command line asks for something that cannot be done as it is written."""

    exit_code: ClassVar[int] = 2


class ConfigurationError(UsageError):
    """A configuration file cannot be used; the message starts with its ``path:line:col``."""


class ToolError(VedetteError):
    """The tool, or a component that it needs, failed: not the user's detections."""


class EngineError(ToolError):
    """The database refused a statement that Vedette produced."""


class UnsupportedError(ToolError):
    """The engine refuses a construct rather than approximate it: a wrong answer is worse than none.

    ``construct`` names it; ``offset`` is its place in the query text, None if unknown.
    """

    def __init__(self, construct: str, *, offset: int | None = None, hint: str = "") -> None:
        super().__init__(f"{construct} is not supported" + (f" ({hint})" if hint else ""))
        self.construct = construct
        self.offset = offset
        self.hint = hint


class ServiceError(ToolError):
    """A call to a workspace failed.

    ``status`` is the HTTP status (None when no answer came), ``code`` and ``str(error)`` are the
    service's own error code and message. ``outcome_unknown`` is True if the request may have been
    carried out all the same: its answer was lost, or says only that something broke.
    ``retry_after`` is for how many seconds the service wants to be left alone, if it says.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        outcome_unknown: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.outcome_unknown = outcome_unknown
        self.retry_after = retry_after
