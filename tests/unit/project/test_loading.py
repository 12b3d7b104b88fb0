"""Loading a repository: what is wrong with it as a whole, and what a selection shows of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from vedette.model.product import Product
from vedette.project import Project, load_project

RULE, CASES = "detections/email/a-rule.yaml", "detections/email/a-rule.cases.yaml"
HUNT, HUNT_CASES = "detections/identity/a-hunt.yml", "detections/identity/a-hunt.cases.yml"
FUNCTION = "detections/shared/functions/Known.yaml"
WATCHLIST = "detections/shared/watchlists/Senders.yaml"
AUTOMATION = "detections/shared/automation/a-task.yaml"
TABLE = "schemas/tables/Proxy_CL.yaml"
ENVIRONMENT = "environments/test.yaml"

RULE_ID = "11111111-1111-4111-8111-111111111111"
HUNT_ID = "33333333-3333-4333-8333-333333333333"
FUNCTION_ID = "22222222-2222-4222-8222-222222222222"


def report(project: Project) -> list[str]:
    return [f"{finding.location} {finding.id}" for finding in project.findings]


def edit(root: Path, path: str, change: Callable[[str], str]) -> None:
    file = root / path
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


def replace(root: Path, path: str, old: str, new: str) -> None:
    assert old in (root / path).read_text(encoding="utf-8")
    edit(root, path, lambda text: text.replace(old, new))


def copy(root: Path, path: str, to: str, *changes: tuple[str, str]) -> None:
    file = root / to
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes((root / path).read_bytes())
    for old, new in changes:
        replace(root, to, old, new)


def copy_rule(root: Path, to: str, *changes: tuple[str, str]) -> None:
    """A second rule with cases of its own, whose stem is ``to``'s."""
    copy(root, RULE, f"{to}.yaml", *changes)
    copy(root, HUNT_CASES, f"{to}.cases.yaml", ("rows: [{Subject: a}]", "alerts: 1"))
    edit(
        root,
        f"{to}.cases.yaml",
        lambda text: (
            text
            + "  - {name: miss, why: It is not., now: 2026-11-02T12:00:00Z,\n"
            + "     events: {EmailEvents: [{Subject: b}]}, expect: {alerts: 0}}\n"
        ),
    )


def test_a_clean_repository_has_everything_and_no_finding(repository: Path) -> None:
    project = load_project(repository)
    assert project.findings == ()
    assert [each.name for each in project.detections] == ["A rule", "A hunt"]
    assert project.selected == project.detections
    assert set(project.cases) == {PurePosixPath(RULE), PurePosixPath(HUNT)}
    assert [case.name for case in project.cases[PurePosixPath(RULE)].cases] == [
        "fires",
        "near-miss",
    ]
    assert set(project.functions) == {"Known"}
    assert project.watchlists["Senders"].rows == ({"Domain": "a.example"},)
    assert [table.schema.name for table in project.tables] == ["Proxy_CL"]
    assert project.tables[0].products == (Product.SENTINEL,)
    assert [rule.detections for rule in project.automation] == [("a-rule",)]
    assert project.environments["test"].workspace == "log-sentinel"


def test_an_automation_rule_for_a_detection_that_is_not_there_is_found(repository: Path) -> None:
    replace(repository, AUTOMATION, "[a-rule]", "[a-hunt, a-rulle]")

    project = load_project(repository)

    assert report(project) == [f"{AUTOMATION}:4:22 unknown-detection"]
    assert project.findings[0].hint == "did you mean 'a-rule'?"


def test_an_automation_rule_has_an_id_of_its_own(repository: Path) -> None:
    replace(repository, AUTOMATION, "44444444-4444-4444-8444-444444444444", RULE_ID)

    assert report(load_project(repository)) == [f"{AUTOMATION}:1:5 duplicate-id"]


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (RULE, "severity: High", "severity: Grave", [f"{RULE}:5:11 unknown-severity"]),
        (CASES, "name: near-miss", "name: fires", [f"{CASES}:8:11 duplicate-case-name"]),
        (CASES, "file: mails.jsonl", "file: mail.jsonl", [f"{CASES}:6:27 missing-file"]),
        (CASES, "alerts: 0", "alerts: 1", [f"{CASES}:1:1 no-near-miss"]),
        (CASES, "alerts: 1", "alerts: 0", [f"{CASES}:1:1 no-must-fire"]),
        (CASES, "rows: 1, alerts: 1", "rows: 1", [f"{CASES}:1:1 no-must-fire"]),
        (CASES, "[{Subject: b, TimeGenerated: -1m}]", "[]", [f"{CASES}:1:1 no-near-miss"]),
        (CASES, "{rows: 0, alerts: 0}", "{}", [f"{CASES}:13:13 empty-expectation",
                                               f"{CASES}:1:1 no-near-miss"]),
        (HUNT_CASES, "[{Subject: a}]", "2", [f"{HUNT_CASES}:1:1 no-near-miss"]),
        (HUNT_CASES, "[{Subject: a}]", "[]", [f"{HUNT_CASES}:1:1 no-must-fire"]),
        (HUNT_CASES, "rows:", "alerts: 0\n      rows:",
         [f"{HUNT_CASES}:8:7 alerts-of-hunting-query"]),
        (CASES, "    expect: {rows: 1", "    functions: {Known: '() { 1 }'}\n    expect: {rows: 1",
         [f"{CASES}:7:17 function-already-defined"]),
        (FUNCTION, "type: string", "type: text", [f"{FUNCTION}:5:33 unknown-type"]),
        (WATCHLIST, "searchKey: Domain", "searchKey: Host",
         [f"{WATCHLIST}:5:12 unknown-search-key"]),
        (TABLE, "type: string", "type: text", [f"{TABLE}:7:23 unknown-type"]),
        (ENVIRONMENT, "workspace:", "password: hunter2\nworkspace:",
         [f"{ENVIRONMENT}:4:1 credential-in-environment"]),
        (ENVIRONMENT, "tenant:", "tenant: x\ntenant:", [f"{ENVIRONMENT}:1:9 bad-id",
                                                        f"{ENVIRONMENT}:2:1 duplicate-key"]),
    ],
)  # fmt: skip
def test_one_slip_is_one_finding_in_its_file(
    repository: Path, path: str, old: str, new: str, expected: list[str]
) -> None:
    replace(repository, path, old, new)
    assert sorted(report(load_project(repository))) == sorted(expected)


def test_a_case_that_could_not_be_read_is_not_missed_a_second_time(repository: Path) -> None:
    """The near miss may be the very case whose clock is wrong."""
    first, second = "2026-11-02T12:00:00Z", "noon"
    edit(
        repository,
        CASES,
        lambda text: text.replace(first, second).replace(second, first, 1),
    )
    assert report(load_project(repository)) == [f"{CASES}:10:10 bad-now"]


def test_a_detection_without_cases_is_told_where_they_go(repository: Path) -> None:
    (repository / CASES).unlink()
    project = load_project(repository)
    assert report(project) == [f"{RULE}:1:1 no-cases"]
    assert project.findings[0].hint == "write a-rule.cases.yaml beside it"


def test_cases_without_a_detection_are_told_the_nearest_one(repository: Path) -> None:
    (repository / CASES).rename(repository / "detections/email/a-rul.cases.yaml")
    project = load_project(repository)
    assert report(project) == [
        "detections/email/a-rul.cases.yaml:1:1 cases-without-detection",
        f"{RULE}:1:1 no-cases",
    ]
    assert project.findings[0].hint == "did you mean 'a-rule'?"


def test_cases_in_another_folder_are_not_beside_the_detection(repository: Path) -> None:
    (repository / CASES).rename(repository / "detections/identity/a-rule.cases.yaml")
    assert "detections/identity/a-rule.cases.yaml:1:1 cases-without-detection" in report(
        load_project(repository)
    )


def test_an_id_twice_names_both_places(repository: Path) -> None:
    copy_rule(repository, "detections/email/b-rule", ("name: A rule", "name: B rule"))
    project = load_project(repository)
    assert report(project) == ["detections/email/b-rule.yaml:1:5 duplicate-id"]
    assert f"{RULE}:1:5" in project.findings[0].message


def test_a_function_and_a_detection_may_not_share_an_id(repository: Path) -> None:
    replace(repository, FUNCTION, FUNCTION_ID, HUNT_ID.upper())
    assert report(load_project(repository)) == [f"{FUNCTION}:1:5 duplicate-id"]


def test_two_rules_of_one_name_are_refused_and_a_hunt_may_have_it(repository: Path) -> None:
    copy_rule(
        repository, "detections/email/b-rule", (RULE_ID, "4" + RULE_ID[1:]), ("A rule", "a RULE")
    )
    replace(repository, HUNT, "A hunt", "A rule")
    project = load_project(repository)
    assert report(project) == ["detections/email/b-rule.yaml:2:7 duplicate-name"]
    assert f"{RULE}:2:7" in project.findings[0].message


def test_two_detections_of_one_file_name_are_refused_wherever_they_lie(repository: Path) -> None:
    copy_rule(
        repository,
        "detections/identity/A-Rule",
        (RULE_ID, "4" + RULE_ID[1:]),
        ("name: A rule", "name: B rule"),
    )
    project = load_project(repository)
    assert report(project) == ["detections/identity/A-Rule.yaml:1:1 duplicate-file-name"]
    assert RULE in project.findings[0].message


def test_both_suffixes_beside_each_other_are_one_name_twice(repository: Path) -> None:
    copy(repository, CASES, "detections/email/a-rule.cases.yml")
    copy(repository, ENVIRONMENT, "environments/test.yml")
    assert report(load_project(repository)) == [
        "detections/email/a-rule.cases.yml:1:1 duplicate-file-name",
        "environments/test.yml:1:1 duplicate-file-name",
    ]


def test_an_alias_twice_is_refused_and_the_first_one_counts(repository: Path) -> None:
    second = "detections/shared/functions/Known2.yaml"
    copy(repository, FUNCTION, second, (FUNCTION_ID, "4" + FUNCTION_ID[1:]), ("has 'a'", "has 'b'"))
    lists = "detections/shared/watchlists"
    copy(repository, WATCHLIST, f"{lists}/Senders2.yaml", ("alias: Senders", "alias: senders"))
    copy(repository, f"{lists}/Senders.csv", f"{lists}/Senders2.csv")
    project = load_project(repository)
    assert report(project) == [
        f"{second}:2:8 duplicate-alias",
        f"{lists}/Senders2.yaml:1:8 duplicate-alias",
    ]
    assert project.functions["Known"].query == "Word has 'a'"


def test_two_full_definitions_of_a_table_are_refused_and_additions_are_not(
    repository: Path,
) -> None:
    copy(repository, TABLE, "schemas/tables/Second.yaml", ("product: sentinel", "product: both"))
    copy(
        repository,
        TABLE,
        "schemas/tables/Third.yaml",
        ("product: sentinel", "product: sentinel\nextends: true"),
    )
    project = load_project(repository)
    assert report(project) == ["schemas/tables/Second.yaml:1:1 duplicate-table"]
    assert len(project.tables) == 3


def test_a_selection_is_loaded_among_all_and_shows_only_its_own_findings(
    repository: Path,
) -> None:
    replace(repository, RULE, "severity: High", "severity: Grave")
    replace(repository, CASES, "alerts: 0", "alerts: 1")
    replace(repository, FUNCTION, "type: string", "type: text")
    project = load_project(repository, [repository / HUNT])
    assert [each.name for each in project.selected] == ["A hunt"]
    assert set(project.cases) == {PurePosixPath(HUNT)}
    # What detections share is everybody's: the selected ones may use it.
    assert report(project) == [f"{FUNCTION}:5:33 unknown-type"]


@pytest.mark.parametrize("selected", [RULE, "detections/email/b-rule.yaml"])
def test_a_clash_is_shown_to_whoever_selects_either_side(repository: Path, selected: str) -> None:
    copy_rule(repository, "detections/email/b-rule", ("name: A rule", "name: B rule"))
    project = load_project(repository, [repository / selected])
    assert report(project) == ["detections/email/b-rule.yaml:1:5 duplicate-id"]
    assert len(project.detections) == 3
    assert len(project.selected) == 1


def test_a_clash_between_others_is_not_shown(repository: Path) -> None:
    copy_rule(repository, "detections/email/b-rule", ("name: A rule", "name: B rule"))
    assert load_project(repository, [repository / HUNT]).findings == ()


def test_a_file_that_is_no_text_is_a_finding_and_the_rest_is_loaded(repository: Path) -> None:
    (repository / RULE).write_bytes(b"id: \xff\n")
    project = load_project(repository)
    assert report(project) == [f"{RULE}:1:5 bad-encoding"]
    assert [each.name for each in project.detections] == ["A hunt"]


@pytest.mark.skipif(
    sys.platform == "win32" or (hasattr(os, "geteuid") and os.geteuid() == 0),
    reason="permissions do not keep this user out",
)
def test_a_file_that_may_not_be_read_is_a_finding(repository: Path) -> None:
    (repository / RULE).chmod(0)
    assert report(load_project(repository)) == [f"{RULE}:1:1 unreadable-file"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_link_that_leads_nowhere_is_a_finding(repository: Path) -> None:
    (repository / "detections/email/c-rule.yaml").symlink_to(repository / "gone.yaml")
    assert report(load_project(repository)) == ["detections/email/c-rule.yaml:1:1 unreadable-file"]


def test_windows_line_ends_and_a_byte_order_mark_change_nothing(repository: Path) -> None:
    before = load_project(repository)
    for file in repository.rglob("*.*"):
        if file.is_file():
            file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes().replace(b"\n", b"\r\n"))
    after = load_project(repository)
    assert after.findings == ()
    assert after.detections == before.detections
    assert after.watchlists == before.watchlists
    assert after.cases == before.cases


def test_a_repository_is_loaded_from_wherever_the_command_runs(
    repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_project(repository).findings == ()


def test_the_same_files_give_the_same_findings_in_the_same_order(repository: Path) -> None:
    for path in (RULE, CASES, FUNCTION, TABLE):
        edit(repository, path, lambda text: text.replace("name:", "nmae:"))
    first, second = load_project(repository), load_project(repository)
    assert first.findings == second.findings == tuple(sorted(first.findings))
    assert len(first.findings) > 4
