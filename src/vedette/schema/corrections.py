"""What has changed in the service's own tables since the installed schema package was made.

The trap: these files are data of Vedette and not of the repository that it is used in, so they are
found through the package, never beside its source.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

from vedette import __version__
from vedette.errors import ToolError
from vedette.model.yaml import parse
from vedette.schema.load_table import load_table
from vedette.schema.types import TableDefinition


@cache
def stock_corrections() -> tuple[TableDefinition, ...]:
    """The corrections in the order in which they apply.

    Raises:
        ToolError: a file of the package is broken.
    """
    folder = files("vedette.schema") / "tables"
    definitions: list[TableDefinition] = []
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = PurePosixPath("vedette/schema/tables") / file.name
        document, findings = parse(file.read_text(encoding="utf-8"), path)
        definition = None
        if document is not None:
            definition, more = load_table(document, origin=f"vedette {__version__}, {file.name}")
            findings += more
        if definition is None or findings:
            raise ToolError(f"{path}: not a table definition: {findings}")
        definitions.append(definition)
    return tuple(definitions)
