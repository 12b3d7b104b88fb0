"""The pipeline's own promises: what runs where, behind which gate, and as a line for the desk.

Everything is read from the YAML: a pipeline that is right today loses its gate in a tidy-up.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "azure-pipelines.yml"
ON_MAIN_ONLY = (
    "and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'), "
    "ne(variables['Build.Reason'], 'PullRequest'))"
)

Node = Mapping[str, Any]


@pytest.fixture(name="pipeline", scope="module")
def _pipeline() -> Node:
    document: Node = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return document


@pytest.fixture(name="stages")
def _stages(pipeline: Node) -> dict[str, Node]:
    return {stage["stage"]: stage for stage in pipeline["stages"]}


def walk(node: object) -> Iterator[tuple[str, object]]:
    """Every key with its value, however deep."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key), value
            yield from walk(value)
    elif isinstance(node, list):
        for item in node:
            yield from walk(item)


def steps(stage: Node) -> list[Node]:
    """All steps of a stage, those of deployment jobs too."""
    found: list[Node] = []
    for key, value in walk(stage):
        if key == "steps" and isinstance(value, list):
            found += value
    return found


def commands(node: object) -> list[str]:
    """What the steps run, as it is written."""
    return [
        str(value)
        for key, value in walk(node)
        if key in {"script", "bash", "pwsh", "powershell", "inlineScript"}
    ]


def test_the_stages_follow_each_other(pipeline: Node, stages: dict[str, Node]) -> None:
    assert [stage["stage"] for stage in pipeline["stages"]] == ["Validate", "Plan", "Deploy"]
    assert stages["Plan"]["dependsOn"] == "Validate"
    assert stages["Deploy"]["dependsOn"] == "Plan"


def test_pull_requests_and_main_are_validated(pipeline: Node, stages: dict[str, Node]) -> None:
    assert pipeline["trigger"]["branches"]["include"] == ["main"]
    assert pipeline["pr"]["branches"]["include"] == ["main"]
    assert "condition" not in stages["Validate"]
    lines = commands(stages["Validate"])
    assert [line.split()[:2] for line in lines] == [
        ["python", "scripts/build.py"],
        ["python", "scripts/test.py"],
    ]


@pytest.mark.parametrize("name", ["Plan", "Deploy"])
def test_what_signs_in_runs_on_main_only_and_never_for_a_pull_request(
    stages: dict[str, Node], name: str
) -> None:
    assert stages[name]["condition"] == ON_MAIN_ONLY
    assert "azureSubscription" in dict(walk(stages[name]))


def test_validating_needs_no_credentials(stages: dict[str, Node]) -> None:
    keys = {key for key, _ in walk(stages["Validate"])}
    assert not keys & {"azureSubscription", "addSpnToEnvironment", "env", "environment"}


@pytest.mark.parametrize("name", ["Validate", "Plan"])
def test_nobody_can_skip_what_comes_before_the_approval(stages: dict[str, Node], name: str) -> None:
    assert stages[name]["isSkippable"] is False


def test_a_deployment_waits_for_the_approval_of_its_environment(
    pipeline: Node, stages: dict[str, Node]
) -> None:
    (job,) = stages["Deploy"]["jobs"]
    assert "deployment" in job
    assert job["environment"] == "${{ variables.environment }}"
    name = pipeline["variables"]["environment"]
    assert (ROOT / "environments" / f"{name}.yaml").is_file()


def test_only_the_deployment_writes(stages: dict[str, Node]) -> None:
    def applies(stage: Node) -> bool:
        return any("deploy.py" in line and "deploy.py plan" not in line for line in commands(stage))

    assert [name for name, stage in stages.items() if applies(stage)] == ["Deploy"]


def test_what_is_applied_is_the_plan_that_was_approved(stages: dict[str, Node]) -> None:
    (publish,) = [step for step in steps(stages["Plan"]) if "publish" in step]
    (download,) = [step for step in steps(stages["Deploy"]) if "download" in step]
    (plan,) = [line for line in commands(stages["Plan"]) if "deploy.py" in line]
    (apply,) = [line for line in commands(stages["Deploy"]) if "deploy.py" in line]
    assert publish["artifact"] == download["artifact"] == "plan"
    assert f"--out {publish['publish']}" in plan
    assert "--plan $(Pipeline.Workspace)/plan/plan.json" in apply


def test_t18_the_journal_is_kept_whatever_becomes_of_the_deployment(
    stages: dict[str, Node],
) -> None:
    (publish,) = [step for step in steps(stages["Deploy"]) if "publish" in step]
    (apply,) = [line for line in commands(stages["Deploy"]) if "deploy.py" in line]
    assert publish["condition"] == "succeededOrFailed()"
    assert f"--journal {publish['publish']} " in apply


def test_drift_is_looked_for_every_day_whether_anything_was_committed_or_not() -> None:
    drift: Node = yaml.safe_load((ROOT / "azure-pipelines.drift.yml").read_text(encoding="utf-8"))
    (schedule,) = drift["schedules"]
    assert schedule["always"] is True
    assert schedule["branches"]["include"] == ["main"]
    assert (drift["trigger"], drift["pr"]) == ("none", "none")
    (stage,) = drift["stages"]
    assert stage["condition"] == ON_MAIN_ONLY
    assert commands(drift) == ["python scripts/deploy.py drift --env $(environment)"]
    assert "continueOnError" not in {key for key, _ in walk(drift)}


def test_t19_runs_that_write_wait_for_each_other(pipeline: Node) -> None:
    assert pipeline["lockBehavior"] == "sequential"
    assert "Exclusive lock" in FILE.read_text(encoding="utf-8")


def test_t8_no_failure_is_passed_over(pipeline: Node) -> None:
    keys = {key for key, _ in walk(pipeline)}
    assert "continueOnError" not in keys
    conditions = [
        value
        for key, value in walk(pipeline["stages"])
        if key == "condition" and value != ON_MAIN_ONLY
    ]
    assert conditions == ["succeededOrFailed()"] * 2
    assert not any(re.search(r"\|\||;|\bset \+e\b|\btrue\b", line) for line in commands(pipeline))


def test_test_results_are_published_even_of_a_failed_run(stages: dict[str, Node]) -> None:
    (publish,) = [
        step for step in steps(stages["Validate"]) if step.get("task") == "PublishTestResults@2"
    ]
    assert publish["condition"] == "succeededOrFailed()"
    assert publish["inputs"]["failTaskOnFailedTests"] is True
    assert publish["inputs"]["failTaskOnMissingResultsFile"] is True
    assert publish["inputs"]["testResultsFiles"] == "build/test-results/*.xml"
    build, test = commands(stages["Validate"])
    assert build.endswith(" --junit build/test-results/cases.xml")
    assert test.endswith(" --junitxml=build/test-results/toolchain.xml")


def test_t16_every_job_has_the_whole_tree(pipeline: Node) -> None:
    checkouts = [value for key, value in walk(pipeline) if key == "steps"]
    assert len(checkouts) == 3
    for job in checkouts:
        assert isinstance(job, list)
        (checkout,) = [step for step in job if "checkout" in step]
        assert checkout == {"checkout": "self", "fetchDepth": 0, "persistCredentials": False}


def test_every_step_is_one_line_that_runs_at_a_desk(pipeline: Node) -> None:
    lines = commands(pipeline)
    assert len(lines) >= 5
    for line in lines:
        assert "\n" not in line.strip()
        words = shlex.split(line)
        assert words[0] in {"python", "echo"}
        if words[0] == "python":
            assert (ROOT / words[1]).is_file(), f"{words[1]} is not in the repository"


def test_the_service_connection_is_named_once_and_federated(pipeline: Node) -> None:
    connections = [value for key, value in walk(pipeline) if key == "azureSubscription"]
    assert connections == ["${{ variables.serviceConnection }}"] * 2
    handed_on = [value for key, value in walk(pipeline) if key == "addSpnToEnvironment"]
    assert handed_on == [True, True]
    assert re.fullmatch(r"[a-z0-9-]+", pipeline["variables"]["serviceConnection"])


def test_no_secret_is_in_the_file(pipeline: Node) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert not re.search(r"servicePrincipalKey|SYSTEM_ACCESSTOKEN|System\.AccessToken", text)
    assert set(pipeline["variables"]) == {"serviceConnection", "environment", "pythonVersion"}
    assert not re.search(r"(?i)(password|secret|token|key)\s*[:=]\s*\S", "\n".join(
        line.partition("#")[0] for line in text.splitlines()
    ))  # fmt: skip


def test_what_has_to_be_set_up_is_explained(pipeline: Node) -> None:
    comments = "\n".join(
        line.partition("#")[2] for line in FILE.read_text(encoding="utf-8").splitlines()
    )
    for part in (
        "workload identity federation",
        "Microsoft Sentinel Contributor",
        "Approvals",
        "Branch control",
        "Exclusive lock",
        "environments/production.yaml",
    ):
        assert part in comments
