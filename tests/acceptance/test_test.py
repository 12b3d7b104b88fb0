"""``vedette test`` as a user runs it: green proves something, the rest leads to the slip."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Here = Callable[..., "Done"]

RULE = Path("detections/mail/phish-delivered.yaml")
CASES = Path("detections/mail/phish-delivered.cases.yaml")
HUNT = Path("detections/mail/find-phish.yaml")
HUNT_CASES = Path("detections/mail/find-phish.cases.yaml")

GREEN = """\
detections/mail/find-phish.yaml: 2 passed
detections/mail/phish-delivered.yaml: 2 passed
4 cases of 2 detections: 4 passed
"""


def change(root: Path, path: Path, old: str, new: str) -> None:
    text = (root / path).read_text(encoding="utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def test_a_green_repository_passes(vedette: Run, small_repository: Path) -> None:
    done = vedette("test", cwd=small_repository)
    assert (done.returncode, done.stdout, done.stderr) == (0, GREEN, "")


def test_detections_of_this_repository_pass(vedette: Run, repository: Path) -> None:
    # Some of them: tests/content runs the cases of each one.
    some = sorted((repository / "detections" / "email").glob("*dmarc-failures*.yaml"))
    assert some
    done = vedette("test", *some, cwd=repository)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed" not in done.stdout


def test_paths_and_names_choose_the_cases(here: Here, small_repository: Path) -> None:
    done = here("test", HUNT)
    assert (done.code, done.out.splitlines()[-1]) == (0, "2 cases of 1 detection: 2 passed")
    done = here("test", "--case", "phish", folder=small_repository / "detections")
    assert (done.code, done.out.splitlines()[-1]) == (0, "2 cases of 2 detections: 2 passed")
    done = here("test", CASES, "--case", "drill")
    assert (done.code, done.out.splitlines()[-1]) == (0, "1 case of 1 detection: 1 passed")


def test_no_case_to_run_is_a_usage_error(vedette: Run, small_repository: Path) -> None:
    done = vedette("test", "--case", "dril", cwd=small_repository)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "vedette: no case is named 'dril' (did you mean 'drill'?)\n"


def test_a_repository_without_detections_is_a_usage_error(here: Here, tmp_path: Path) -> None:
    (tmp_path / "empty" / "detections").mkdir(parents=True)
    done = here("test", folder=tmp_path / "empty")
    assert done.code == 2
    assert done.err.startswith("vedette: there is no case to run")


def test_an_output_that_cannot_be_written_is_a_usage_error(
    here: Here, small_repository: Path
) -> None:
    done = here("test", "--output", RULE / "results.xml")
    assert done.code == 2
    assert "cannot be written" in done.err


def test_an_alert_that_differs_fails_and_is_shown(here: Here, small_repository: Path) -> None:
    change(
        small_repository,
        CASES,
        "alerts: 1",
        "alerts:\n"
        "        - severity: High\n"
        "          title: Phish was delivered\n"
        "          entities: [{type: MailMessage, Recipient: ben.okafor@contoso.com}]\n"
        "          customDetails: {Sender: fabrikam.example}",
    )
    done = here("test", RULE)
    assert done.code == 1
    assert done.out == (
        "detections/mail/phish-delivered.yaml: 1 passed, 1 failed\n"
        "  FAIL phish (detections/mail/phish-delivered.cases.yaml:8:5)\n"
        "    Phishing came in.\n"
        "    expected alert 1 is missing; nearest is alert 1:\n"
        '        severity: expected "High", got "Medium"\n'
        '        entity MailMessage: expected Recipient "ben.okafor@contoso.com", got'
        ' NetworkMessageId "a7c0f2d4-53a6-4e0b-2f55-08de1a6b9c01", Recipient'
        ' "ana.ruiz@contoso.com"\n'
        '    alert 1 was not expected: Medium "Phish was delivered"\n'
        "2 cases of 1 detection: 1 passed, 1 failed\n"
    )


def test_rows_that_differ_fail_and_are_shown(here: Here, small_repository: Path) -> None:
    change(
        small_repository,
        HUNT_CASES,
        "rows: 1",
        "rows: [{TimeGenerated: -1d, RecipientEmailAddress: ''}]",
    )
    done = here("test", HUNT)
    assert done.code == 1
    assert (
        "    TimeGenerated: expected -1d (2026-01-14T12:00:00Z), got 2026-01-13T12:00:00Z\n"
        in done.out
    )


def test_what_the_engine_refuses_is_not_green(here: Here, small_repository: Path) -> None:
    change(
        small_repository,
        HUNT,
        "  | project TimeGenerated, RecipientEmailAddress\n",
        "  | evaluate autocluster()\n",
    )
    done = here("test", HUNT, "--format", "json")
    assert done.code == 1
    report = json.loads(done.out)
    assert report["summary"] == {
        "green": False,
        "cases": 2,
        "pass": 0,
        "fail": 0,
        "unsupported": 2,
        "error": 0,
        "findings": 0,
    }
    first = report["results"][0]
    assert "autocluster" in first["details"][0]
    assert first["location"]["path"] == HUNT.as_posix()
    assert first["location"]["line"] == 14


def test_slips_in_cases_fail_all_at_once_at_their_places(
    here: Here, small_repository: Path
) -> None:
    for old, new in (
        ("SenderFromDomain: fabrikam.example", "SenderFromDomian: fabrikam.example"),
        ("TimeGenerated: -10m", "TimeGenerated: 10 minutes ago"),
        ("EmailEvents: [*mail]", "EmailEvents: [*mail]\n      UrlClickEvents: []\n      Nix: []"),
        ("alerts: 0", "alerts: 0\n      rows: [{SenderDomain: x}]"),
    ):
        change(small_repository, CASES, old, new)
    done = here("test", RULE, "--format", "json")
    assert done.code == 1
    first, second = json.loads(done.out)["results"]
    assert (first["outcome"], second["outcome"]) == ("error", "error")
    place = CASES.as_posix()
    assert first["details"] == [
        (
            f"{place}:2:3: wrong-event-type 'TimeGenerated' (datetime) is not a date and time:"
            ' "10 minutes ago" (write it like 2026-11-02T12:00:00Z, now or -1d12h)'
        ),
        (
            f"{place}:4:3: unknown-event-column 'EmailEvents' has no column 'SenderFromDomian'"
            " (did you mean 'SenderFromDomain'?)"
        ),
        (
            f"{place}:13:7: event-table-not-read the query does not read 'UrlClickEvents', so these"
            " events prove nothing (it reads EmailEvents)"
        ),
        f"{place}:14:7: unknown-event-table there is no table 'Nix' (define it in schemas/tables/)",
    ]
    assert second["details"][-1] == (
        f"{place}:25:15: unknown-result-column the query returns no column 'SenderDomain'"
        " (did you mean 'SenderFromDomain'?)"
    )
    assert [finding["line"] for finding in first["findings"]] == [2, 4, 13, 14]


def test_a_rule_that_is_wrong_fails_in_the_voice_of_lint(
    here: Here, small_repository: Path
) -> None:
    change(small_repository, RULE, "| where IsPhish(ThreatTypes)", "| where IsPhish(ThreatType)")
    change(small_repository, HUNT, "| where IsPhish(ThreatTypes)", "| where IsPish(ThreatTypes)")
    lint = here("lint").out.splitlines()[:-1]
    done = here("test")
    assert done.code == 1
    assert len(lint) == 2
    assert [line for line in done.out.splitlines() if line in lint] == lint
    assert done.out.splitlines()[-1].endswith("; 2 errors")


def test_a_rule_without_a_near_miss_fails_although_its_cases_pass(
    here: Here, small_repository: Path
) -> None:
    text = (small_repository / CASES).read_text(encoding="utf-8")
    head, _, _ = text.partition("  - name: drill")
    (small_repository / CASES).write_text(head, encoding="utf-8", newline="\n")
    done = here("test", RULE)
    assert done.code == 1
    assert "detections/mail/phish-delivered.yaml: 1 passed\n" in done.out
    assert "no-near-miss" in done.out


def test_case_files_that_cannot_be_read_are_findings(here: Here, small_repository: Path) -> None:
    (small_repository / CASES).write_text("cases: [", encoding="utf-8")
    done = here("test", RULE)
    assert done.code == 1
    assert f"{CASES.as_posix()}:1" in done.out


def test_json_is_the_same_bytes_on_the_screen_and_in_a_file(
    vedette: Run, here: Here, small_repository: Path
) -> None:
    screen = vedette("test", "--format", "json", cwd=small_repository)
    assert screen.returncode == 0
    done = here("test", "--format", "json", "--output", "out/results.json")
    written = (small_repository / "out" / "results.json").read_bytes()
    assert written == screen.stdout.encode("utf-8")
    assert done.out == GREEN
    assert json.loads(written)["summary"]["green"] is True


def test_junit_has_a_suite_for_each_detection(here: Here, small_repository: Path) -> None:
    change(small_repository, CASES, "alerts: 1", "alerts: 2")
    change(small_repository, RULE, "columnName: RecipientEmailAddress", "columnName: Recipient")
    done = here("test", "--format", "junit", "--output", "results.xml")
    assert done.code == 1
    root = ElementTree.XML((small_repository / "results.xml").read_bytes())
    shape = {
        suite.get("name"): [(case.get("name"), [problem.tag for problem in case]) for case in suite]
        for suite in root
    }
    assert shape == {
        HUNT.as_posix(): [("phish", []), ("spam", [])],
        RULE.as_posix(): [("phish", ["failure"]), ("drill", [])],
        "findings": [(f"{RULE.as_posix()}:30:21 unknown-entity-column", ["error"])],
    }


def test_the_rows_of_a_case_replace_those_of_the_watchlist(
    here: Here, small_repository: Path
) -> None:
    change(
        small_repository,
        CASES,
        "  - name: drill",
        "  - name: drill-that-is-listed-no-more\n"
        "    why: The case's list is the whole list.\n"
        "    now: 2026-01-15T12:00:00Z\n"
        "    watchlists: {Drills: [{Domain: other.example}]}\n"
        "    events: {EmailEvents: [{<<: *mail, SenderFromDomain: drill.example}]}\n"
        "    expect: {alerts: 1}\n"
        "  - name: drill",
    )
    done = here("test", RULE)
    assert (done.code, done.out.splitlines()[-1]) == (0, "3 cases of 1 detection: 3 passed")


def test_a_function_that_only_the_workspace_has(here: Here, small_repository: Path) -> None:
    change(small_repository, HUNT, "IsPhish(ThreatTypes)", "Vendor(ThreatTypes, 'Phish')")
    function = '    functions: {Vendor: "(text:string, word:string) { text has word }"}\n'
    change(small_repository, HUNT_CASES, "    expect:", f"{function}    expect:")
    done = here("test", HUNT)
    assert done.code == 0, done.out


def test_a_near_real_time_rule_sees_the_minute_before(here: Here, small_repository: Path) -> None:
    change(small_repository, RULE, "kind: Scheduled", "kind: NRT")
    schedule = "queryFrequency: 1h\nqueryPeriod: 1h\ntriggerOperator: gt\ntriggerThreshold: 0\n"
    change(small_repository, RULE, schedule, "")
    done = here("test", RULE)
    assert done.code == 1
    assert "alerts: expected 1, got 0: the query returned no rows" in done.out
    change(
        small_repository,
        CASES,
        "TimeGenerated: -10m",
        "TimeGenerated: -10m\n  _IngestionTime: -30s",
    )
    done = here("test", RULE)
    assert done.code == 0, done.out


def test_events_come_from_a_file(here: Here, small_repository: Path) -> None:
    change(small_repository, HUNT_CASES, "        - {TimeGenerated: -2d, ThreatTypes: Phish}\n", "")
    change(
        small_repository,
        HUNT_CASES,
        "      EmailEvents:\n    expect:\n      rows: 1",
        "      EmailEvents: {file: mails.csv}\n    expect:\n      rows: 1",
    )
    file = small_repository / "detections" / "mail" / "mails.csv"
    file.write_text("TimeGenerated,ThreatTypes,UrlCount\n-2d,Phish,3\n", encoding="utf-8")
    done = here("test", HUNT)
    assert done.code == 0, done.out
    file.write_text("TimeGenerated,ThreatTypes,UrlCount\n-2d,Phish,some\n", encoding="utf-8")
    done = here("test", HUNT)
    assert done.code == 1
    assert "detections/mail/mails.csv:2:1: wrong-event-type 'UrlCount' (int)" in done.out


def test_what_a_terminal_would_obey_is_shown(here: Here, small_repository: Path) -> None:
    change(small_repository, HUNT_CASES, "rows: 1", "rows: 0")
    change(
        small_repository,
        HUNT_CASES,
        "ThreatTypes: Phish}",
        'ThreatTypes: Phish, RecipientEmailAddress: "\\e[2J"}',
    )
    done = here("test", HUNT)
    assert done.code == 1
    assert "\x1b" not in done.out
    assert "[2J" in done.out


def test_a_change_that_no_case_notices_is_found_until_one_does(
    here: Here, small_repository: Path
) -> None:
    done = here("test", "--mutate", RULE)

    assert done.code == 1
    survived = "detections/mail/phish-delivered.yaml:21:11: survived-mutant"
    assert f"{survived} no case notices: IsPhish(ThreatTypes) -> true" in done.out
    assert "2 changes of the query: 1 noticed, 1 survived" in done.out

    marked = "equivalents:\n  - {change: 'IsPhish(ThreatTypes)   -> true', reason: All are.}\n"
    change(small_repository, CASES, "cases:\n", f"{marked}cases:\n")
    done = here("test", "--mutate", RULE, "--format", "json")
    assert done.code == 0
    fates = {one["change"]: (one["fate"], one["case"]) for one in json.loads(done.out)["mutants"]}
    assert fates.pop("IsPhish(ThreatTypes) -> true") == ("equivalent", "")
    assert list(fates.values()) == [("noticed", "drill")]

    spam = "  - {name: spam, why: No phish., now: 2026-01-15T12:00:00Z, expect: {alerts: 0},\n"
    events = "     events: {EmailEvents: [{<<: *mail, ThreatTypes: Spam}]}}\n"
    change(small_repository, CASES, "cases:\n", f"cases:\n{spam}{events}")
    done = here("test", "--mutate", RULE)
    assert done.code == 1
    assert "phish-delivered.cases.yaml:8:14: unused-equivalent" in done.out
    assert "survived" not in done.out


def test_mutants_need_all_cases(here: Here, small_repository: Path) -> None:
    done = here("test", "--mutate", "--case", "phish")
    assert done.code == 2
    assert "--mutate needs all cases" in done.err
