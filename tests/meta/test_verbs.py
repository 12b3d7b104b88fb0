"""Every verb of the command explains itself, and naming them imports none of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from vedette.cli.main import VERBS, cli

#: What takes long to import, and is not needed to say a version.
HEAVY = (
    "azure",
    "duckdb",
    "duckdb_kql",
    "py_mini_racer",
    "jinja2",
    "jsonschema",
    "rich",
    "werkzeug",
)


def commands(path: tuple[str, ...], command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield " ".join(path), command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None, f"{path} lists {name} and does not have it"
            yield from commands((*path, name), child)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_and_each_of_its_options_has_help(verb: str) -> None:
    command = cli.get_command(click.Context(cli), verb)
    assert command is not None
    for name, part in commands((verb,), command):
        assert part.get_short_help_str(), f"{name} has no help"
        silent = [
            option.opts[0]
            for option in part.params
            if isinstance(option, click.Option) and not option.help
        ]
        assert not silent, f"{name}: options without help"


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_answers_help(verb: str) -> None:
    result = CliRunner().invoke(cli, [verb, "--help"], prog_name="vedette")
    assert result.exit_code == 0, result.output
    assert f"vedette {verb}" in result.output


def test_the_command_lists_every_verb_with_its_help() -> None:
    output = CliRunner().invoke(cli, ["--help"], prog_name="vedette", terminal_width=120).output
    for verb, (_, text) in VERBS.items():
        assert f"  {verb} " in output
        assert text in output


def test_saying_the_version_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from vedette.cli.main import cli\n"
        "cli.main(['--version'], standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
