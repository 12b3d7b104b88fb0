"""A script of the pipeline is its verb and nothing more; making ``.venv`` is tested elsewhere."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import ModuleType

import pytest

ENV = ["--env", "x"]


@pytest.mark.parametrize(
    ("script", "arguments", "verb"),
    [
        ("build", [], ["build"]),
        ("build", ["detections/email"], ["build", "detections/email"]),
        ("deploy", ENV, ["apply", *ENV]),
        ("deploy", [*ENV, "--yes"], ["apply", *ENV, "--yes"]),
        ("deploy", ["plan", *ENV], ["plan", *ENV]),
        ("deploy", ["apply", *ENV], ["apply", *ENV]),
        ("deploy", ["health", *ENV], ["health", *ENV]),
        ("deploy", [], ["apply"]),
    ],
)
def test_a_script_calls_its_verb_inside_the_environment(
    script: str,
    arguments: list[str],
    verb: list[str],
    repository: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[object] = []
    bootstrap = ModuleType("_bootstrap")
    monkeypatch.setattr(bootstrap, "enter", called.append, raising=False)
    monkeypatch.setitem(sys.modules, "_bootstrap", bootstrap)
    monkeypatch.setattr("vedette.cli.main.main", lambda: called.append(sys.argv[1:]))
    path = str(repository / "scripts" / f"{script}.py")
    monkeypatch.setattr(sys, "argv", [path, *arguments])
    runpy.run_path(path, run_name="__main__")
    assert called == [path, verb]
