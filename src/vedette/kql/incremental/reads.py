"""Which files a record was made of beside those that it is named for.

The trap: a file that was not there is part of the answer too, and appears without a change of any
other; what was said of it is not remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from vedette.kql.incremental.inputs import Inputs
from vedette.kql.incremental.records import Record
from vedette.model.document import Document


def with_reads(
    record: Record, documents: Iterable[Document], inputs: Inputs, *, known: bool
) -> Record:
    """``record`` with the files that ``documents`` name; ``known``: those are all documents.

    A record that a missing file is part of does not last: its message names the files beside it.
    """
    names = sorted({name for document in documents for name in _named_files(document)})
    reads = {name: inputs.digest(name) for name in names}
    return replace(record, reads=reads, lasting=record.lasting and known and all(reads.values()))


def _named_files(document: Document) -> Iterator[str]:
    """Every file that may be read for the document: each ``file:`` in it, and ``<stem>.csv``."""
    folder, waiting = document.path.parent, [document.data]
    if document.path.with_suffix(".csv").name and "watchlists" in document.path.parts:
        data = document.data
        if not (isinstance(data, dict) and "file" in data):
            yield str(document.path.with_suffix(".csv"))
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
            name = value.get("file")
            if isinstance(name, str):
                yield _normal(folder, name)
        elif isinstance(value, list):
            waiting += value


def _normal(folder: PurePosixPath, name: str) -> str:
    parts: list[str] = list(folder.parts)
    for part in PurePosixPath(name).parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
    return "/".join(parts)
