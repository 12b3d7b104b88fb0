"""Moves what differs in a live resource into the file that it is deployed from.

The trap: what the service does not return (comments, owner, cases, a version) was not taken away by
anybody. Only values that somebody changed move, and the result is loaded and compared: it is the
live resource, or there is no result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from vedette.convert.content import Content, Loss, Refused
from vedette.convert.edit import EditError, Editor, apply_edits
from vedette.convert.full_values import (
    aligned,
    as_written,
    full_values,
    strings,
    techniques_in_place,
)
from vedette.convert.rule_content import rule_content, unmarked
from vedette.convert.search_content import search_content
from vedette.convert.spans import Span, spans_of
from vedette.convert.verify import Loaded, file_text, load_text, losses_of
from vedette.convert.watchlist_content import watchlist_content
from vedette.deploy.resource import Body, Collection, Resource
from vedette.model.shape import mapping, text
from vedette.model.text import normalise
from vedette.model.yaml import parse

#: Where a file says whether a rule runs; the first that is there counts.
_ENABLED = (("vedette", "enabled"), ("enabled",))

#: Keys that a file may write otherwise.
_OLDER = {"relevantTechniques": "techniques"}


@dataclass(frozen=True, slots=True)
class Adopted:
    """A file with the values of a live resource.

    ``raw`` is the whole file (its line ends and mark as before), ``changed`` the keys that moved,
    ``losses`` what a file cannot say.
    """

    raw: str
    changed: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()


def content_of(collection: Collection, resource_id: str, body: Body) -> Content | Refused:
    """A live resource as a file's values; a watchlist without its rows."""
    if collection is Collection.RULES:
        return rule_content(resource_id, body)
    if collection is Collection.SEARCHES:
        return search_content(resource_id, body)
    if collection is Collection.WATCHLISTS:
        return watchlist_content(resource_id, body, ())
    name = text(mapping(body.get("properties")).get("displayName"))
    return Refused(
        collection.value, resource_id, name, "this is not pulled; write its file by hand"
    )


def adopt(raw: str, path: PurePosixPath, resource: Resource, live: Body) -> Adopted:
    """The file ``raw`` at ``path``, from which ``resource`` comes, with the values of ``live``.

    Raises:
        EditError: a value that differs cannot be moved by itself, or the two are of two kinds.
    """
    live = without_mark(live, resource.body)
    collection = resource.kind.collection
    ours, theirs = (content_of(collection, resource.id, body) for body in (resource.body, live))
    if isinstance(ours, Refused) or isinstance(theirs, Refused):
        raise EditError(next(each.reason for each in (ours, theirs) if isinstance(each, Refused)))
    if ours.form is not theirs.form or ours.values.get("kind") != theirs.values.get("kind"):
        raise EditError("the live one is of another kind")
    document, _ = parse(raw, path)
    if document is None:
        raise EditError("the file cannot be read")
    data = mapping(document.data)
    editor = Editor(document.text)
    root = spans_of(document.text)
    changed = _edit(editor, root, data, full_values(ours), theirs)
    if not editor.edits:
        return Adopted(raw, losses=losses_of(Loaded(raw, resource, ()), live))
    edited = apply_edits(raw, editor.edits)
    loaded = load_text(normalise(edited), theirs.form, path)
    return Adopted(edited, tuple(changed), _verified(loaded, theirs, path))


def without_mark(live: Body, ours: Body) -> Body:
    """``live`` as the rule was before the service switched it off and wrote so into its texts."""
    properties = mapping(live.get("properties"))
    name, marked = unmarked(text(properties.get("displayName")))
    if not marked:
        return live
    description = text(mapping(ours.get("properties")).get("description"))
    cleaned = dict(properties) | {"displayName": name}
    if text(properties.get("description")).startswith(description):
        cleaned["description"] = description
    return {**live, "properties": cleaned}


def _edit(
    editor: Editor, root: Span, data: Mapping[str, object], old: dict[str, object], theirs: Content
) -> list[str]:
    """Collect the edits; the keys that move."""
    new, order = full_values(theirs), list(theirs.values)
    changed = []
    for key in [*new, *(key for key in old if key not in new)]:
        name = _OLDER[key] if key in _OLDER and _OLDER[key] in data else key
        written = data.get(name)
        before = written if isinstance(written, str) else as_written(old.get(key), written)
        if key == "relevantTechniques" and name in data:
            before = strings(data[name])
            after: object = techniques_in_place(strings(data[name]), strings(new.get(key)))
        else:
            after = aligned(before, new.get(key), key)
        if before == after or aligned(old.get(key), new.get(key), key) == old.get(key):
            continue
        changed.append(key)
        if key == "enabled":
            _switch(editor, root, data, on=after is True)
        elif name in data:
            editor.change(root, name, before, after)
        elif key in theirs.values:
            editor.insert(root, key, theirs.values[key], order[: order.index(key)])
    return changed


def _switch(editor: Editor, root: Span, data: Mapping[str, object], *, on: bool) -> None:
    """Say whether the rule runs where the file says it, else under our own key."""
    for path in _ENABLED:
        parent = root if len(path) == 1 else _child(root, path[0])
        holder = data if len(path) == 1 else mapping(data.get(path[0]))
        if parent is not None and path[-1] in holder:
            editor.change(parent, path[-1], holder[path[-1]], on)
            return
    ours = _child(root, "vedette")
    if ours is not None and data.get("vedette"):
        editor.insert(ours, "enabled", on)
    else:
        editor.insert(root, "vedette", {"enabled": on})


def _child(parent: Span, key: str) -> Span | None:
    pair = parent.pair(key)
    return None if pair is None else pair[1]


def _verified(loaded: Loaded, theirs: Content, path: PurePosixPath) -> tuple[Loss, ...]:
    """What the edited file does not say, which no file could.

    Raises:
        EditError: it cannot be loaded, or it lacks what a file can say.
    """
    if loaded.resource is None or not loaded.is_sound:
        why = "; ".join(str(each) for each in loaded.findings) or "it lacks what it needs"
        raise EditError(f"the edited file would not be a detection: {why}")
    left = losses_of(loaded, theirs.body)
    fresh = load_text(file_text(theirs, path), theirs.form, path)
    inherent = {loss.field for loss in losses_of(fresh, theirs.body)}
    if wrong := sorted(loss.field for loss in left if loss.field not in inherent):
        raise EditError(f"the file is written in a way that keeps {', '.join(wrong)} as it was")
    return left


def unrendered(live: Body, own: Body, rendered: Body) -> Body:
    """``live`` as it would be without what an environment has otherwise than the file.

    ``own`` is what the file says, ``rendered`` what the environment makes of it. Where the live
    resource has the environment's value, the file keeps its own.

    Raises:
        EditError: somebody changed the very value that the environment sets.
    """
    before, after = mapping(own.get("properties")), mapping(rendered.get("properties"))
    found = dict(mapping(live.get("properties")))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) == after.get(name):
            continue
        if found.get(name) != after.get(name):
            raise EditError(f"the environment sets '{name}' for this rule: change it there")
        found.pop(name, None)
        if name in before:
            found[name] = before[name]
    return {**live, "properties": found}
