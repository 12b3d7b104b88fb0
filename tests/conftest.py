"""What tests share: the repository, a copy of its content to write in, the command, a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: Set where a browser must be there (.ci/run sets it): then its absence fails instead of skipping.
REQUIRE_CHROMIUM = "VEDETTE_REQUIRE_CHROMIUM"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "msedge")

#: Their tests share little and take seconds each: the workers take them as they come.
ONE_BY_ONE = frozenset({"tests/content/test_detections.py", "tests/acceptance/test_lint.py"})

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """A file's tests go to one worker, which makes what they share once; most tests first.

    The marks of xdist's own ``loadgroup`` are lost with this version of pytest, without a word.
    """
    scheduler = import_module("xdist.scheduler").LoadScopeScheduling(config, log)
    scheduler._split_scope = _scope
    return scheduler


def _scope(nodeid: str) -> str:
    """What goes to one worker: the file, or the test where each is costly by itself."""
    file = nodeid.partition("::")[0]
    return nodeid if file in ONE_BY_ONE else file


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The tests' commands keep the compiler's answers in a folder of the tests.

    All workers share it, as processes share the user's: an entry's name is all that it depends on.
    """
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VEDETTE_CACHE", str(folder / "cache"))
        yield


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this repository: to read, never to write in."""
    return ROOT


@pytest.fixture
def detections_repository(tmp_path: Path) -> Path:
    """A copy of the repository's content (detections, schemas, environments) to write in."""
    copy = tmp_path / "repository"
    for folder in ("detections", "schemas", "environments"):
        shutil.copytree(ROOT / folder, copy / folder)
    return copy


@pytest.fixture(scope="session")
def vedette() -> Run:
    """``vedette(*arguments, cwd=folder, **variables)``: run the installed command, as a user does.

    Returns the finished process with its text; the exit code is the test's to judge.
    """
    scripts = sysconfig.get_path("scripts")
    command = shutil.which("vedette", path=scripts)
    assert command, f"no vedette command in {scripts}: is the project installed?"

    def run(
        *arguments: str | Path, cwd: Path, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        plain = {"NO_COLOR": "1", "COLUMNS": "120", "PYTHONUTF8": "1"}
        return subprocess.run(
            [command, *map(str, arguments)],
            cwd=cwd,
            env={**os.environ, **plain, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium; skips where there is none, unless VEDETTE_REQUIRE_CHROMIUM is 1."""
    found = next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    if found:
        return found
    reason = "no Chromium on the PATH (Debian: apt-get install chromium)"
    if os.environ.get(REQUIRE_CHROMIUM) == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True, slots=True)
class Page:
    """A page as the browser has it: ``dom`` after its scripts ran, ``console`` what it says."""

    dom: str
    console: tuple[str, ...]


@pytest.fixture
def rendered(chromium: str, tmp_path: Path) -> Callable[[str], Page]:
    """``rendered(url)``: the page in a browser of its own, which complains on its console.

    It can reach ``file:`` and the loopback alone: a page that loads anything else shows it missing.
    """

    def render(url: str) -> Page:
        done = subprocess.run(
            [
                chromium,
                "--headless=new",
                "--no-sandbox",  # a container's root may not make the browser's sandbox
                "--disable-gpu",
                "--no-first-run",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
                f"--user-data-dir={tmp_path / 'browser'}",
                "--enable-logging=stderr",
                "--virtual-time-budget=5000",
                "--dump-dom",
                url,
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said = tuple(line for line in done.stderr.splitlines() if ":CONSOLE" in line)
        return Page(done.stdout, said)

    return render
