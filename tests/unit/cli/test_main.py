"""Endings of the command line that a pipeline would take for another one."""

from __future__ import annotations

import sys
from types import ModuleType

import click
import pytest

from vedette.cli import main as module
from vedette.errors import ConfigurationError, ServiceError, UsageError, VedetteError


def _ending(
    monkeypatch: pytest.MonkeyPatch, outcome: BaseException | int | None, *arguments: str
) -> int:
    """The exit code of a verb that returns or raises ``outcome``."""

    @click.command("probe")
    def command() -> int | None:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    probe = ModuleType("vedette.cli.probe")
    probe.__dict__["command"] = command
    monkeypatch.setitem(sys.modules, "vedette.cli.probe", probe)
    monkeypatch.setitem(module.VERBS, "probe", ("probe", "Only for this test."))
    monkeypatch.setattr(sys, "argv", ["vedette", *(arguments or ("probe",))])
    with pytest.raises(SystemExit) as ended:
        module.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (None, 0),
        (0, 0),
        (1, 1),
        (UsageError("no such rule"), 2),
        (ConfigurationError("environments/x.yaml:1:1: no"), 2),
        (ServiceError("no answer"), 3),
        (VedetteError("broken"), 3),
        (RuntimeError("a defect"), 3),
    ],
)
def test_each_outcome_has_its_exit_code(
    outcome: BaseException | int | None, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _ending(monkeypatch, outcome) == code


def test_a_defect_shows_where_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _ending(monkeypatch, RuntimeError("a defect"))

    error = capsys.readouterr().err
    assert "RuntimeError: a defect" in error
    assert error.splitlines()[-1].startswith("vedette: this is a defect")


def test_an_error_of_the_user_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _ending(monkeypatch, UsageError("no such rule"))

    assert capsys.readouterr().err == "vedette: no such rule\n"


@pytest.mark.parametrize("arguments", [("nothing",), ("probe", "--nothing")])
def test_a_slip_on_the_command_line_is_a_usage_error(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _ending(monkeypatch, 0, *arguments) == 2


def test_help_and_version_are_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _ending(monkeypatch, 0, "--version") == 0
    assert _ending(monkeypatch, 0, "--help") == 0
