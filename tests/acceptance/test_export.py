"""``vedette export``, as a user runs it: through the gate, whole, and with what it cannot say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]

RULE = Path("detections/mail/phish-delivered.yaml")
IDS = {
    "rule": "3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e01",
    "query": "3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e02",
    "function": "3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e03",
}


def test_a_template_holds_everything_and_what_each_needs_first(here: Here) -> None:
    done = here("export", "arm")
    assert (done.code, done.err) == (0, "")
    resources = json.loads(done.out)["resources"]
    needs = {
        each["name"].rpartition("/")[2].removesuffix("')]"): each.get("dependsOn", [])
        for each in resources
    }
    assert needs.keys() == {*IDS.values(), "Drills"}
    assert any(IDS["function"] in each for each in needs[IDS["rule"]])
    assert any("'Drills'" in each for each in needs[IDS["rule"]])
    assert [IDS["function"] in each for each in needs[IDS["query"]]] == [True]
    assert (needs[IDS["function"]], needs["Drills"]) == ([], [])


@pytest.mark.parametrize(("language", "file"), [("bicep", "main.bicep"), ("terraform", "main.tf")])
def test_a_file_is_written_and_the_same_again(
    language: str, file: str, here: Here, tmp_path: Path
) -> None:
    done = here("export", language, "--output", tmp_path)
    assert done.code == 0
    assert "1 function, 1 watchlist, 1 rule, 1 hunting query written" in done.out
    text = (tmp_path / file).read_bytes()
    assert here("export", language, "--output", tmp_path).code == 0
    assert (tmp_path / file).read_bytes() == text
    if language == "terraform":
        assert "watchlist Drills, provider: the provider of Terraform writes its own" in done.err
    else:
        assert done.err == ""


def test_what_runs_elsewhere_is_told(here: Here, small_repository: Path) -> None:
    folder = small_repository / "detections/shared/automation"
    folder.mkdir(parents=True)
    text = (
        "id: 3f0c1a52-8f5b-4c4b-9d0f-6a1d7f0c1e09\n"
        "name: Tag phish\n"
        "description: So that it is found.\n"
        "order: 1\n"
        "detections: [phish-delivered]\n"
        "actions:\n"
        "  - addTask: {title: Look at it}\n"
    )
    (folder / "tag-phish.yaml").write_text(text, encoding="utf-8")
    done = here("export", "arm")
    assert done.code == 0, done.err
    assert "automation rule tag-phish: it names rules by their ids" in done.err


def test_nothing_is_exported_from_a_tree_that_is_not_green(
    here: Here, small_repository: Path, tmp_path: Path
) -> None:
    file = small_repository / RULE
    text = file.read_text(encoding="utf-8").replace("| where", "| were", 1)
    file.write_text(text, encoding="utf-8", newline="\n")
    done = here("export", "arm", "--output", tmp_path / "out")
    assert (done.code, done.out) == (1, "")
    assert "Nothing was exported." in done.err
    assert not (tmp_path / "out").exists()
