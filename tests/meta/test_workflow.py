"""The promises of the GitHub workflows: those of the pipelines, by the same commands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.meta.azure_templates import expand
from tests.meta.test_pipeline import commands as commands_of

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".github" / "workflows"
TEXTS = {file.stem: file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.yml"))}
WORKFLOWS: Mapping[str, Mapping[str, Any]] = {
    name: yaml.safe_load(text) for name, text in TEXTS.items()
}
#: Every job, by workflow and name.
JOBS: Mapping[tuple[str, str], Mapping[str, Any]] = {
    (name, job): content
    for name, workflow in WORKFLOWS.items()
    for job, content in workflow["jobs"].items()
}
RUNNING = {key: job for key, job in JOBS.items() if "steps" in job}
MAIN_ONLY = "github.event_name == 'push' && github.ref == 'refs/heads/main'"
OUR_PULL_REQUESTS = (
    "github.event_name == 'pull_request' && "
    "github.event.pull_request.head.repo.full_name == github.repository"
)
READ = {"contents": "read"}
SIGN_IN = {"contents": "read", "id-token": "write"}


def commands(workflow: str, job: str) -> list[str]:
    return [step["run"] for step in JOBS[workflow, job]["steps"] if "run" in step]


def uses(job: Mapping[str, Any], action: str) -> list[Mapping[str, Any]]:
    return [step for step in job["steps"] if step.get("uses", "").startswith(f"{action}@")]


def test_the_jobs_follow_each_other_ring_after_ring() -> None:
    assert {key: job.get("needs") for key, job in JOBS.items()} == {
        ("detections", "validate"): None,
        ("detections", "scan"): "validate",
        ("detections", "test"): "validate",
        ("detections", "production"): "test",
        ("environment", "preview"): None,
        ("environment", "tell"): "preview",
        ("environment", "plan"): None,
        ("environment", "deploy"): "plan",
        ("watch", "watch"): None,
        ("watch-environment", "look"): None,
        ("watch-environment", "tell"): "look",
    }
    # PyYAML reads the key `on` as true.
    loaded: Mapping[str, Any] = WORKFLOWS
    triggers = {name: dict(workflow)[True] for name, workflow in loaded.items()}
    assert triggers["detections"] == {"pull_request": None, "push": {"branches": ["main"]}}
    assert list(triggers["watch"]) == ["schedule"]
    assert list(triggers["environment"]) == list(triggers["watch-environment"]) == ["workflow_call"]


def test_who_runs_for_what() -> None:
    assert JOBS["environment", "preview"]["if"] == OUR_PULL_REQUESTS
    assert JOBS["environment", "plan"]["if"] == MAIN_ONLY
    assert JOBS["environment", "deploy"]["if"] == MAIN_ONLY
    assert JOBS["watch-environment", "look"]["if"] == "github.ref == 'refs/heads/main'"
    assert "pull_request_target" not in "".join(TEXTS.values())


def test_a_job_may_do_what_it_needs_and_nothing_else() -> None:
    assert {name: workflow["permissions"] for name, workflow in WORKFLOWS.items()} == {
        "detections": READ,
        "environment": {},
        "watch": {},
        "watch-environment": {},
    }
    assert {key: job.get("permissions") for key, job in RUNNING.items()} == {
        ("detections", "validate"): None,
        ("detections", "scan"): {**READ, "security-events": "write"},
        ("environment", "preview"): SIGN_IN,
        ("environment", "tell"): {**READ, "pull-requests": "write"},
        ("environment", "plan"): SIGN_IN,
        ("environment", "deploy"): SIGN_IN,
        ("watch-environment", "look"): SIGN_IN,
        ("watch-environment", "tell"): {**READ, "issues": "write"},
    }


def test_only_the_deployment_has_an_identity_that_writes() -> None:
    """An identity belongs to an environment; the deployer's is the one that asks for approval."""
    assert {key: job["environment"] for key, job in RUNNING.items() if "environment" in job} == {
        ("environment", "preview"): "${{ inputs.name }}-reader",
        ("environment", "plan"): "${{ inputs.name }}-reader",
        ("environment", "deploy"): "${{ inputs.name }}",
        ("watch-environment", "look"): "${{ inputs.name }}-reader",
    }
    for job in RUNNING.values():
        assert bool(uses(job, "azure/login")) == ("environment" in job)


def test_a_job_that_may_write_to_the_repository_installs_nothing_and_signs_in_nowhere() -> None:
    for key, job in RUNNING.items():
        given = job.get("permissions") or {}
        if {"pull-requests", "issues", "security-events"} & set(given):
            assert "id-token" not in given
            assert all(line.startswith("python scripts/post.py ") for line in commands(*key))
        else:
            assert "github.token" not in yaml.safe_dump(job["steps"])


def test_t19_a_deployment_waits_for_the_one_before() -> None:
    assert JOBS["environment", "deploy"]["concurrency"] == {
        "group": "deploy-${{ inputs.name }}",
        "cancel-in-progress": False,
    }


def test_the_environments_are_there() -> None:
    rings = [
        JOBS["detections", "test"]["with"]["name"],
        *JOBS["detections", "production"]["strategy"]["matrix"]["name"],
    ]
    assert JOBS["watch", "watch"]["strategy"]["matrix"]["name"] == rings
    assert all((ROOT / "environments" / f"{name}.yaml").is_file() for name in rings)
    for key in (("detections", "test"), ("detections", "production"), ("watch", "watch")):
        assert (ROOT / JOBS[key]["uses"]).is_file()


@pytest.mark.parametrize(
    ("workflow", "maker", "user", "artefact"),
    [
        ("environment", "plan", "deploy", "plan-${{ inputs.name }}"),
        ("environment", "preview", "tell", "preview-${{ inputs.name }}"),
        ("watch-environment", "look", "tell", "watch-${{ inputs.name }}"),
        ("detections", "validate", "scan", "build"),
    ],
)
def test_what_one_job_makes_is_what_the_next_one_uses(
    workflow: str, maker: str, user: str, artefact: str
) -> None:
    (up,) = uses(JOBS[workflow, maker], "actions/upload-artifact")
    (down,) = uses(JOBS[workflow, user], "actions/download-artifact")
    assert up["with"] == down["with"]
    assert up["with"]["name"] == artefact


def test_what_is_applied_is_the_plan_that_was_approved() -> None:
    (plan,), (apply,) = commands("environment", "plan"), commands("environment", "deploy")
    assert plan.endswith(" --out build/plan")
    assert " --plan build/plan/plan.json " in apply
    assert " --journal build/journal " in apply
    (journal,) = uses(JOBS["environment", "deploy"], "actions/upload-artifact")
    assert journal["with"]["path"] == "build/journal"
    assert journal["if"] == "success() || failure()"


def test_the_findings_go_to_code_scanning() -> None:
    (build,) = [line for line in commands("detections", "validate") if "build.py" in line]
    (upload,) = uses(JOBS["detections", "scan"], "github/codeql-action/upload-sarif")
    assert build.endswith(f" --sarif {upload['with']['sarif_file']}")


def test_the_same_commands_run_in_both_pipelines() -> None:
    def plain(line: str) -> str:
        for theirs, ours in (
            ("$(Pipeline.Workspace)/plan-test/", "build/plan/"),
            ("$(Pipeline.Workspace)/preview-test/", "build/plan/"),
            ("${{ inputs.name }}", "test"),
        ):
            line = line.replace(theirs, ours)
        return line

    def lines(stages: list[Mapping[str, Any]]) -> set[str]:
        kept = [stage for stage in stages if "production" not in stage["stage"]]
        return {plain(line) for line in commands_of(kept) if line.startswith("python")}

    theirs = lines(expand(ROOT / "azure-pipelines.yml")["stages"])
    jobs = [key for key in RUNNING if key[0] in {"detections", "environment"}]
    assert {plain(line) for key in jobs for line in commands(*key)} == theirs
    watching = {line.split()[2] for line in commands("watch-environment", "look")}
    there = lines(expand(ROOT / "azure-pipelines.watch.yml")["stages"])
    assert watching == {line.split()[2] for line in there if "deploy.py" in line}


def test_t8_no_failure_is_passed_over() -> None:
    assert "continue-on-error" not in "".join(TEXTS.values())
    for (workflow, _), job in RUNNING.items():
        for step in job["steps"]:
            # Drift and health are looked at, each whatever the other found; a failure remains one.
            if "run" in step and workflow != "watch-environment":
                assert "if" not in step
            assert step.get("if", "success() || failure()") == "success() || failure()"
            assert not re.search(r"\|\||;|\bset \+e\b|\btrue\b", step.get("run", ""))


def test_t16_every_job_has_the_whole_tree_and_an_end() -> None:
    for job in RUNNING.values():
        (checkout,) = uses(job, "actions/checkout")
        assert checkout["with"] == {"fetch-depth": 0, "persist-credentials": False}
        assert 0 < job["timeout-minutes"] <= 60


def test_every_action_is_pinned_to_a_commit_and_one_of_each() -> None:
    pins: dict[str, set[str]] = {}
    for text in TEXTS.values():
        for action, pin in re.findall(r"uses: ([\w./-]+)(?:@(.+))?", text):
            if not action.startswith("./"):
                assert re.fullmatch(r"[0-9a-f]{40}  # v\d+\.\d+\.\d+", pin), f"{action}@{pin}"
                pins.setdefault(action, set()).add(pin)
    assert pins
    assert all(len(found) == 1 for found in pins.values()), pins


def test_no_text_of_a_pull_request_is_part_of_a_command() -> None:
    for key in RUNNING:
        for line in commands(*key):
            inserted = set(re.findall(r"\$\{\{ (.+?) \}\}", line))
            assert inserted <= {"inputs.name", "vars.DEPLOYER"}


def test_no_secret_is_in_a_file() -> None:
    for text in TEXTS.values():
        assert "secrets" not in text
        assert not re.search(r"client-secret|creds:", text)
