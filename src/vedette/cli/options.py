"""Options that several verbs have: one spelling, one help, one default.

The trap: an option that is written again in the next verb soon differs from itself there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])

env_option = click.option(
    "--env", "name", required=True, help="The environment: environments/NAME.yaml."
)
yes_option = click.option(
    "--yes", is_flag=True, help="Do not ask; needed where nobody can be asked."
)


def format_option(
    forms: Iterable[str] = ("text", "json"), *, text: str = "What to print."
) -> Callable[[_Command], _Command]:
    """``--format``, as the parameter ``form``: one of ``forms``, text if nothing is said."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(list(forms)),
        default="text",
        show_default=True,
        help=text,
    )
