"""A playbook that sends an analyst to a query that does not run, or to a hunt that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from vedette.kql.binder import Binder
from vedette.kql.lint import catalogue_of
from vedette.project import Project, load_project

ROOT = Path(__file__).parents[2]
PLAYBOOKS = ROOT / "docs" / "playbooks"
PAGES = sorted(PLAYBOOKS.glob("*.md"))

_QUERY = re.compile(r"^```kql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: Names of files of detections: words in kebab-case, in bold, in a table of rules or in a picture.
_NAMES = re.compile(
    r"\*\*([a-z0-9]+(?:-[a-z0-9]+)+)\*\*|\| ((?:[a-z0-9-]+(?:, )?)+) \|$", re.MULTILINE
)
_IN_PICTURE = re.compile(r">([a-z0-9]+(?:-[a-z0-9]+){2,})<|>((?:[a-z0-9-]+ · )+[a-z0-9-]+)<")


@cache
def project() -> Project:
    return load_project(ROOT)


def stems() -> set[str]:
    return {detection.source.path.stem for detection in project().detections}


QUERIES = [
    pytest.param(query, id=f"{page.stem}-{number}")
    for page in PAGES
    for number, query in enumerate(_QUERY.findall(page.read_text(encoding="utf-8")), start=1)
]


@pytest.fixture(scope="module", name="binder")
def _binder() -> Iterator[Binder]:
    with Binder() as ready:
        yield ready


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_a_playbook_binds(query: str, binder: Binder) -> None:
    bound = binder.bind(query, catalogue_of(project()))

    assert [str(each.message) for each in bound.diagnostics] == []
    assert bound.columns


def test_every_page_has_its_picture_and_stands_in_the_index() -> None:
    index = (PLAYBOOKS / "README.md").read_text(encoding="utf-8")
    for page in PAGES:
        if page.name != "README.md":
            assert f"({page.name})" in index
            assert f"({page.stem}.svg)" in page.read_text(encoding="utf-8")
            assert (PLAYBOOKS / f"{page.stem}.svg").is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_names_detections_that_are_there(page: Path) -> None:
    named = {
        name.strip()
        for found in _NAMES.findall(page.read_text(encoding="utf-8"))
        for text in found
        for name in text.split(",")
        if "-" in name
    }

    assert named <= stems()
    assert named or page.name == "README.md"


@pytest.mark.parametrize("picture", sorted(PLAYBOOKS.glob("*.svg")), ids=lambda each: each.stem)
def test_a_picture_names_detections_that_are_there(picture: Path) -> None:
    pages = {page.stem for page in PAGES}
    named = {
        name
        for found in _IN_PICTURE.findall(picture.read_text(encoding="utf-8"))
        for text in found
        for name in text.split(" · ")
        if name
    }

    assert named <= stems() | pages
    assert named


def test_the_tasks_of_an_incident_name_hunts_that_are_there() -> None:
    tasks = [
        action.description
        for rule in project().automation
        for action in rule.actions
        if hasattr(action, "description")
    ]
    named = {name for text in tasks for name in re.findall(r'"([a-z0-9-]+)"', text)}

    assert named <= stems()
    assert named
