"""Every command that the documentation shows exists, with the options that it shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from vedette.cli.main import cli

SPAN = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: Fences whose lines are commands: the others hold YAML, KQL and the like.
SHELL = {"", "sh", "bash", "console", "shell", "powershell"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A command as the documentation shows it: ``place`` is the file."""

    place: str
    words: tuple[str, ...]


@pytest.fixture(scope="module")
def shown(repository: Path) -> tuple[Shown, ...]:
    """Every command in a code span or a block of README.md, CONTRIBUTING.md and the rest."""
    documents = [repository / name for name in ("README.md", "CONTRIBUTING.md")]
    documents += sorted((repository / "docs").rglob("*.md"))
    documents.append(repository / "benchmarks" / "README.md")
    return tuple(
        Shown(path.relative_to(repository).as_posix(), words)
        for path in documents
        for line in code_lines(path.read_text(encoding="utf-8"))
        if (words := words_of(line)) and words[0] in {"vedette", "python", "python3"}
    )


def test_the_readme_shows_the_two_commands(shown: tuple[Shown, ...]) -> None:
    readme = {command.words for command in shown if command.place == "README.md"}
    assert {("python3", "scripts/demo.py"), ("python3", "scripts/test.py")} <= readme


def test_every_script_that_is_shown_exists(shown: tuple[Shown, ...], repository: Path) -> None:
    scripts = [command for command in shown if command.words[0] != "vedette"]
    missing = [
        command
        for command in scripts
        for word in command.words[1:2]
        if word.endswith(".py") and not (repository / word).is_file()
    ]
    assert scripts
    assert not missing


def test_every_verb_and_option_that_is_shown_exists(shown: tuple[Shown, ...]) -> None:
    verbs = [command for command in shown if command.words[0] == "vedette"]
    problems = [
        f"{command.place}: {' '.join(command.words)}: {problem}"
        for command in verbs
        for problem in problems_of(command.words)
    ]
    assert verbs
    assert not problems


def code_lines(text: str) -> Iterator[str]:
    """The lines of command blocks, without a prompt, then the code spans of the prose."""
    for language, body in FENCE.findall(text):
        if language in SHELL:
            yield from (line.removeprefix("$ ").strip() for line in body.splitlines())
    yield from SPAN.findall(FENCE.sub("", text))


def words_of(line: str) -> tuple[str, ...]:
    """The words of a command up to a pipe or a second command."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return ()
    ends = [words.index(mark) for mark in ("|", "&&", ">") if mark in words]
    return tuple(words[: min(ends, default=len(words))])


def problems_of(words: tuple[str, ...]) -> Iterator[str]:
    """What click would not know: a verb, then options; values and arguments are free."""
    command: click.Command = cli
    names = list(words[1:])
    while names and isinstance(command, click.Group) and not names[0].startswith("-"):
        child = command.get_command(click.Context(command), names[0])
        if child is None:
            yield f"no verb {names[0]}"
            return
        command = child
        del names[0]
    options = {
        spelling
        for option in command.get_params(click.Context(command))
        for spelling in (*option.opts, *option.secondary_opts)
    }
    for name in names:
        if name.startswith("-") and name.partition("=")[0] not in options:
            yield f"no option {name}"
