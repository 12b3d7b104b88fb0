"""The pipelines' own promises: what runs where, behind which gate, as whom, and what it may do.

Everything is read from the pipeline as its templates make it: one that is right today loses its
gate in a tidy-up.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.meta.azure_templates import expand

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    ROOT / "azure-pipelines.yml",
    ROOT / "azure-pipelines.watch.yml",
    *sorted((ROOT / "pipelines").rglob("*.yml")),
]
NAMES = ["test", "production"]
ON_MAIN_ONLY = (
    "and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'), "
    "ne(variables['Build.Reason'], 'PullRequest'))"
)
ON_OUR_PULL_REQUESTS = (
    "and(succeeded(), eq(variables['Build.Reason'], 'PullRequest'), "
    "eq(variables['System.PullRequest.IsFork'], 'False'))"
)
DEPLOYER = re.compile(r"sentinel-(test|production)")
READER = re.compile(r"sentinel-(test|production)-reader")

Node = Mapping[str, Any]


@pytest.fixture(name="pipeline", scope="module")
def _pipeline() -> Node:
    return expand(ROOT / "azure-pipelines.yml")


@pytest.fixture(name="watch", scope="module")
def _watch() -> Node:
    return expand(ROOT / "azure-pipelines.watch.yml")


@pytest.fixture(name="stages")
def _stages(pipeline: Node) -> dict[str, Node]:
    return {stage["stage"]: stage for stage in pipeline["stages"]}


@pytest.fixture(name="every_job")
def _every_job(pipeline: Node, watch: Node) -> dict[str, Node]:
    """Every job of both pipelines, by ``stage.job``."""
    return {
        f"{stage['stage']}.{job.get('job', job.get('deployment'))}": job
        for stage in (*pipeline["stages"], *watch["stages"])
        for job in stage["jobs"]
    }


def walk(node: object) -> Iterator[tuple[str, object]]:
    """Every key with its value, however deep."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield str(key), value
            yield from walk(value)
    elif isinstance(node, list):
        for item in node:
            yield from walk(item)


def steps(node: Node) -> list[Node]:
    """All steps of a stage or job, those of deployment jobs too."""
    found: list[Node] = []
    for key, value in walk(node):
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


def identities(node: object) -> set[str]:
    """The service connections that are used."""
    return {str(value) for key, value in walk(node) if key == "azureSubscription"}


def has_token(node: object) -> bool:
    """Whether a step gets the project's token, in any spelling."""
    return bool(re.search(r"(?i)system[._]accesstoken", repr(node)))


def test_the_stages_follow_each_other_ring_after_ring(stages: dict[str, Node]) -> None:
    assert {name: stage.get("dependsOn") for name, stage in stages.items()} == {
        "Validate": None,
        "Preview_test": "Validate",
        "Plan_test": ["Validate"],
        "Deploy_test": "Plan_test",
        "Preview_production": "Validate",
        "Plan_production": ["Validate", "Deploy_test"],
        "Deploy_production": "Plan_production",
    }


def test_pull_requests_and_main_are_validated(pipeline: Node, stages: dict[str, Node]) -> None:
    assert pipeline["trigger"]["branches"]["include"] == ["main"]
    assert pipeline["pr"]["branches"]["include"] == ["main"]
    assert "condition" not in stages["Validate"]
    lines = commands(stages["Validate"])
    assert [line.split()[:2] for line in lines] == [
        ["python", "scripts/build.py"],
        ["python", "scripts/test.py"],
    ]


@pytest.mark.parametrize("name", NAMES)
def test_each_stage_says_for_whom_it_runs(stages: dict[str, Node], name: str) -> None:
    assert stages[f"Preview_{name}"]["condition"] == ON_OUR_PULL_REQUESTS
    assert stages[f"Plan_{name}"]["condition"] == ON_MAIN_ONLY
    assert stages[f"Deploy_{name}"]["condition"] == ON_MAIN_ONLY


def test_validating_needs_no_credentials(stages: dict[str, Node]) -> None:
    keys = {key for key, _ in walk(stages["Validate"])}
    assert not keys & {"azureSubscription", "addSpnToEnvironment", "env", "environment"}


def test_only_a_deployment_has_an_identity_that_writes(pipeline: Node, watch: Node) -> None:
    for stage in (*pipeline["stages"], *watch["stages"]):
        kind, _, name = stage["stage"].partition("_")
        wanted = {
            "Validate": set(),
            "Deploy": {f"sentinel-{name}"},
        }.get(kind, {f"sentinel-{name}-reader"})
        assert identities(stage) == wanted, stage["stage"]


def test_no_job_has_the_project_s_token_and_an_identity(every_job: dict[str, Node]) -> None:
    both = [name for name, job in every_job.items() if has_token(job) and identities(job)]
    assert both == []
    assert {name for name, job in every_job.items() if has_token(job)} == {
        f"{stage}_{name}.{job}"
        for name in NAMES
        for stage, job in (("Preview", "Tell"), ("Watch", "Tell_Drift"), ("Watch", "Tell_Health"))
    }


def test_a_job_with_the_token_runs_one_script_that_installs_nothing(
    every_job: dict[str, Node],
) -> None:
    for job in every_job.values():
        if has_token(job):
            (line,) = commands(job)
            assert line.startswith("python scripts/post.py ")
            (step,) = [each for each in steps(job) if "script" in each]
            assert step["env"] == {"SYSTEM_ACCESSTOKEN": "$(System.AccessToken)"}
    # Nothing that is not in the standard library is imported there.
    imports = re.findall(
        r"(?m)^(?:import|from) (\w+)", (ROOT / "scripts/post.py").read_text("utf-8")
    )
    assert "_bootstrap" not in imports


@pytest.mark.parametrize("name", NAMES)
def test_the_plan_of_a_pull_request_becomes_its_comment(stages: dict[str, Node], name: str) -> None:
    plan, tell = stages[f"Preview_{name}"]["jobs"]
    (publish,) = [step for step in steps(plan) if "publish" in step]
    (download,) = [step for step in steps(tell) if "download" in step]
    (planning,), (posting,) = commands(plan), commands(tell)
    assert planning == f"python scripts/deploy.py plan --env {name} --out {publish['publish']}"
    assert publish["artifact"] == download["artifact"] == f"preview-{name}"
    assert posting == (
        f"python scripts/post.py comment $(Pipeline.Workspace)/preview-{name}/plan.md "
        f"--key plan-{name}"
    )
    # A plan that is blocked fails, and has to be seen all the same.
    assert publish["condition"] == "succeededOrFailed()"
    assert tell["dependsOn"] == "Plan"
    assert tell["condition"] == "in(dependencies.Plan.result, 'Succeeded', 'Failed')"


@pytest.mark.parametrize("name", ["Validate", "Plan_test", "Plan_production"])
def test_nobody_can_skip_what_comes_before_the_approval(stages: dict[str, Node], name: str) -> None:
    assert stages[name]["isSkippable"] is False


@pytest.mark.parametrize("name", NAMES)
def test_a_deployment_waits_for_the_approval_of_its_environment(
    stages: dict[str, Node], name: str
) -> None:
    (job,) = stages[f"Deploy_{name}"]["jobs"]
    assert "deployment" in job
    assert job["environment"] == name
    assert (ROOT / "environments" / f"{name}.yaml").is_file()


def test_only_the_deployment_writes(pipeline: Node, watch: Node) -> None:
    reading = {"plan", "drift", "health"}
    writing = {
        stage["stage"]
        for stage in (*pipeline["stages"], *watch["stages"])
        for line in commands(stage)
        if "deploy.py" in line and line.split()[2] not in reading
    }
    assert writing == {"Deploy_test", "Deploy_production"}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_applied_is_the_plan_that_was_approved(stages: dict[str, Node], name: str) -> None:
    planning, deploying = stages[f"Plan_{name}"], stages[f"Deploy_{name}"]
    (publish,) = [step for step in steps(planning) if "publish" in step]
    (download,) = [step for step in steps(deploying) if "download" in step]
    (plan,) = [line for line in commands(planning) if "deploy.py" in line]
    (apply,) = commands(deploying)
    assert publish["artifact"] == download["artifact"] == f"plan-{name}"
    assert download["download"] == "current"
    assert plan == f"python scripts/deploy.py plan --env {name} --out {publish['publish']}"
    assert apply == (
        f"python scripts/deploy.py apply --env {name} --plan $(Pipeline.Workspace)/plan-{name}"
        "/plan.json --journal build/journal --yes"
    )


@pytest.mark.parametrize("name", NAMES)
def test_t18_the_journal_is_kept_whatever_becomes_of_the_deployment(
    stages: dict[str, Node], name: str
) -> None:
    (publish,) = [step for step in steps(stages[f"Deploy_{name}"]) if "publish" in step]
    assert publish == {
        "publish": "build/journal",
        "displayName": "Keep the journal of what was written",
        "condition": "succeededOrFailed()",
        "artifact": f"journal-{name}",
    }


def test_every_morning_drift_and_health_are_looked_for_whatever_was_committed(watch: Node) -> None:
    (schedule,) = watch["schedules"]
    assert schedule["always"] is True
    assert schedule["branches"]["include"] == ["main"]
    assert (watch["trigger"], watch["pr"]) == ("none", "none")
    assert [stage["stage"] for stage in watch["stages"]] == [f"Watch_{name}" for name in NAMES]
    for stage, name in zip(watch["stages"], NAMES, strict=True):
        assert stage["condition"] == ON_MAIN_ONLY
        # One workspace that cannot be read keeps nobody from looking at the next.
        assert stage["dependsOn"] == []
        verbs = [line.split()[2] for line in commands(stage) if "deploy.py" in line]
        assert verbs == ["drift", "health"]
        assert all(f"--env {name}" in line for line in commands(stage) if "deploy.py" in line)


def test_what_is_found_in_the_morning_becomes_a_work_item(watch: Node) -> None:
    for stage in watch["stages"]:
        jobs = {job["job"]: job for job in stage["jobs"]}
        for name in ("Drift", "Health"):
            looking, telling = jobs[name], jobs[f"Tell_{name}"]
            (publish,) = [step for step in steps(looking) if "publish" in step]
            (download,) = [step for step in steps(telling) if "download" in step]
            (look,), (tell,) = commands(looking), commands(telling)
            file = shlex.split(look)[shlex.split(look).index("--output") + 1]
            assert file.startswith(f"{publish['publish']}/")
            assert publish["condition"] == "succeededOrFailed()"
            assert publish["artifact"] == download["artifact"]
            assert f"$(Pipeline.Workspace)/{download['artifact']}/{Path(file).name} " in tell
            assert f" --key {download['artifact']} " in tell
            assert (telling["dependsOn"], telling["condition"]) == (name, "failed()")


def test_t19_runs_that_write_wait_for_each_other(pipeline: Node) -> None:
    assert pipeline["lockBehavior"] == "sequential"
    assert "Exclusive lock" in (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")


def test_t8_no_failure_is_passed_over(every_job: dict[str, Node]) -> None:
    assert "continueOnError" not in {key for key, _ in walk(every_job)}
    for job in every_job.values():
        for step in steps(job):
            if "condition" in step:
                # Only what shows a result runs after a failure, and a failure it remains.
                assert step["condition"] == "succeededOrFailed()"
                assert "publish" in step or step.get("task") == "PublishTestResults@2"
        for line in commands(job):
            assert not re.search(r"\|\||;|\bset \+e\b|\btrue\b", line)


def test_results_are_published_even_of_a_failed_run(stages: dict[str, Node]) -> None:
    (results,) = [
        step for step in steps(stages["Validate"]) if step.get("task") == "PublishTestResults@2"
    ]
    assert results["condition"] == "succeededOrFailed()"
    assert results["inputs"]["failTaskOnFailedTests"] is True
    assert results["inputs"]["failTaskOnMissingResultsFile"] is True
    assert results["inputs"]["testResultsFiles"] == "build/test-results/*.xml"
    (scans,) = [
        step for step in steps(stages["Validate"]) if step.get("artifact") == "CodeAnalysisLogs"
    ]
    assert (scans["publish"], scans["condition"]) == ("build/analysis", "succeededOrFailed()")
    build, test = commands(stages["Validate"])
    assert " --junit build/test-results/cases.xml" in build
    assert build.endswith(" --sarif build/analysis/detections.sarif")
    assert test.endswith(" --junitxml=build/test-results/toolchain.xml")


def test_t16_every_job_has_the_whole_tree_and_an_end(every_job: dict[str, Node]) -> None:
    assert len(every_job) == 17
    for name, job in every_job.items():
        (checkout,) = [step for step in steps(job) if "checkout" in step]
        assert checkout == {"checkout": "self", "fetchDepth": 0, "persistCredentials": False}
        assert 0 < job["timeoutInMinutes"] <= 60, name


def test_every_step_is_one_line_that_runs_at_a_desk(every_job: dict[str, Node]) -> None:
    for line in commands(every_job):
        assert "\n" not in line.strip()
        words = shlex.split(line)
        assert words[0] in {"python", "echo"}
        if words[0] == "python":
            assert (ROOT / words[1]).is_file(), f"{words[1]} is not in the repository"


def test_every_task_has_its_version(every_job: dict[str, Node]) -> None:
    tasks = {str(value) for key, value in walk(every_job) if key == "task"}
    assert tasks == {"AzureCLI@2", "PublishTestResults@2", "UsePythonVersion@0"}


def test_every_sign_in_is_federated(every_job: dict[str, Node]) -> None:
    signing = [step for job in every_job.values() for step in steps(job) if identities(step)]
    assert len(signing) == 10
    for step in signing:
        assert step["inputs"]["addSpnToEnvironment"] is True
        (name,) = identities(step)
        assert DEPLOYER.fullmatch(name) or READER.fullmatch(name)


def test_artefacts_of_one_run_have_names_of_their_own(pipeline: Node, watch: Node) -> None:
    for run in (pipeline, watch):
        names = [
            step["artifact"]
            for stage in run["stages"]
            for step in steps(stage)
            if "publish" in step
        ]
        assert len(names) == len(set(names))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_secret_is_in_a_file(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert "servicePrincipalKey" not in text
    lines = [line.partition("#")[0] for line in text.splitlines()]
    secret = re.compile(r"(?i)(password|secret|token|\bkey)\s*[:=]\s*\S")
    assert {line.strip() for line in lines if secret.search(line)} <= {
        "SYSTEM_ACCESSTOKEN: $(System.AccessToken)",
        "key: drift-${{ parameters.name }}",
        "key: health-${{ parameters.name }}",
    }


def test_every_template_is_used() -> None:
    texts = {file.name: file.read_text(encoding="utf-8") for file in FILES}
    used = {
        name for text in texts.values() for name in re.findall(r"template: (?:.*/)?(\S+)", text)
    }
    assert used == {file.name for file in FILES if file.parent.name == "templates"}


def test_the_identities_are_named_once_an_environment() -> None:
    given = yaml.safe_load((ROOT / "azure-pipelines.yml").read_text(encoding="utf-8"))
    (_, rings) = given["stages"]
    for each in rings["parameters"]["environments"]:
        assert READER.fullmatch(each["reader"])
        assert DEPLOYER.fullmatch(each["deployer"])
        assert each["reader"] != each["deployer"]


def test_what_has_to_be_set_up_is_explained() -> None:
    page = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
    for part in (
        "workload identity federation",
        "vedette-reader.role.json",
        "vedette-deployer.role.json",
        "Approvals",
        "Branch control",
        "Exclusive lock",
        "Contribute to pull requests",
        "Required reviewers",
    ):
        assert part in page
