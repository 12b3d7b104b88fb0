"""What the client assumes about the service where nobody has published how it behaves.

Every one is here, is named in ``docs/fidelity.md``, and shows itself when it is wrong: each write
is read back and compared, so that the run names the field and fails.
"""

from __future__ import annotations

from collections.abc import Iterable

#: The version of ``savedSearches`` that is asked for; newer ones exist and were not compared.
SAVED_SEARCHES_API_VERSION = "2020-08-01"

#: ``sourceType`` of a watchlist whose rows come with it. The SDK names ``Local`` and
#: ``AzureStorage``; older versions said ``Local file``, so that it is sent and not compared.
WATCHLIST_SOURCE_TYPE = "Local"

#: What the service puts before the name of a rule that it has switched off after failures.
AUTO_DISABLED = "AUTO DISABLED"


def split_techniques(techniques: Iterable[str]) -> tuple[list[str], list[str]]:
    """The values of ``techniques`` (``T1566``) and ``subTechniques`` (``T1566.002``).

    A sub-technique goes together with its parent, as the portal shows it. Whether the service takes
    a sub-technique without its parent is not documented.
    """
    every = list(techniques)
    parents = _unique(technique.partition(".")[0] for technique in every)
    return parents, _unique(technique for technique in every if "." in technique)


def techniques_tag(techniques: Iterable[str]) -> str:
    """The tag ``techniques`` of a hunting query: sub-techniques stand among the techniques."""
    return ",".join(_unique(techniques))


def cell(value: object) -> str:
    """A cell of a watchlist as it is compared: the service's empty cell may be null or missing."""
    return "" if value is None else str(value)


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
