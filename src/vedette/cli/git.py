"""What git knows of the repository: the commit, a file's history, the tree of another time.

The trap: a repository that is no git work tree, or a machine without git, is no error: a deployment
goes on, and says less about where it came from.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from vedette.errors import UsageError

_TIMEOUT = 60
_COLUMNS = 4
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that touched a file: ``at`` is ISO 8601."""

    hash: str
    at: str
    author: str
    subject: str


def head_commit(root: Path) -> str:
    """The commit that is checked out, ``… with changes`` if files differ; empty without git."""
    commit = _git(root, "rev-parse", "HEAD")
    if not commit:
        return ""
    changed = _git(root, "status", "--porcelain", "--untracked-files=normal", "--", ".")
    return f"{commit.strip()} with changes" if changed else commit.strip()


def history_of(root: Path, file: Path) -> tuple[Commit, ...]:
    """The commits that touched ``file``, under its former names too; the latest first."""
    form = _SEPARATOR.join(("%H", "%aI", "%an", "%s"))
    text = _git(root, "log", "--follow", f"--format={form}", "--", file.as_posix())
    rows = (line.split(_SEPARATOR) for line in (text or "").splitlines())
    return tuple(Commit(*row) for row in rows if len(row) == _COLUMNS)


def resolve(root: Path, ref: str) -> str | None:
    """The commit that ``ref`` names, or None if there is none."""
    if ref.startswith("-"):
        return None
    text = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    return text.strip() if text else None


def extract(root: Path, commit: str, into: Path) -> None:
    """Write the tree of ``commit`` below ``root`` into the folder ``into``.

    Raises:
        UsageError: git cannot.
    """
    done = _run(root, "archive", "--format=tar", commit, "--", ".")
    if done is None or done.returncode:
        raise UsageError(f"git cannot give the files of {commit}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(into, filter="data")


def _git(root: Path, *arguments: str) -> str | None:
    done = _run(root, *arguments)
    if done is None or done.returncode:
        return None
    return done.stdout.decode("utf-8", "replace")


def _run(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes] | None:
    program = shutil.which("git")
    if program is None:
        return None
    try:
        return subprocess.run(
            [program, *arguments], cwd=root, capture_output=True, check=False, timeout=_TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
