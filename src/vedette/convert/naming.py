"""File names for what comes from outside: kebab-case, unique, and fit for every file system.

The trap: names in a workspace are people's, ids may be anybody's. ``CON`` is a device on Windows
whatever its suffix, and two names that differ in case are one file there.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

#: Longer names make paths that some systems refuse.
_LONGEST = 80

_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)

#: A stem with this ending is the cases of another file.
_CASES = ".cases"


class Names:
    """Gives out stems, none of them twice; ``taken`` are those that files have already."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {stem.casefold() for stem in taken}

    def kebab(self, name: str, identity: str) -> str:
        """A stem for what people call ``name``; ``identity`` tells two of one name apart."""
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
        words = re.findall(r"[a-z0-9]+", plain.casefold().replace("'", ""))
        stem = "-".join(words)[:_LONGEST].strip("-")
        return self._free(stem or "detection", identity)

    def alias(self, alias: str, identity: str) -> str:
        """A stem for what is known by an alias: the alias itself where it can be one."""
        stem = re.sub(r"[^\w-]+", "-", alias, flags=re.ASCII)[:_LONGEST].strip("-.")
        return self._free(stem or "resource", identity)

    def _free(self, stem: str, identity: str) -> str:
        if stem.casefold() in _DEVICES:
            stem = f"{stem}-{_short(identity)}"
        candidate = stem
        while candidate.casefold() in self._taken or candidate.endswith(_CASES):
            # The same resource gets the same name whatever else is pulled with it.
            candidate = f"{candidate}-{_short(identity)}"
        self._taken.add(candidate.casefold())
        return candidate


def _short(identity: str) -> str:
    return hashlib.sha256(identity.casefold().encode("utf-8")).hexdigest()[:8]
