"""Converts the custom detections among what is pulled, for which it takes the compiler.

The trap: the file of a rule that runs in both products says more than the custom detection that is
rendered from it. So one that is in the repository is compared and never edited from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from vedette.convert.content import Refused
from vedette.convert.custom_detection_content import (
    custom_detection_content,
    is_same_custom_detection,
)
from vedette.convert.pull import Existing, Incoming, Outcome, Pulled, former_id
from vedette.convert.read_json import Found
from vedette.deploy.custom_detection import KIND, custom_detections_of
from vedette.deploy.resource import Collection, Key, key_of
from vedette.kql.binder import Binder
from vedette.kql.lint import catalogue_of
from vedette.model.product import Product
from vedette.model.shape import text
from vedette.project import Project


def with_custom_detections(
    incoming: Sequence[Incoming], project: Project, existing: Mapping[Key, Existing], binder: Binder
) -> list[Incoming]:
    """``incoming`` with every custom detection as a file's values, or why it is none."""
    here, there = catalogue_of(project), catalogue_of(project, Product.DEFENDER)
    ours = {each.id.casefold(): each.body for each in custom_detections_of(project, binder)}
    found: list[Incoming] = []
    for each in incoming:
        if not isinstance(each, Found) or each.collection is not None:
            found.append(each)
            continue
        known = existing.get(key_of(Collection.RULES, each.id))
        if known is not None:
            found.append(_compared(each, known, ours))
            continue
        content = custom_detection_content(each.body, binder, here, there)
        if not isinstance(content, Refused) and each.former:
            content = replace(content, losses=(*content.losses, former_id(each.former)))
        found.append(content)
    return found


def is_custom(each: Incoming) -> bool:
    """True for a custom detection as Graph has it."""
    return isinstance(each, Found) and each.collection is None


def _compared(found: Found, known: Existing, ours: Mapping[str, Mapping[str, object]]) -> Pulled:
    name = text(found.body.get("displayName"))
    own = ours.get(found.id.casefold())
    if found.former or (own is not None and is_same_custom_detection(own, found.body)):
        return Pulled(Outcome.UNCHANGED, KIND, found.id, name, known.path)
    reason = (
        "its file is not for Defender XDR"
        if own is None
        else "it is not what its file makes of it; change the file"
    )
    return Pulled(Outcome.REFUSED, KIND, found.id, name, known.path, reason=reason)
