"""The promises of the GitHub workflow: those of the pipeline, by the same commands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / ".github" / "workflows" / "detections.yml").read_text(encoding="utf-8")
WORKFLOW: Mapping[str, Any] = yaml.safe_load(TEXT)
JOBS: Mapping[str, Mapping[str, Any]] = WORKFLOW["jobs"]
PIPELINE = (ROOT / "azure-pipelines.yml").read_text(encoding="utf-8")


def commands(job: str) -> list[str]:
    return [step["run"] for step in JOBS[job]["steps"] if "run" in step]


def test_the_jobs_follow_each_other() -> None:
    assert JOBS["plan"]["needs"] == "validate"
    assert JOBS["deploy"]["needs"] == "plan"


@pytest.mark.parametrize("job", ["plan", "deploy"])
def test_what_signs_in_runs_on_main_only_and_never_for_a_pull_request(job: str) -> None:
    assert JOBS[job]["if"] == "github.event_name == 'push' && github.ref == 'refs/heads/main'"
    assert JOBS[job]["permissions"] == {"contents": "read", "id-token": "write"}


def test_validating_needs_no_credentials() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert "permissions" not in JOBS["validate"]
    assert not any("azure/login" in step.get("uses", "") for step in JOBS["validate"]["steps"])


def test_t19_a_deployment_waits_for_its_approval_and_for_the_one_before() -> None:
    job = JOBS["deploy"]
    assert (ROOT / "environments" / f"{job['environment']}.yaml").is_file()
    assert job["concurrency"] == {"group": "deploy-production", "cancel-in-progress": False}


def test_what_is_applied_is_the_plan_that_was_approved() -> None:
    (plan,), (apply,) = commands("plan"), commands("deploy")
    assert plan.endswith("--out build/plan")
    assert "--plan build/plan/plan.json" in apply
    assert "--journal build/journal" in apply


def test_the_same_commands_run_in_both_pipelines() -> None:
    def plain(line: str) -> str:
        line = line.replace("$(environment)", "production")
        return line.replace("$(Pipeline.Workspace)/plan/", "build/plan/")

    theirs = {
        plain(found) for found in re.findall(r"(?:script|inlineScript): (python .*)", PIPELINE)
    }
    assert {line for job in ("validate", "plan", "deploy") for line in commands(job)} == theirs


def test_t8_no_failure_is_passed_over() -> None:
    assert "continue-on-error" not in TEXT
    for job in JOBS.values():
        for step in job["steps"]:
            if "run" in step:
                assert "if" not in step
                assert not re.search(r"\|\||;|\bset \+e\b|\btrue\b", step["run"])


def test_t16_every_job_has_the_whole_tree() -> None:
    for job in JOBS.values():
        (checkout,) = [
            step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout")
        ]
        assert checkout["with"] == {"fetch-depth": 0, "persist-credentials": False}


def test_no_secret_is_in_the_file() -> None:
    assert "secrets." not in TEXT
    assert not re.search(r"client-secret|creds:", TEXT)
