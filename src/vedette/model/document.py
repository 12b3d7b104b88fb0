"""A YAML file as plain data plus the place of every key and value in it.

The trap: positions are kept beside the data, not in it, so that the JSON Schema validator sees
ordinary dicts and lists; whoever rebuilds the data loses the positions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from vedette.model.scalar import Scalar, index_in
from vedette.model.text import position_of
from vedette.source import Location, ValuePath


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A parsed file.

    ``data`` is the root value (dict, list, str, int, float, bool or None), ``values`` and ``keys``
    map each path to the position (line, column; from 1) of the value and of its key; ``scalars``
    maps the path of each scalar to how it is written in ``text``. What an alias or a merge brings
    in has the position of the anchor's value: that is the text that somebody has to change.
    """

    path: PurePosixPath
    text: str = field(repr=False)
    data: object = field(repr=False)
    values: Mapping[ValuePath, tuple[int, int]] = field(repr=False)
    keys: Mapping[ValuePath, tuple[int, int]] = field(repr=False)
    scalars: Mapping[ValuePath, Scalar] = field(default_factory=dict, repr=False)

    def locate(self, path: ValuePath) -> Location:
        """Where the value at ``path`` stands; for a missing one, its nearest parent."""
        for length in range(len(path), -1, -1):
            position = self.values.get(path[:length])
            if position is not None:
                return Location(self.path, *position)
        return Location(self.path)

    def locate_key(self, path: ValuePath) -> Location:
        """Where the key of the value at ``path`` stands; for a list item, the item itself."""
        position = self.keys.get(path)
        return Location(self.path, *position) if position else self.locate(path)

    def locate_in(self, path: ValuePath, offset: int) -> Location:
        """Where the character at ``offset`` (code points) of the scalar at ``path`` stands.

        For a query in a block scalar: the file's line and column of a place in the query. Never
        outside the scalar; for a value that is no scalar, where it begins.
        """
        scalar = self.scalars.get(path)
        if scalar is None:
            return self.locate(path)
        return Location(self.path, *position_of(self.text, index_in(self.text, scalar, offset)))

    def written(self, path: ValuePath) -> str | None:
        """The scalar at ``path`` as it stands in the file (``1.10`` for the number 1.1)."""
        scalar = self.scalars.get(path)
        return None if scalar is None else self.text[scalar.start : scalar.end]
