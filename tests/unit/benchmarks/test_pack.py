"""A measurement of the pack that flatters it: alerts judged wrongly, windows that lose events."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from types import ModuleType
from uuid import UUID

import pytest
import yaml

from vedette.generate.campaigns.kinds import STAGES
from vedette.generate.campaigns.truth import Campaign
from vedette.model.detection import Severity
from vedette.model.load import load_detection
from vedette.model.yaml import parse
from vedette.simulate.types import Alert

NOON = datetime(2026, 9, 20, 12, tzinfo=UTC)
CAMPAIGN = Campaign(
    id="c0001",
    kind="clicked-failing-mail",
    verdict="malicious",
    start=NOON,
    end=NOON + timedelta(hours=1),
    targets=("ana.ruiz@contoso.com", "ben.okafor@contoso.com"),
    acted=("ana.ruiz@contoso.com",),
    messages=("11111111-aaaa-4bbb-8ccc-000000000001",),
    senders=("office@fabrikam.com",),
    addresses=("203.0.113.7",),
    hosts=("cloud-docs77.example",),
    stages=("failed", "clicked"),
    expect="",
)
FAULT = replace(CAMPAIGN, verdict="misconfigured", stages=("trusted-sender-failing",))


@pytest.fixture(scope="module")
def pack(repository: Path) -> ModuleType:
    """The benchmark as a module."""
    spec = importlib.util.spec_from_file_location(
        "pack_benchmark", repository / "benchmarks" / "pack.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def alert(at: datetime, **row: object) -> Alert:
    """An alert with one row, about ``at``."""
    return Alert(UUID(int=1), "r", "r", "t", "", Severity.LOW, at, at, at, rows=(row,))


@pytest.mark.parametrize(
    ("row", "hours", "true"),
    [
        ({"NetworkMessageId": CAMPAIGN.messages[0].upper()}, 200, True),
        ({"Ids": [CAMPAIGN.messages[0]]}, 0, True),
        ({"Url": "https://cloud-docs77.example/a"}, 0, True),
        ({"User": "ana.ruiz@contoso.com"}, 0, True),
        ({"User": "ana.ruiz@contoso.com"}, 48, False),
        ({"User": "ana.ruiz@contoso.com"}, -2, False),
        ({"User": "ben.okafor@contoso.com"}, 0, False),
        ({"SenderFromAddress": "office@fabrikam.com"}, 0, False),
    ],
)
def test_an_alert_is_true_only_if_it_names_the_campaign(
    pack: ModuleType,
    row: dict[str, object],
    hours: int,
    *,
    true: bool,
) -> None:
    assert pack._is_about(alert(NOON + timedelta(hours=hours), **row), CAMPAIGN, None) is true


def test_a_fault_is_noise_to_every_rule_but_the_one_that_looks_for_it(pack: ModuleType) -> None:
    about = alert(NOON, NetworkMessageId=FAULT.messages[0])
    assert pack._is_about(about, FAULT, ("trusted-sender-failing",))
    assert not pack._is_about(about, FAULT, ("failed",))
    assert not pack._is_about(about, FAULT, None)
    sound = alert(NOON + timedelta(days=3), SenderIPv4=FAULT.addresses[0])
    assert not pack._is_about(sound, FAULT, ("trusted-sender-failing",))


def test_a_longer_step_widens_what_a_run_reports_and_sees(
    pack: ModuleType, repository: Path
) -> None:
    path = PurePosixPath("detections/identity/click-then-device-code-sign-in.yaml")
    document, _ = parse((repository / path).read_text(encoding="utf-8"), path)
    assert document is not None
    detection, _ = load_detection(document)
    assert detection is not None

    text, widened = pack._stepped(detection, timedelta(hours=24))

    assert widened == timedelta(hours=23)
    assert "let runFrequency = 24h;" in text
    assert f"let lookback = {14 * 24 + 23}h;" in text
    assert pack._stepped(detection, timedelta(hours=1)) == (
        text.replace("24h", "1h").replace(f"{14 * 24 + 23}h", f"{14 * 24}h"),
        timedelta(),
    )


def test_what_is_expected_of_the_rules_are_stages_that_there_are(repository: Path) -> None:
    text = (repository / "benchmarks" / "pack.yaml").read_text(encoding="utf-8")
    stages = {stage for each in yaml.safe_load(text).values() for stage in each}
    assert stages <= set(STAGES)
