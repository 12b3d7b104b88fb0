"""The build hook: the Kusto compiler is installed when it must be, and only then."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path, hook: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with this repository's lock and bundle, whose npm has no registry to ask."""
    shutil.copytree(ROOT / "npm", tmp_path / "npm")
    shutil.copytree(ROOT / hook.DESTINATION, tmp_path / hook.DESTINATION)
    # A port that nothing listens on, no cache to fall back on, and no second try.
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setattr(hook, "RETRIES", ("--fetch-retries=0",))
    return tmp_path


def test_the_bundle_that_is_there_is_kept(hook: ModuleType, project: Path) -> None:
    assert hook.install_bundle(project) is False


@pytest.mark.parametrize("name", ["bridge.min.js", "Kusto.Language.Bridge.min.js", "bundle.json"])
@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_damaged_bundle_is_not_current(
    hook: ModuleType, project: Path, name: str, damage: str
) -> None:
    destination = project / hook.DESTINATION
    if damage == "gone":
        (destination / name).unlink()
    else:
        (destination / name).write_text("{}", encoding="utf-8")
    assert not hook.bundle_is_current(destination, locked(project)["integrity"])


def test_the_bundle_of_another_lock_is_not_current(hook: ModuleType, project: Path) -> None:
    assert not hook.bundle_is_current(project / hook.DESTINATION, "sha512-another")


def test_an_npm_without_its_registry_says_what_to_do(hook: ModuleType, project: Path) -> None:
    (project / hook.DESTINATION / hook.STAMP).unlink()
    with pytest.raises(hook.KustoBundleError) as failure:
        hook.install_bundle(project)
    message = str(failure.value)
    assert "needs an npm registry once" in message
    assert "ECONNREFUSED" in message, "npm's own words belong in the message"


def test_a_lock_without_a_hash_is_refused(hook: ModuleType, project: Path) -> None:
    path = project / "npm" / "package-lock.json"
    lock = json.loads(path.read_text(encoding="utf-8"))
    del lock["packages"][f"node_modules/{hook.PACKAGE}"]["integrity"]
    path.write_text(json.dumps(lock), encoding="utf-8")
    with pytest.raises(hook.KustoBundleError, match="by its hash"):
        hook.install_bundle(project)


def test_the_files_are_placed_whole_with_their_notice(
    hook: ModuleType, project: Path, tmp_path: Path
) -> None:
    package = tmp_path / "package"
    package.mkdir()
    for name in hook.FILES:
        (package / name).write_text(f"// fresh {name}\n", encoding="utf-8")
    destination = project / hook.DESTINATION
    hook._place(package, destination, locked(project))
    assert hook.bundle_is_current(destination, locked(project)["integrity"])
    assert sorted(path.name for path in destination.iterdir()) == sorted(
        [*hook.FILES, hook.STAMP, "NOTICE.txt"]
    )
    notice = (destination / "NOTICE.txt").read_text(encoding="utf-8")
    assert f"{hook.PACKAGE} {locked(project)['version']}" in notice
    assert "Microsoft" in notice


def locked(project: Path) -> dict[str, str]:
    lock = json.loads((project / "npm" / "package-lock.json").read_text(encoding="utf-8"))
    entry: dict[str, str] = lock["packages"]["node_modules/@kusto/language-service-next"]
    return entry
