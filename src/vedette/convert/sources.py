"""Reads what a pull takes from files: YAML, ARM templates, answers of the APIs.

The trap: a folder has files that are something else. What is no detection is told by its name, and
never stops the others; what cannot be read is told as well, and never passes for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from vedette.convert.content import Refused
from vedette.convert.pull import Incoming, Text
from vedette.convert.read_json import Found, read_json
from vedette.deploy.canonical import rows_of
from vedette.deploy.live import Workspace, id_of
from vedette.deploy.resource import CONTENT, Collection, Rows
from vedette.errors import UsageError
from vedette.model.csv_text import parse_csv
from vedette.model.shape import count, mapping, text
from vedette.model.text import decode
from vedette.model.yaml import parse

_YAML, _JSON = frozenset({".yaml", ".yml"}), frozenset({".json"})


def read_paths(paths: Iterable[Path]) -> list[Incoming]:
    """What the files hold, and the files below the folders; sorted, hidden ones left out.

    Raises:
        UsageError: a path is not there.
    """
    incoming: list[Incoming] = []
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path}: no such file or folder")
        for file in sorted(_files(path)):
            incoming += _read(file)
    return incoming


def read_workspace(workspace: Workspace) -> list[Incoming]:
    """Everything that the workspace holds, read to its end before anything is returned.

    Raises:
        ServiceError: something could not be read.
    """
    found: list[Incoming] = []
    for collection in (each for each in CONTENT if each in workspace.holds):
        for body in sorted(workspace.list(collection), key=id_of):
            identity = id_of(body)
            rows: Rows = ()
            if collection is Collection.WATCHLISTS:
                identity = text(mapping(body.get("properties")).get("watchlistAlias")) or identity
                rows = rows_of(workspace.list_items(identity))
            found.append(Found(collection, identity, body, rows))
    return found


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for file in path.rglob("*"):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.is_file() and not hidden and file.suffix.lower() in _YAML | _JSON:
            yield file


def _read(file: Path) -> Iterator[Incoming]:
    path = PurePosixPath(file.as_posix())
    try:
        raw = file.read_bytes()
    except OSError as error:
        yield Refused("file", "", str(path), f"it cannot be read: {error.strerror}")
        return
    content, findings = decode(raw, path)
    if content is None:
        yield Refused("file", "", str(path), "; ".join(each.message for each in findings))
    elif file.suffix.lower() in _JSON:
        yield from _json(content, path)
    elif not file.stem.lower().endswith(".cases"):
        yield from _yaml(content, path)


def _json(content: str, path: PurePosixPath) -> Iterator[Incoming]:
    try:
        found = read_json(content)
    except (ValueError, RecursionError) as error:
        yield Refused("file", "", str(path), f"it holds no resource: {error}")
        return
    for each in found:
        yield _with_rows(each) if isinstance(each, Found) else each


def _with_rows(found: Found) -> Found | Refused:
    """A watchlist of a template with the rows that are uploaded with it."""
    if found.collection is not Collection.WATCHLISTS:
        return found
    properties = mapping(found.body.get("properties"))
    raw = text(properties.get("rawContent"))
    skipped = count(properties.get("numberOfLinesToSkip")) or 0
    lines = raw.replace("\r\n", "\n").split("\n")[skipped:]
    table, findings = parse_csv("\n".join(lines), PurePosixPath(f"{found.id}.csv"))
    name = text(properties.get("displayName"))
    if table is None or findings:
        reason = "; ".join(each.message for each in findings) or "it has no rows"
        return Refused("watchlist", found.id, name, reason)
    return Found(found.collection, found.id, found.body, table.rows)


def _yaml(content: str, path: PurePosixPath) -> Iterator[Incoming]:
    document, findings = parse(content, path)
    if document is None:
        yield Refused("file", "", str(path), "; ".join(each.message for each in findings))
    elif "query" not in mapping(document.data):
        yield Refused("file", "", str(path), "it is no detection: it has no query", expected=True)
    else:
        yield Text(content if content.endswith("\n") else f"{content}\n", str(path))
