"""What a workspace gets is proven as it gets it: with its overrides, and with its exclusions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from vedette.finding import Level
from vedette.project import Project

if TYPE_CHECKING:
    from tests.acceptance.conftest import Done

Here = Callable[..., "Done"]

RULE = Path("detections/mail/phish-delivered.yaml")
WORKSPACE = """\
tenant: 11111111-1111-4111-8111-111111111111
subscription: 11111111-1111-4111-8111-111111111111
resourceGroup: vedette
workspace: local
endpoint: http://127.0.0.1:9
"""
WHO = "    owner: soc@contoso.example\n    reason: Too many of our own drills.\n"


@pytest.fixture(autouse=True)
def _quick_gate(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Linting and cases take seconds: they run only where they are what the test is about."""
    if request.node.originalname.endswith("is_refused"):
        return

    def check(project: Project, cache: object) -> SimpleNamespace:
        wrong = any(finding.level is Level.ERROR for finding in project.findings)
        return SimpleNamespace(green=not wrong, findings=project.findings, results=())

    monkeypatch.setattr("vedette.deploy.preparation.check_tree", check)


def write(root: Path, name: str, text: str) -> None:
    file = root / "environments" / f"{name}.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="\n")


def override(text: str) -> str:
    """An environment whose only override sets what ``text`` says."""
    return f"{WORKSPACE}overrides:\n  - rules: [phish-delivered]\n{text}{WHO}"


def rendered(done: Done) -> dict[str, Any]:
    assert done.code == 0, done.out + done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def query_of(content: dict[str, Any]) -> str:
    (rule,) = [each for each in content["resources"] if each["kind"] == "rule"]
    query: str = rule["body"]["properties"]["query"]
    return query


def test_an_exclusion_is_the_last_step_of_the_query_and_shows_who_wants_it(
    here: Here, small_repository: Path
) -> None:
    exclusion = "    exclude:\n      - {column: SenderFromDomain, values: ['a\"b.example', c]}\n"
    write(small_repository, "prod", override(exclusion))
    done = here("render", "--env", "prod")
    assert done.code == 0, done.out
    assert '+| where SenderFromDomain !in~ ("a\\"b.example", "c")' in done.out
    assert (
        "because: Too many of our own drills. (soc@contoso.example, environments/prod.yaml:7:5)"
        in done.out
    )


@pytest.mark.parametrize(
    ("exclusion", "clause"),
    [
        ("column: SenderFromDomain, match: endsWith, values: [.example.org]",
         'SenderFromDomain !endswith ".example.org"'),
        ("column: SenderFromDomain, match: has, values: [drills, tests]",
         'not(SenderFromDomain has_any ("drills", "tests"))'),
        ("entity: MailMessage.Recipient, values: [drill@contoso.com]",
         'RecipientEmailAddress !in~ ("drill@contoso.com")'),
        ("column: SenderFromDomain, match: inRange, values: [10.0.0.0/8]",
         'not(coalesce(ipv4_is_in_any_range(SenderFromDomain, dynamic(["10.0.0.0/8"])), false))'),
    ],
)  # fmt: skip
def test_values_are_compared_as_asked(
    here: Here, small_repository: Path, exclusion: str, clause: str
) -> None:
    write(small_repository, "prod", override(f"    exclude:\n      - {{{exclusion}}}\n"))
    query = query_of(rendered(here("render", "--env", "prod", "--format", "json")))
    assert query.endswith(f"\n| where {clause}")


def test_an_exclusion_that_silences_what_must_fire_is_refused(
    here: Here, small_repository: Path
) -> None:
    exclusion = "    exclude:\n      - {column: SenderFromDomain, values: [FABRIKAM.example]}\n"
    write(small_repository, "prod", override(exclusion))
    done = here("render", "--env", "prod")
    assert done.code == 1
    assert "FAIL phish" in done.out
    done = here("plan", "--env", "prod")
    assert done.code == 1
    assert done.out.endswith("Nothing was planned.\n")


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("    exclude:\n      - {column: SenderFromDomian, values: [a]}\n",
         "prod.yaml:9:18: unknown-exclusion-column"),
        ("    exclude:\n      - {entity: Account.Sid, values: [a]}\n",
         "prod.yaml:9:18: unknown-exclusion-entity"),
        ("    exclude:\n      - {column: TimeGenerated, values: [a]}\n",
         "prod.yaml:9:18: exclusion-type"),
        ("    parameters: {threshold: 5}\n", "unknown-parameter"),
        ("    frequency: 2h\n", "prod.yaml:8:16: override-breaks-schedule"),
    ],
)  # fmt: skip
def test_t14_what_an_override_cannot_do_is_an_error_and_no_rule_goes_without_it(
    here: Here, small_repository: Path, text: str, finding: str
) -> None:
    write(small_repository, "prod", override(text))
    done = here("plan", "--env", "prod")
    assert done.code == 1
    assert finding in done.out
    assert done.out.endswith("Nothing was planned.\n")


def test_an_expired_exclusion_does_not_count_and_is_told(
    here: Here, small_repository: Path
) -> None:
    exclusion = (
        "    exclude:\n"
        "      - {column: SenderFromDomain, values: [fabrikam.example], expires: 2026-01-31}\n"
    )
    write(small_repository, "prod", override(exclusion))
    done = here("render", "--env", "prod")
    assert done.code == 0, done.out
    assert "environments/prod.yaml:9:73: exclusion-expired" in done.out
    assert "Nothing differs from the files." in done.out


class TestParameters:
    """A parameter takes a literal of its own type, and nothing else."""

    def declare(self, root: Path) -> None:
        text = (root / RULE).read_text(encoding="utf-8")
        text = text.replace("query: |\n", "query: |\n  let least = 0;\n", 1)
        text = text.replace("!in (", "!in (", 1)
        text = text.replace("  | project", "  | where strlen(Subject) >= least\n  | project", 1)
        text += "vedette:\n  parameters: [least]\n"
        (root / RULE).write_text(text, encoding="utf-8", newline="\n")

    def test_its_literal_is_replaced(self, here: Here, small_repository: Path) -> None:
        self.declare(small_repository)
        write(small_repository, "prod", override("    parameters: {least: -1}\n"))
        query = query_of(rendered(here("render", "--env", "prod", "--format", "json")))
        assert query.startswith("let least = -1;\n")

    @pytest.mark.parametrize("value", ["'0; print 1 //'", "1h", "'\"a\"'", "'0 + 1'"])
    def test_nothing_but_a_literal_of_its_type_is_taken(
        self, here: Here, small_repository: Path, value: str
    ) -> None:
        self.declare(small_repository)
        write(small_repository, "prod", override(f"    parameters: {{least: {value}}}\n"))
        done = here("render", "--env", "prod")
        assert done.code == 1
        assert "environments/prod.yaml:8:25: " in done.out
        assert "parameter-type" in done.out


class TestLayers:
    """The narrower override counts: all, group, workspace, and those that name their rules."""

    def layer(self, root: Path, severity: str, groups: str = "", rules: str = "") -> str:
        which = f"    rules: [{rules}]\n" if rules else ""
        entry = f"  -\n{which}    severity: {severity}\n{WHO}"
        return f"{groups}overrides:\n{entry}"

    def severity(self, here: Here, name: str) -> str:
        content = rendered(here("render", "--env", name, "--format", "json"))
        (rule,) = [each for each in content["resources"] if each["kind"] == "rule"]
        found: str = rule["body"]["properties"]["severity"]
        return found

    def test_from_the_widest_to_the_narrowest(self, here: Here, small_repository: Path) -> None:
        root = small_repository
        write(root, "overrides/everywhere", self.layer(root, "Informational"))
        write(root, "eu", f"{WORKSPACE}groups: [eu]\n")
        write(root, "us", WORKSPACE)
        assert self.severity(here, "us") == "Informational"
        write(root, "overrides/eu", self.layer(root, "Low", "groups: [eu]\n"))
        assert self.severity(here, "eu") == "Low"
        assert self.severity(here, "us") == "Informational"
        own = self.layer(root, "Medium")
        write(root, "eu", f"{WORKSPACE}groups: [eu]\n{own}")
        assert self.severity(here, "eu") == "Medium"
        named = self.layer(root, "High", rules="phish-delivered").removeprefix("overrides:\n")
        write(root, "eu", f"{WORKSPACE}groups: [eu]\n{own}{named}")
        assert self.severity(here, "eu") == "High"
        done = here("render", "--env", "eu", "--against", "us")
        assert "severity  Informational -> High" in done.out

    def test_two_of_one_reach_must_not_disagree(self, here: Here, small_repository: Path) -> None:
        one = self.layer(small_repository, "Low", rules="phish-delivered")
        other = self.layer(small_repository, "High", rules="phish-delivered")
        text = f"{WORKSPACE}{one}{other.removeprefix('overrides:' + chr(10))}"
        write(small_repository, "prod", text)
        done = here("render", "--env", "prod")
        assert done.code == 1
        assert "conflicting-override" in done.out

    def test_an_override_of_a_detection_that_is_gone_is_an_error(
        self, here: Here, small_repository: Path
    ) -> None:
        text = self.layer(small_repository, "Low", rules="phish-deliverd")
        write(small_repository, "prod", WORKSPACE + text)
        done = here("plan", "--env", "prod")
        assert done.code == 1
        assert "unknown-detection" in done.out
        assert "did you mean 'phish-delivered'?" in done.out


class TestLifecycle:
    """Environments choose by stage."""

    def stage(self, root: Path, text: str) -> None:
        for file in sorted((root / "detections" / "mail").glob("*.yaml")):
            if not file.stem.endswith(".cases"):
                content = file.read_text(encoding="utf-8")
                file.write_text(f"{content}vedette:\n{text}", encoding="utf-8", newline="\n")

    def test_a_stage_that_is_not_chosen_is_left_out_and_said(
        self, here: Here, small_repository: Path
    ) -> None:
        text = (small_repository / RULE).read_text(encoding="utf-8")
        (small_repository / RULE).write_text(
            f"{text}vedette: {{lifecycle: test}}\n", encoding="utf-8", newline="\n"
        )
        write(small_repository, "prod", WORKSPACE)
        write(small_repository, "test", f"{WORKSPACE}lifecycle: [test, production]\n")
        done = here("render", "--env", "prod")
        assert "  phish-delivered  it is test" in done.out
        assert (
            "only 'test' gets phish-delivered"
            in here("render", "--env", "prod", "--against", "test").out
        )

    def test_an_environment_that_gets_nothing_is_an_error(
        self, here: Here, small_repository: Path
    ) -> None:
        self.stage(small_repository, "  lifecycle: draft\n")
        write(small_repository, "prod", WORKSPACE)
        done = here("plan", "--env", "prod")
        assert done.code == 2
        assert "environments/prod.yaml:1:1: no detection is for 'prod'" in done.err

    def test_an_overdue_review_is_told_and_stops_nothing(
        self, here: Here, small_repository: Path
    ) -> None:
        self.stage(small_repository, "  lastValidated: '2025-01-01'\n  reviewBy: '2026-01-01'\n")
        write(small_repository, "prod", WORKSPACE)
        done = here("render", "--env", "prod")
        assert done.code == 0
        assert "review-overdue" in done.out
