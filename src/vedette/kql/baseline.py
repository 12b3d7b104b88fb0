"""The findings of adopted content that are known and not yet put right.

The trap: lines move with every edit. A known finding is told by its file, its id and its message,
as often as it stood there; one more of the same kind is new.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from vedette.errors import UsageError
from vedette.finding import Finding, Level
from vedette.source import Location

_VERSION = 1

#: Path, id and fingerprint of the message.
_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Findings that are not in the baseline, how many are, and a finding for each that is gone."""

    new: tuple[Finding, ...]
    known: int
    gone: tuple[Finding, ...]


def render_baseline(findings: Sequence[Finding]) -> str:
    """The text of a baseline file: sorted, one entry a kind of finding, with its count."""
    counts = Counter(map(_key, findings))
    entries = [
        {"path": path, "id": name, "fingerprint": fingerprint, "count": count}
        for (path, name, fingerprint), count in sorted(counts.items())
    ]
    return json.dumps({"version": _VERSION, "findings": entries}, indent=2) + "\n"


def parse_baseline(text: str) -> Counter[_Key]:
    """How often each finding is known.

    Raises:
        UsageError: the text is no baseline of this version.
    """
    try:
        data = json.loads(text)
        if data["version"] != _VERSION:
            raise UsageError(f"the baseline has version {data['version']}, not {_VERSION}")
        known: Counter[_Key] = Counter()
        for each in data["findings"]:
            known[str(each["path"]), str(each["id"]), str(each["fingerprint"])] += int(
                each["count"]
            )
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError("the baseline is not one that 'vedette lint' has written") from error
    return known


def compare(
    findings: Sequence[Finding],
    known: Counter[_Key],
    file: PurePosixPath,
    looked_at: Callable[[str], bool],
) -> Comparison:
    """``findings`` against the baseline in ``file``; ``looked_at`` says which paths were linted."""
    left = known.copy()
    new = []
    for finding in sorted(findings):
        key = _key(finding)
        if left[key] > 0:
            left[key] -= 1
        else:
            new.append(finding)
    gone = [
        _gone(file, path, name, count)
        for (path, name, _), count in sorted(left.items())
        if count > 0 and looked_at(path)
    ]
    return Comparison(tuple(new), len(findings) - len(new), tuple(gone))


def _gone(file: PurePosixPath, path: str, name: str, count: int) -> Finding:
    times = "" if count == 1 else f" ({count} times)"
    message = f"{name} is no longer found in {path}{times}"
    hint = "write the baseline again, so that it cannot hide a new one"
    return Finding(Location(file), "stale-baseline", message, hint, Level.WARNING)


def _key(finding: Finding) -> _Key:
    digest = hashlib.sha256(finding.message.encode()).hexdigest()[:16]
    return str(finding.location.path), finding.id, digest
