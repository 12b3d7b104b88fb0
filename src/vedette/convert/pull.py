"""What a pull would write: a value, made when everything that is pulled is known.

The trap: a pull that writes while it reads leaves half a workspace behind when a page fails, and
one that clears a folder first loses what the service never returns. Nothing here removes a file,
and nothing is written of which the tool could not read every byte back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import PurePosixPath

from vedette.convert.adopt import adopt, content_of
from vedette.convert.content import Content, Form, Loss, Refused
from vedette.convert.edit import EditError
from vedette.convert.naming import Names
from vedette.convert.read_json import Found
from vedette.convert.verify import Loaded, file_text, load_text, losses_of
from vedette.convert.watchlist_content import columns_of, csv_text, merged_csv
from vedette.deploy.resource import Collection, Key, Resource, Rows, key_of
from vedette.model.csv_text import parse_csv
from vedette.model.shape import text
from vedette.project.discovery import FUNCTIONS, WATCHLISTS


class Outcome(StrEnum):
    """What becomes of one resource that is pulled."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "not written"


@dataclass(frozen=True, slots=True)
class Existing:
    """A file of the repository that has the identity of something that may be pulled.

    ``raw`` is its text with its own line ends. ``csv`` is a watchlist's data file.
    """

    path: PurePosixPath
    raw: str = field(repr=False)
    resource: Resource = field(repr=False)
    csv: tuple[PurePosixPath, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Pulled:
    """What becomes of one resource; ``files`` are the texts to write, by path.

    ``changed`` are the keys of an existing file that move, ``reason`` says why nothing is written
    (``expected`` if no workspace is without such a resource), ``losses`` what the file lacks.
    """

    outcome: Outcome
    what: str
    id: str
    name: str
    path: PurePosixPath | None = None
    files: Mapping[PurePosixPath, str] = field(default_factory=dict, repr=False)
    changed: tuple[str, ...] = ()
    losses: tuple[Loss, ...] = ()
    reason: str = ""
    expected: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A detection that is in the community's YAML already: its text is the file's.

    ``origin`` is the file that it comes from, ``former`` its id there, if it is given a new one.
    """

    text: str = field(repr=False)
    origin: str
    former: str = ""


Incoming = Found | Refused | Text | Content | Pulled


def pull(
    incoming: Iterable[Incoming],
    existing: Mapping[Key, Existing],
    names: Names,
    folder: PurePosixPath,
) -> tuple[Pulled, ...]:
    """What becomes of everything that comes in; new detections go to ``folder``.

    ``existing`` is matched by identity, in whatever folder a file stands; ``names`` knows the
    stems that are taken. The result has the order of what comes in.
    """
    seen: set[Key] = set()
    found = []
    for each in incoming:
        pulled, key = _one(each, existing, names, folder)
        if key is not None and key in seen:
            reason = "its id comes in twice; the first is taken"
            pulled = Pulled(Outcome.REFUSED, pulled.what, pulled.id, pulled.name, reason=reason)
        elif key is not None:
            seen.add(key)
        found.append(pulled)
    return tuple(found)


def _one(
    each: Incoming, existing: Mapping[Key, Existing], names: Names, folder: PurePosixPath
) -> tuple[Pulled, Key | None]:
    if isinstance(each, Refused):
        return _refused(each), None
    if isinstance(each, Pulled):
        return each, None
    if isinstance(each, Text):
        return _of_text(each, existing, names, folder)
    if isinstance(each, Content):
        return _create(each, (), names, folder), key_of(Collection.RULES, each.id)
    if each.collection is None:
        # Whoever reads them converts them, for which it takes a compiler.
        reason = "a custom detection that was not converted"
        return Pulled(Outcome.REFUSED, "custom detection", each.id, "", reason=reason), None
    key = key_of(each.collection, each.id)
    content = content_of(each.collection, each.id, each.body)
    if isinstance(content, Refused):
        return _refused(content), None
    known = existing.get(key)
    if known is not None:
        return _update(known, each, content), key
    if each.former:
        content = replace(content, losses=(*content.losses, former_id(each.former)))
    return _create(content, each.rows, names, folder), key


def former_id(former: str) -> Loss:
    """What has to be known of a resource that is given a new id."""
    why = f"it is '{former}' in the workspace, where it stays: deploy this one, then remove that"
    return Loss("id", why)


def _refused(refused: Refused) -> Pulled:
    return Pulled(
        Outcome.REFUSED,
        refused.what,
        refused.id,
        refused.name,
        reason=refused.reason,
        expected=refused.expected,
    )


def _create(content: Content, rows: Rows, names: Names, folder: PurePosixPath) -> Pulled:
    path = _path(content, names, folder)
    written = file_text(content, path)
    loaded = load_text(written, content.form, path)
    if not loaded.is_sound:
        return _unsound(content, loaded)
    files = {path: written}
    if content.form is Form.WATCHLIST:
        columns = columns_of(rows, text(content.values.get("searchKey")))
        table = csv_text(columns, rows)
        if (problem := _bad_rows(table, rows, path)) is not None:
            return Pulled(Outcome.REFUSED, "watchlist", content.id, content.name, reason=problem)
        files[path.with_suffix(".csv")] = table
    return Pulled(
        Outcome.CREATED,
        content.form.value,
        content.id,
        content.name,
        path,
        files,
        losses=_merged(content.losses, losses_of(loaded, content.body)),
    )


def _update(known: Existing, each: Found, content: Content) -> Pulled:
    """The file with the values of the resource: edited in place, or left alone."""
    what, identity, name = content.form.value, content.id, content.name
    try:
        adopted = adopt(known.raw, known.path, known.resource, each.body)
    except EditError as error:
        return Pulled(Outcome.REFUSED, what, identity, name, known.path, reason=str(error))
    files = {} if adopted.raw == known.raw else {known.path: adopted.raw}
    changed = list(adopted.changed)
    if known.csv is not None:
        path, table = known.csv
        parsed, _ = parse_csv(table, path)
        columns = () if parsed is None else parsed.columns
        merged = merged_csv(columns, known.resource.rows, each.rows)
        if merged is not None:
            files[path] = merged
            changed.append("rows")
    outcome = Outcome.UPDATED if files else Outcome.UNCHANGED
    losses = tuple(adopted.losses)
    return Pulled(outcome, what, identity, name, known.path, files, tuple(changed), losses)


def _of_text(
    each: Text, existing: Mapping[Key, Existing], names: Names, folder: PurePosixPath
) -> tuple[Pulled, Key | None]:
    loaded = load_text(each.text, Form.DETECTION, PurePosixPath(each.origin))
    resource = loaded.resource
    if resource is None or not loaded.is_sound:
        why = _said(loaded)
        return Pulled(Outcome.REFUSED, "detection", "", each.origin, reason=why), None
    known = existing.get(resource.key)
    if known is not None:
        found = Found(resource.kind.collection, resource.id, resource.body)
        content = content_of(resource.kind.collection, resource.id, resource.body)
        if isinstance(content, Refused):
            return _refused(content), None
        return _update(known, found, content), resource.key
    path = folder / f"{names.kebab(resource.name, resource.id)}.yaml"
    losses = (Loss("id", f"it is '{each.former}' in {each.origin}"),) if each.former else ()
    pulled = Pulled(
        Outcome.CREATED,
        "detection",
        resource.id,
        resource.name,
        path,
        {path: each.text},
        losses=losses,
    )
    return pulled, resource.key


def _path(content: Content, names: Names, folder: PurePosixPath) -> PurePosixPath:
    if content.form is Form.DETECTION:
        return folder / f"{names.kebab(content.name, content.id)}.yaml"
    place = FUNCTIONS if content.form is Form.FUNCTION else WATCHLISTS
    alias = text(content.values.get("alias")) or content.id
    return place / f"{names.alias(alias, content.id)}.yaml"


def _bad_rows(table: str, rows: Rows, path: PurePosixPath) -> str | None:
    """What keeps the rows from being read back as they are."""
    parsed, findings = parse_csv(table, path.with_suffix(".csv"))
    if parsed is None or findings:
        return "; ".join(finding.message for finding in findings) or "its rows have no columns"
    columns = parsed.columns
    same = [{column: row.get(column, "") for column in columns} for row in rows]
    return None if list(parsed.rows) == same else "its rows cannot be kept as CSV"


def _unsound(content: Content, loaded: Loaded) -> Pulled:
    form, identity, name = content.form.value, content.id, content.name
    return Pulled(Outcome.REFUSED, form, identity, name, reason=_said(loaded))


def _said(loaded: Loaded) -> str:
    said = "; ".join(f"{each.id} {each.message}" for each in loaded.findings)
    return said or "it lacks what a file needs: an id, a name, a query, a severity or a schedule"


def _merged(known: Iterable[Loss], found: Iterable[Loss]) -> tuple[Loss, ...]:
    """Losses without those that the comparison finds again."""
    known = tuple(known)
    names = {loss.field for loss in known}
    return (*known, *(loss for loss in found if loss.field not in names))
