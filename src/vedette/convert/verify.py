"""Writes a resource out as a file's text and proves it: loaded, and compared with the resource.

The trap: a file that the tool itself cannot read is taken for one that was deleted, and its live
rule for an orphan. So no text leaves here that does not load, and every field in which the loaded
file is not the resource is named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from vedette.convert.content import Content, Form, Loss
from vedette.convert.yaml_text import mapping_text
from vedette.deploy.diff import ROWS, FieldChange, differences
from vedette.deploy.payload import resource_of_detection, resource_of_function
from vedette.deploy.resource import Body, Resource, ResourceKind
from vedette.finding import Finding, Level
from vedette.model.document import Document
from vedette.model.load import load_detection
from vedette.model.load_content import load_function
from vedette.model.text import MAX_BYTES
from vedette.model.yaml import parse
from vedette.schema.validate import validate
from vedette.source import Location


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a text is for the tool: ``resource`` is None if it cannot be loaded.

    ``findings`` are the errors: one is enough for the text not to be written.
    """

    text: str
    resource: Resource | None
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """True if the file can be written: it loads, and nothing in it is an error."""
        return self.resource is not None and not self.findings


def file_text(content: Content, path: PurePosixPath) -> str:
    """The text of a new file at ``path`` (from the root), with the line that editors look for."""
    up = "../" * (len(path.parts) - 1)
    return f"# yaml-language-server: $schema={up}schemas/{content.form}.schema.json\n" + (
        mapping_text(content.values)
    )


def load_text(text: str, form: Form, path: PurePosixPath) -> Loaded:
    """``text`` as the file ``path`` of this form; for a watchlist only its structure is checked."""
    if problem := _unwritable(text, path):
        return Loaded(text, None, (problem,))
    document, findings = parse(text, path)
    if document is None:
        return Loaded(text, None, tuple(findings))
    findings = [*findings, *validate(document, form.value)]
    resource, more = _LOADERS[form](document)
    errors = [each for each in [*findings, *more] if each.level is Level.ERROR]
    return Loaded(text, resource, tuple(errors))


def losses_of(loaded: Loaded, live: Body) -> tuple[Loss, ...]:
    """The fields in which the loaded file is not the live resource: a deployment would change them.

    For a resource without a body (it comes from a file) there are none.
    """
    if loaded.resource is None or not live:
        return ()
    # Rows are a file of their own, which the text says nothing about.
    return tuple(
        Loss(change.field, _reason(change))
        for change in differences(loaded.resource, live)
        if change.field != ROWS
    )


def _reason(change: FieldChange) -> str:
    if change.after is None:
        return f"a file cannot say it: {_shown(change.before)}"
    if change.before is None:
        return f"it is not set; the file says {_shown(change.after)}"
    return f"it is {_shown(change.before)}; the file says {_shown(change.after)}"


def _shown(value: object) -> str:
    text = ", ".join(value) if isinstance(value, tuple) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


#: Characters of a value that a line of a report has room for.
_LONGEST = 80


def _unwritable(text: str, path: PurePosixPath) -> Finding | None:
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        message = f"the character at {error.start} is half of a pair and cannot be written as UTF-8"
        return Finding(Location(path), "bad-character", message)
    if size > MAX_BYTES:
        return Finding(Location(path), "file-too-large", f"the file would have {size:,} bytes")
    return None


_Loader = Callable[[Document], tuple[Resource | None, list[Finding]]]


def _detection(document: Document) -> tuple[Resource | None, list[Finding]]:
    found, findings = load_detection(document)
    return (None if found is None else resource_of_detection(found)), findings


def _function(document: Document) -> tuple[Resource | None, list[Finding]]:
    found, findings = load_function(document)
    return (None if found is None else resource_of_function(found)), findings


def _watchlist(document: Document) -> tuple[Resource | None, list[Finding]]:
    data = document.data if isinstance(document.data, dict) else {}
    body = {
        "properties": {
            "displayName": data.get("name"),
            "description": str(data.get("description") or "").strip(),
            "provider": data.get("provider"),
            "itemsSearchKey": data.get("searchKey"),
            "watchlistAlias": data.get("alias"),
        }
    }
    alias = str(data.get("alias") or "")
    return Resource(ResourceKind.WATCHLIST, alias, alias, alias, document.path, body), []


_LOADERS: dict[Form, _Loader] = {
    Form.DETECTION: _detection,
    Form.FUNCTION: _function,
    Form.WATCHLIST: _watchlist,
}
