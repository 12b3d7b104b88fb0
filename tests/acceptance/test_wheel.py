"""The wheel works in anybody's repository: installed alone, in an empty folder, far from this one.

The trap: in a checkout everything is found beside the source, so a file that the wheel lacks is
missed by nobody here and by everybody else.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from vedette import __version__

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def built(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source distribution and the wheel; npm has nowhere to go meanwhile."""
    folder = tmp_path_factory.mktemp("dist")
    offline = {
        "npm_config_registry": "http://127.0.0.1:9/",
        "npm_config_cache": str(folder / "npm"),
        "npm_config_fetch_retries": "0",
    }
    command = [sys.executable, "-m", "build", "--no-isolation", "--sdist", "--wheel"]
    execute([*command, "--outdir", folder, repository], cwd=folder, environment=offline)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The wheel."""
    return built / f"vedette-{__version__}-py3-none-any.whl"


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """``installed(*arguments, cwd=folder)``: the command of an environment that holds the wheel.

    The dependencies are lent by this environment. They come behind the wheel on the path, and the
    link to our source tree does not come along: Python reads ``.pth`` files of its own folder only.
    """
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    paths = sysconfig.get_paths("venv", vars={"base": str(home), "platbase": str(home)})
    scripts, packages = Path(paths["scripts"]), Path(paths["purelib"])
    python = scripts / Path(sys.executable).name
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    execute([*pip, "--no-index", "--no-deps", wheel], cwd=home)
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "lent.pth").write_text("\n".join(sorted(lent)) + "\n", encoding="utf-8")

    def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        return execute([scripts / "vedette", *arguments], cwd=cwd)

    where = "import vedette; print(vedette.__file__)"
    found = execute([python, "-c", where], cwd=home).stdout.strip()
    assert Path(found).is_relative_to(packages), "the source tree shines through"
    return run


def test_the_wheel_holds_all_of_the_package(wheel: Path, repository: Path) -> None:
    source = repository / "src"
    wanted = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == wanted
    assert "vedette/py.typed" in held
    assert "vedette/kql/_kusto/Kusto.Language.Bridge.min.js" in held


def test_the_source_distribution_builds_and_holds_no_bundle(built: Path) -> None:
    with tarfile.open(built / f"vedette-{__version__}.tar.gz") as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    needed = {"hatch_build.py", "npm/package.json", "npm/package-lock.json", "pyproject.toml"}
    assert needed <= held
    assert not [name for name in held if "_kusto/" in name]


def test_it_says_its_version(installed: Run, tmp_path: Path) -> None:
    assert __version__ in installed("--version", cwd=tmp_path).stdout


def test_a_new_detection_passes_at_once(installed: Run, tmp_path: Path) -> None:
    (tmp_path / "detections").mkdir()
    installed("new", "password-notice", "--table", "EmailEvents", cwd=tmp_path)
    assert len(list(tmp_path.rglob("password-notice.yaml"))) == 1
    assert len(list(tmp_path.rglob("password-notice.cases.yaml"))) == 1
    installed("lint", cwd=tmp_path)
    assert "pass" in installed("test", cwd=tmp_path).stdout


def execute(
    command: list[str | Path], cwd: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run without what would point to this checkout; a failure shows all that was printed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**kept, "NO_COLOR": "1", "PYTHONUTF8": "1", **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done
