"""Which tests share a worker: what a file makes once is made once a run, not once a worker."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import ONE_BY_ONE, _scope

ROOT = Path(__file__).resolve().parents[2]


def test_the_tests_of_a_file_stay_together() -> None:
    assert _scope("tests/acceptance/test_demo.py::test_a[x::y]") == "tests/acceptance/test_demo.py"


@pytest.mark.parametrize("file", sorted(ONE_BY_ONE))
def test_costly_tests_go_one_by_one(file: str) -> None:
    assert (ROOT / file).is_file()
    assert _scope(f"{file}::test_a") == f"{file}::test_a"


def test_the_workers_are_given_whole_files(pytestconfig: pytest.Config) -> None:
    hooks = pytestconfig.pluginmanager.hook
    if not hasattr(hooks, "pytest_xdist_make_scheduler"):
        pytest.skip("xdist is switched off")
    names = {each.plugin_name for each in hooks.pytest_xdist_make_scheduler.get_hookimpls()}
    assert any(name.endswith("conftest.py") for name in names)
