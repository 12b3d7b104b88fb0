"""A remembered finding that is no longer true, or one that is said of the wrong files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from vedette.finding import Finding
from vedette.kql.binder import Binder
from vedette.kql.incremental import work
from vedette.kql.incremental.bench import Bench, Part
from vedette.kql.incremental.ledger import Ledger
from vedette.kql.incremental.tree import lint_tree
from vedette.kql.incremental.work import lint_parts
from vedette.kql.lint import catalogue_of, lint
from vedette.project import load_project
from vedette.project.dates import DATED

NAMESPACE = UUID("2f4e1c1a-7a39-4d51-9d41-1f4b8c7d0a00")
Edit = Callable[[Path], object]


def hunt(name: str, query: str) -> str:
    return f"id: {uuid5(NAMESPACE, name)}\nname: {name}\nquery: |\n  {query}\n"


FUNCTION = f"""\
id: {uuid5(NAMESPACE, "Large")}
alias: Large
name: Large
description: For a test.
version: 1.0.0
query: |
  EmailEvents | where isnotempty(Subject)
"""
CASES = """\
cases:
  - name: found
    why: It is there.
    now: 2026-11-02T12:00:00Z
    events:
      EmailEvents: {file: mails.jsonl}
    functions: {OfCase: "() { EmailEvents }"}
    expect: {rows: 1}
"""
AUTOMATION = f"""\
id: {uuid5(NAMESPACE, "Task")}
name: Task
order: 1
detections: [b]
actions: [{{addTask: {{title: Look}}}}]
"""
WATCHLIST = "alias: VIPs\nname: VIPs\ndescription: d\nprovider: p\nsearchKey: Address\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Three hunts, one with cases, a function and a watchlist; some of it is wrong."""
    files = {
        "detections/a.yaml": hunt("a", "OfCase | where Subjekt == ''"),
        "detections/a.cases.yaml": CASES,
        "detections/mails.jsonl": '{"TimeGenerated": "2026-11-02T11:00:00Z"}\n',
        "detections/b.yaml": hunt("b", "Large() | where Subject == 'x'"),
        "detections/c/c.yaml": hunt("c", "_GetWatchlist('VIPs') | project Address"),
        "detections/shared/functions/Large.yaml": FUNCTION,
        "detections/shared/automation/task.yaml": AUTOMATION,
        "detections/shared/watchlists/VIPs.yaml": WATCHLIST,
        "detections/shared/watchlists/VIPs.csv": "Address\nx@example.com\n",
    }
    for name, text in files.items():
        path = tmp_path / "repository" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "repository"


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder of the compiler's answers for all: most of these queries are the same."""
    return tmp_path_factory.mktemp("answers")


def remembered(root: Path, answers: Path, paths: Sequence[Path] = ()) -> tuple[Finding, ...]:
    ledger = Ledger(root.parent / "ledger")
    return lint_tree(root, paths, ledger, cache=answers, processes=1).findings


def afresh(root: Path, answers: Path, paths: Sequence[Path] = ()) -> tuple[Finding, ...]:
    project = load_project(root, paths)
    with Bench(root, (), answers).binder() as binder:
        return tuple(lint(project, catalogue_of(project), binder))


def rewrite(name: str, old: str, new: str) -> Edit:
    def edit(root: Path) -> None:
        path = root / name
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    return edit


def add(name: str, text: str) -> Edit:
    def edit(root: Path) -> None:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")

    return edit


EDITS: dict[str, Edit] = {
    "a query": rewrite("detections/b.yaml", "Subject", "Sabject"),
    "a function that a query calls": rewrite(
        "detections/shared/functions/Large.yaml", "isnotempty", "isnotempti"
    ),
    "the columns of a watchlist": add("detections/shared/watchlists/VIPs.csv", "Mail\nx\n"),
    "events of a case in their file": add("detections/mails.jsonl", "no JSON\n"),
    "what a case defines": rewrite("detections/a.cases.yaml", "OfCase", "OfCases"),
    "no events file any more": lambda root: (root / "detections/mails.jsonl").unlink(),
    "a detection that is gone": lambda root: (root / "detections/b.yaml").unlink(),
    "an id that another has": add("detections/c/d.yaml", hunt("a", "print 1")),
    "a table that a query needs": add("detections/c/d.yaml", hunt("d", "Mine_CL | take 1")),
    "text that is no YAML": add("detections/b.yaml", "a: [\n"),
    "an id that an automation rule has": add("detections/c/d.yaml", hunt("Task", "print 1")),
    "what an automation rule names": rewrite(
        "detections/shared/automation/task.yaml", "[b]", "[c, x]"
    ),
    "an override of a detection that is not there": add(
        "environments/lab.yaml",
        f"tenant: {NAMESPACE}\nsubscription: {NAMESPACE}\nresourceGroup: g\nworkspace: w-lab\n"
        "overrides: [{rules: [zz], enabled: false}]\n",
    ),
    "cases without a detection": add("detections/z.cases.yaml", CASES),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_what_is_remembered_says_what_a_fresh_lint_says(
    edit: Edit, root: Path, answers: Path
) -> None:
    before = remembered(root, answers)
    assert before == afresh(root, answers)

    edit(root)

    after = remembered(root, answers)
    assert after == afresh(root, answers)
    assert after != before


def test_only_the_selected_are_told_of(root: Path, answers: Path) -> None:
    everything = remembered(root, answers)
    paths = [root / "detections/c"]

    assert remembered(root, answers, paths) == afresh(root, answers, paths)
    assert remembered(root, answers) == everything


def test_what_has_not_changed_is_neither_read_nor_bound(
    root: Path, answers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = remembered(root, answers)
    linted: list[Part] = []

    def note(bench: Bench, parts: Sequence[Part], processes: int, binder: Binder) -> object:
        linted.extend(parts)
        return lint_parts(bench, parts, processes, binder)

    monkeypatch.setattr(work, "lint_parts", note)
    assert remembered(root, answers) == before
    assert linted == []

    EDITS["a query"](root)
    remembered(root, answers)
    assert [file.path.name for part in linted for file in part] == ["b.yaml"]


@pytest.mark.parametrize("damage", [b"", b"no zlib", None])
def test_a_damaged_or_deleted_ledger_costs_time_alone(
    damage: bytes | None, root: Path, answers: Path
) -> None:
    before = remembered(root, answers)
    file = root.parent / "ledger"
    if damage is None:
        file.unlink()
    else:
        file.write_bytes(damage)

    assert remembered(root, answers) == before


def test_several_processes_say_what_one_does(root: Path, answers: Path) -> None:
    for number in range(60):
        add(f"detections/h{number}.yaml", hunt(f"h{number}", f"EmailEvents | take Nr{number}"))(
            root
        )

    linted = lint_tree(root, (), Ledger(None), cache=answers, processes=2)

    assert linted.findings == remembered(root, answers)
    assert linted.detections == 63
    assert sum("Nr" in finding.message for finding in linted.findings) == 60


REVIEWED = "vedette: {owner: o, lastValidated: 2026-01-01, reviewBy: 2026-06-30}\n"
LAB = f"""\
tenant: {NAMESPACE}
subscription: {NAMESPACE}
resourceGroup: g
workspace: w-lab
overrides:
  - rules: [b]
    owner: soc@contoso.example
    reason: A known sender.
    exclude:
      - {{column: Subject, values: [x], expires: 2026-06-30}}
"""


def test_what_passes_its_date_is_told_from_that_day_on_without_an_edit(
    root: Path, answers: Path
) -> None:
    add("environments/lab.yaml", LAB)(root)
    rewrite("detections/b.yaml", "query: |", f"{REVIEWED}query: |")(root)

    def dated(today: date | None) -> set[str]:
        ledger = Ledger(root.parent / "ledger")
        linted = lint_tree(root, (), ledger, cache=answers, processes=1, today=today)
        return {each.id for each in linted.findings} & DATED

    assert dated(None) == set()
    assert dated(date(2026, 6, 30)) == set()
    assert dated(date(2026, 7, 1)) == {"review-overdue", "exclusion-expired"}
