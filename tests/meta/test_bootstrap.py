"""``python3 scripts/…`` from a clone: what makes it set up again, and what it says if it cannot."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = sorted((ROOT / "scripts").glob("*.py"))


@pytest.fixture
def bootstrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, looking at a small project in ``tmp_path`` whose environment is ready."""
    spec = importlib.util.spec_from_file_location("_bootstrap", ROOT / "scripts" / "_bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("VENV", "STAMP", "LOCK", "PYTHON", "BUNDLE"):
        monkeypatch.setattr(module, name, tmp_path / getattr(module, name).relative_to(ROOT))
    monkeypatch.setattr(module, "ROOT", tmp_path)
    for file in (module.LOCK, module.PYTHON, module.BUNDLE):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("", encoding="utf-8")
    for name in ("pyproject.toml", "hatch_build.py", "npm/package.json", "npm/package-lock.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    module._write_stamp(module._wanted())
    return module


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_an_old_python_can_read_a_script_far_enough_to_say_so(script: Path) -> None:
    tree = ast.parse(script.read_text(encoding="utf-8"), feature_version=(3, 7))
    futures = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    # Python 3.6 refuses the whole file for a future that it does not know.
    assert "__future__" not in {node.module for node in futures}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_needs_nothing_but_the_standard_library_to_begin(script: Path) -> None:
    names = set()
    for node in ast.parse(script.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    assert names - {"_bootstrap"} <= sys.stdlib_module_names


def test_a_finished_environment_is_entered_as_it_is(bootstrap: ModuleType) -> None:
    assert bootstrap._ready()


@pytest.mark.parametrize(
    ("changed", "stale"),
    [
        ("requirements.lock", "packages"),
        ("pyproject.toml", "project"),
        ("hatch_build.py", "project"),
        ("npm/package.json", "project"),
        ("npm/package-lock.json", "project"),
    ],
)
def test_a_change_repeats_only_what_depends_on_it(
    bootstrap: ModuleType, changed: str, stale: str
) -> None:
    (bootstrap.ROOT / changed).write_text("changed", encoding="utf-8")
    assert not bootstrap._ready()
    stamped, wanted = bootstrap._stamped(), bootstrap._wanted()
    assert {name for name in wanted if wanted[name] != stamped[name]} == {stale}


@pytest.mark.parametrize("gone", ["STAMP", "PYTHON", "BUNDLE"])
def test_a_half_finished_installation_is_not_entered(bootstrap: ModuleType, gone: str) -> None:
    getattr(bootstrap, gone).unlink()
    assert not bootstrap._ready()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"packages": "x"}'])
def test_a_broken_stamp_is_no_stamp(bootstrap: ModuleType, text: str) -> None:
    bootstrap.STAMP.write_text(text, encoding="utf-8")
    assert not bootstrap._ready()


def test_a_moved_checkout_is_set_up_again(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = tmp_path / "moved"
    (moved / "npm").mkdir(parents=True)
    for name in ("pyproject.toml", "hatch_build.py", "npm/package.json", "npm/package-lock.json"):
        (moved / name).write_text("", encoding="utf-8")
    monkeypatch.setattr(bootstrap, "ROOT", moved)
    assert not bootstrap._ready()


def test_the_environment_is_not_made_anew_by_its_own_python(
    bootstrap: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    bootstrap.LOCK.write_text("changed", encoding="utf-8")
    with pytest.raises(SystemExit) as ending:
        bootstrap._prepare(inside=True)
    assert ending.value.code == 2
    assert "deactivate" in capsys.readouterr().err
    assert bootstrap.PYTHON.exists()


def test_a_python_without_venv_is_told_what_to_install(
    bootstrap: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    bootstrap.STAMP.unlink()
    with pytest.raises(SystemExit) as ending:
        bootstrap._prepare(inside=False)
    assert ending.value.code == 2
    assert f"apt-get install python3.{sys.version_info[1]}-venv" in capsys.readouterr().err


def test_two_starts_do_not_set_up_at_once(bootstrap: ModuleType, tmp_path: Path) -> None:
    other = (
        "import sys; sys.path.insert(0, sys.argv[1]); import _bootstrap\n"
        "with open(sys.argv[2], 'a+b') as file: print(_bootstrap._lock(file.fileno(), wait=False))"
    )
    command = [sys.executable, "-c", other, str(ROOT / "scripts"), str(tmp_path / "lock")]

    def other_gets_it() -> str:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    with bootstrap._exclusive(tmp_path / "lock"):
        assert other_gets_it() == "False"
    assert other_gets_it() == "True"


def test_the_installer_is_taken_from_the_lock_with_all_its_hashes(bootstrap: ModuleType) -> None:
    locked = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    bootstrap.LOCK.write_text(locked, encoding="utf-8")
    pin = bootstrap._pin_of("uv")
    assert pin.startswith("uv==")
    assert pin in locked
    assert pin.count("--hash=sha256:") == len(pin.splitlines()) - 1 > 1
    assert not pin.rstrip().endswith("\\")


def test_the_stamp_is_of_the_bytes_and_not_of_the_times(bootstrap: ModuleType) -> None:
    before = json.loads(bootstrap.STAMP.read_text(encoding="utf-8"))
    bootstrap.LOCK.write_bytes(bootstrap.LOCK.read_bytes())
    assert bootstrap._wanted() == before
    assert all(len(value) == hashlib.sha256().digest_size * 2 for value in before.values())
