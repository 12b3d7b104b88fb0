"""The lock files pin everything by hash and say nothing of where it comes from."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)(?P<marker> ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")
ADDRESS = re.compile(
    r"://|\b[a-z0-9-]+\.(?:com|org|net|io|dev|cloud|internal|local)\b|(?<![\d.=])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])",
    re.IGNORECASE,
)

Pins = dict[str, tuple[Version, int]]


@pytest.fixture(scope="module")
def project(repository: Path) -> dict[str, Any]:
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pins(repository: Path) -> Pins:
    """Name → (version, number of hashes); fails on a line that is neither."""
    found: Pins = {}
    name = ""
    for line in (repository / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if pin := PIN.match(line):
            name = canonicalize_name(pin["name"])
            assert name not in found, f"{name} is pinned twice"
            found[name] = (Version(pin["version"]), 0)
        elif HASH.match(line):
            version, hashes = found[name]
            found[name] = (version, hashes + 1)
        else:
            assert line.lstrip().startswith("#"), line
    assert found
    return found


@pytest.mark.parametrize("lock", ["requirements.lock", "npm/package-lock.json"])
def test_a_lock_names_no_host(lock: str, repository: Path) -> None:
    lines = (repository / lock).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if ADDRESS.search(line)] == []


def test_the_address_pattern_sees_addresses() -> None:
    index = "--index-url https" + "://packages.example.com/simple"
    assert all(map(ADDRESS.search, [index, "mirror.example.org", "10.0.0.7"]))
    assert not ADDRESS.search("stubs==5.6.3.6.20261019.post1 \\")


def test_every_pin_has_a_hash(pins: Pins) -> None:
    assert [name for name, (_, hashes) in pins.items() if not hashes] == []


def test_the_lock_satisfies_what_the_project_asks_for(project: dict[str, Any], pins: Pins) -> None:
    wanted = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["dev"],
        # What hatchling asks for when it installs the project editable.
        "editables",
    ]
    missing = []
    for requirement in map(Requirement, wanted):
        version, _ = pins.get(canonicalize_name(requirement.name), (None, 0))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            missing.append(f"{requirement}: the lock has {version}")
    assert not missing, "run: python3 scripts/lock.py"


def test_what_installs_is_pinned_too(pins: Pins) -> None:
    assert "uv" in pins, "scripts/_bootstrap.py installs it by the hashes of the lock"


def test_npm_installs_one_package_by_its_hash(repository: Path) -> None:
    wanted = json.loads((repository / "npm/package.json").read_text(encoding="utf-8"))
    lock = json.loads((repository / "npm/package-lock.json").read_text(encoding="utf-8"))
    packages = {path: entry for path, entry in lock["packages"].items() if path}
    assert {
        path.removeprefix("node_modules/"): entry["version"] for path, entry in packages.items()
    } == (wanted["dependencies"])
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert all("resolved" not in entry for entry in packages.values())
