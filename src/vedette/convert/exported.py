"""What an export to another language is: a text, and what that language cannot say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vedette.convert.content import Loss
from vedette.deploy.resource import Key, Resource, ResourceKind
from vedette.errors import UsageError

#: What one ARM template may hold, and so what a Bicep file is compiled to (ARM template limits).
MAX_RESOURCES, MAX_BYTES = 800, 4 * 1024 * 1024

#: What each resource needs to be there before it.
Needs = Mapping[Key, tuple[Key, ...]]


@dataclass(frozen=True, slots=True)
class Omission:
    """Something of a resource (``label``, of ``kind``) that the export does not say."""

    kind: str
    label: str
    loss: Loss


@dataclass(frozen=True, slots=True)
class Exported:
    """The text of an export; ``resources`` are in it, ``omitted`` is what it does not hold."""

    file_name: str
    text: str
    resources: tuple[Resource, ...]
    omitted: tuple[Omission, ...] = ()


def refuse_too_large(resources: Sequence[Resource], text: str) -> None:
    """Stop before a template is written that the resource manager refuses as a whole.

    Raises:
        UsageError: it has too many resources, or too many bytes.
    """
    hint = (
        "export the folders below detections/ one by one (functions and watchlists are in each,"
        " and deploying them twice changes nothing), or deploy with `vedette apply`"
    )
    number, size = len(resources), len(text.encode("utf-8"))
    if number > MAX_RESOURCES:
        raise UsageError(
            f"an ARM template holds at most {MAX_RESOURCES} resources,"
            f" this one would {number}: {hint}"
        )
    if size > MAX_BYTES:
        raise UsageError(
            f"an ARM template has at most {MAX_BYTES:,} bytes, this one would {size:,}: {hint}"
        )


_PREFIXES = {
    ResourceKind.FUNCTION: "function",
    ResourceKind.WATCHLIST: "watchlist",
    ResourceKind.RULE: "rule",
    ResourceKind.HUNTING: "query",
    ResourceKind.AUTOMATION: "automation",
}


def symbols(resources: Iterable[Resource]) -> dict[Key, str]:
    """A name for each resource that Bicep and Terraform take, unique without case.

    The same resources have the same names in every export: Terraform's state hangs on them.
    """
    names: dict[Key, str] = {}
    taken: set[str] = set()
    for resource in sorted(resources, key=lambda each: each.order):
        word = re.sub(r"[^A-Za-z0-9]+", "_", f"{_PREFIXES[resource.kind]}_{resource.label}")
        stem = name = word.strip("_")
        number = 2
        while name.casefold() in taken:
            name, number = f"{stem}_{number}", number + 1
        taken.add(name.casefold())
        names[resource.key] = name
    return names
