"""``vedette new``, then ``lint`` and ``test``: every scaffold passes both as it was written."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner

from vedette.cli.main import cli

#: The tables that have a starter of their own, and two that have not: with an entity and without.
TABLES = ("EmailEvents", "UrlClickEvents", "SigninLogs", "DeviceEvents", "AuditLogs")
KINDS = ("scheduled", "nrt", "hunting")


def test_every_kind_on_every_starter_passes_lint_and_test_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    for table, kind in product(TABLES, KINDS):
        name = f"{table.lower()}-{kind}"
        result = runner.invoke(
            cli, ["new", name, "--table", table, "--kind", kind], standalone_mode=False
        )
        assert result.return_value == 0, result.output
    linted = runner.invoke(cli, ["lint"], standalone_mode=False)
    assert linted.return_value == 0, linted.output
    tested = runner.invoke(cli, ["test", "--format", "json"], standalone_mode=False)
    assert tested.return_value == 0, tested.output
    outcomes = [case["outcome"] for case in json.loads(tested.stdout)["results"]]
    assert outcomes == ["pass"] * (len(TABLES) * len(KINDS) * 2)


def test_the_near_miss_fails_once_the_query_finds_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    assert runner.invoke(cli, ["new", "first-one"], standalone_mode=False).return_value == 0
    file = tmp_path / "detections" / "email" / "first-one.yaml"
    text = file.read_text(encoding="utf-8")
    assert text.count("| where ThreatTypes has 'Phish'") == 1
    file.write_text(text.replace("| where ThreatTypes has 'Phish'", ""), encoding="utf-8")
    tested = runner.invoke(cli, ["test", "--format", "json"], standalone_mode=False)
    assert tested.return_value == 1
    results = json.loads(tested.stdout)["results"]
    assert {each["case"]: each["outcome"] for each in results} == {
        "must-fire": "pass",
        "near-miss": "fail",
    }
