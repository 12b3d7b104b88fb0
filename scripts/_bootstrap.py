"""Makes ``.venv`` once and runs the calling script inside it; needs the standard library alone.

The trap: this file and the scripts that import it are read by whatever ``python3`` is, so that an
old one hears what is wrong: no syntax newer than Python 3.6, no ``from __future__`` either.

``.venv`` is ready if its stamp says so. The stamp is written last and holds two hashes: of what the
packages come from (change: the environment is made anew) and of what the project's own
installation comes from (change: only that is repeated). A missing stamp is a half-finished
installation.
"""

import hashlib
import importlib.util
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

MINIMUM = (3, 11)
if sys.version_info[:2] < MINIMUM:
    found = ".".join(map(str, sys.version_info[:3]))
    sys.stderr.write(f"vedette: needs Python 3.11 or newer; this is {found}: {sys.executable}\n")
    sys.exit(2)

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "vedette-stamp.json"
LOCK = ROOT / "requirements.lock"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
BUNDLE = ROOT / "src" / "vedette" / "kql" / "_kusto" / "bundle.json"

NEEDS_NETWORK = (
    "The first start needs a registry of Python packages and one of npm packages; "
    "later starts need neither."
)


def enter(script: str) -> None:
    """Return inside a ready ``.venv``, or run ``script`` there and never return.

    Exits with 2 if this Python cannot make an environment, and 3 if the installation fails.
    """
    inside = Path(sys.prefix).resolve() == VENV.resolve()
    if not _ready():
        try:
            with _exclusive(ROOT / ".venv.lock"):
                # Another start may have finished the work while this one waited.
                if not _ready():
                    _prepare(inside)
        except KeyboardInterrupt:
            sys.exit(130)
    if not inside:
        _run_inside(script)
    # Our file names (build.py, test.py) must not hide modules of the same name.
    here = Path(__file__).resolve().parent
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != here]


def _run_inside(script: str) -> NoReturn:
    command = [str(PYTHON), script, *sys.argv[1:]]
    if os.name == "nt":
        # Windows has no exec: os.execv returns to the shell at once and loses the exit code.
        import subprocess

        sys.exit(subprocess.call(command))
    os.execv(command[0], command)


def _ready() -> bool:
    return PYTHON.exists() and BUNDLE.exists() and _stamped() == _wanted()


def _wanted() -> "dict[str, str]":
    """The hashes that a finished environment is stamped with."""
    machine = f"{sys.implementation.cache_tag} {sys.platform} {ROOT}"
    npm = ROOT / "npm"
    return {
        "packages": _hash([LOCK], machine),
        "project": _hash(
            [
                ROOT / "pyproject.toml",
                ROOT / "hatch_build.py",
                npm / "package.json",
                npm / "package-lock.json",
            ],
            machine,
        ),
    }


def _hash(files: Sequence[Path], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _stamped() -> "dict[str, str]":
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(stamp: "dict[str, str]") -> None:
    fresh = STAMP.with_suffix(".new")
    fresh.write_text(json.dumps(stamp) + "\n", encoding="utf-8")
    fresh.replace(STAMP)


def _prepare(inside: bool) -> None:
    """Bring ``.venv`` to what the lock and the project want; the stamp comes last."""
    began = time.monotonic()
    wanted = _wanted()
    fresh = not PYTHON.exists() or _stamped().get("packages") != wanted["packages"]
    if fresh and inside:
        _fail(
            "the packages in .venv are out of date, and it cannot be made anew by its own Python: "
            "run `deactivate`, then this command again",
            code=2,
        )
    if fresh:
        _require_ensurepip()
        _say("setting up .venv; this happens once and takes up to a minute")
        _run("making .venv", [sys.executable, "-m", "venv", "--clear", str(VENV)])
    installer = _installer(fresh)
    if fresh:
        _say("installing the locked packages")
        installer = _install_packages(installer)
    # Half a stamp: should the next step fail, the packages need not be installed again.
    _write_stamp({"packages": wanted["packages"]})
    _say("installing this project and the Kusto compiler")
    project = [*installer, "--no-build-isolation", "--no-deps", "--editable", str(ROOT)]
    _run("installing this project", project)
    _write_stamp(wanted)
    _say(f"ready after {time.monotonic() - began:.0f} s")


def _require_ensurepip() -> None:
    """Debian and its kin split ``venv`` from Python, and only its half fails half-way."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    _fail(
        f"this Python ({sys.executable}) comes without the modules venv and ensurepip. On Debian "
        f"and Ubuntu, install them with `apt-get install {package}`; elsewhere, install a complete "
        "Python",
        code=2,
    )


def _installer(fresh: bool) -> "list[str]":
    """The command of the installer: uv, which takes a quarter of pip's time, or pip.

    uv does not read pip's configuration. Where pip is told of an index of its own, pip installs:
    a company's mirror must not be passed by.
    """
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    uv = [str(PYTHON), "-m", "uv", "pip", "install", "--python", str(PYTHON)]
    if not fresh:
        return uv if _try([*uv[:3], "--version"])[0] == 0 else pip
    if _pip_has_an_index():
        return pip
    with tempfile.TemporaryDirectory(prefix="vedette-") as folder:
        pin = Path(folder, "uv.txt")
        pin.write_text(_pin_of("uv"), encoding="utf-8")
        code, _ = _try([*pip, "--require-hashes", "--no-deps", "-r", str(pin)])
    return uv if code == 0 else pip


def _install_packages(installer: Sequence[str]) -> "list[str]":
    """Install the lock by hash; return the installer that could do it."""
    locked = ["--require-hashes", "--no-deps", "-r", str(LOCK)]
    if "uv" in installer:
        code, output = _try([*installer, "--compile-bytecode", *locked])
        if code == 0:
            return list(installer)
        _say("uv could not install them; pip tries:\n" + _tail(output, 3))
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    _run("installing the locked packages", [*pip, *locked])
    return pip


def _pip_has_an_index() -> bool:
    """True if a file or a variable sets pip's ``index-url``; an extra index does not count."""
    code, output = _try([str(PYTHON), "-m", "pip", "config", "list"])
    keys = [line.partition("=")[0] for line in output.splitlines()]
    return code == 0 and any(key.endswith((".index-url", ".no-index")) for key in keys)


def _pin_of(package: str) -> str:
    """The lines of the lock that pin ``package``: its version, then its hashes."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith(package + "==")]
    if not starts:
        return ""
    stop = starts[0] + 1
    while stop < len(lines) and lines[stop].startswith("    --hash"):
        stop += 1
    return "\n".join(lines[starts[0] : stop]) + "\n"


def _run(task: str, command: Sequence[str]) -> None:
    code, output = _try(command)
    if code != 0:
        _fail(f"{task} failed\n{_tail(output, 25)}\n{NEEDS_NETWORK}", code=3)


def _try(command: Sequence[str]) -> "tuple[int, str]":
    """Run quietly; the exit code and all that it printed."""
    import subprocess

    done = subprocess.run(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    return done.returncode, done.stdout


def _tail(text: str, lines: int) -> str:
    return "\n".join("  " + line for line in text.strip().splitlines()[-lines:])


def _say(text: str) -> None:
    sys.stderr.write(f"vedette: {text}\n")
    sys.stderr.flush()


def _fail(text: str, code: int) -> NoReturn:
    _say(text)
    sys.exit(code)


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """Hold ``path`` against other processes; the system lets go of it if this one dies."""
    with path.open("a+b") as file:
        if not _lock(file.fileno(), wait=False):
            _say("another start is setting up .venv; waiting for it")
            while not _lock(file.fileno(), wait=True):
                pass
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int, wait: bool) -> bool:
        """Lock the first byte; with ``wait``, for up to ten seconds."""
        try:
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(descriptor: int, wait: bool) -> bool:
        """Lock the file; with ``wait``, for as long as it takes."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True
