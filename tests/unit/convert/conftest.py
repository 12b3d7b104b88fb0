"""Detections that are hard to write down in another language."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

import pytest

from vedette.deploy.payload import resources_of
from vedette.deploy.resource import Resource
from vedette.model.content import Watchlist
from vedette.model.detection import Detection
from vedette.model.load import load_detection
from vedette.model.load_content import load_function
from vedette.model.yaml import parse

#: Texts that mean something else in some language.
HARD_TEXTS = {
    "brackets": "[parameters('workspace')]",
    "brackets-twice": "[[x]",
    "interpolation": "a ${x} $${y} $$${z} %{ if } %%{z} $ { %",
    "quotes": "it's \"so\" '' ''' ''''\nand 'it'",
    "backslashes": "C:\\Users\\n \\\\server\\share\n\\u0041 \\",
    "delimiters": "EOT\n EOT \nEOTX\n'''\n\"\"\"",
    "indented": "  first\n    second\n\n\n\tthird",
    "unicode": "Zażółć gęślą jaźń 日本 😀",
    "invisible": "a\u200bb\x01c\u2028d\u0085e\ufefff",
    "yaml": "- a: b #c\n? {x: [1, 2]}\n%TAG & * ! | > @ `",
    "carriage-return": "a\rb\tc",
    "no-text": "1.0",
    "yes": "no",
}

FULL = """\
id: 6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05
name: Click on a link
kind: Scheduled
description: |
  Somebody clicked
  a link.
severity: Medium
queryFrequency: 1h
queryPeriod: 10d
triggerOperator: gt
triggerThreshold: 0
tactics: [InitialAccess, Execution]
relevantTechniques: [T1566.002, T1204]
query: |
  EmailEvents
  | where Subject has 'invoice' and "${x}" != '%{y}'
suppressionEnabled: true
suppressionDuration: 2h
eventGroupingSettings:
  aggregationKind: AlertPerResult
entityMappings:
  - entityType: Account
    fieldMappings:
      - identifier: Name
        columnName: AccountName
      - identifier: UPNSuffix
        columnName: AccountUPNSuffix
  - entityType: IP
    fieldMappings:
      - {identifier: Address, columnName: IPAddress}
sentinelEntitiesMappings:
  - columnName: Entities
customDetails:
  Sender: SenderFromAddress
  Link: Url
alertDetailsOverride:
  alertDisplayNameFormat: "{{Sender}} sent a link"
  alertDescriptionFormat: "See {{Url}}"
  alertSeverityColumnName: AlertSeverity
  alertTacticsColumnName: AlertTactics
  alertDynamicProperties:
    - alertProperty: AlertLink
      value: Url
incidentConfiguration:
  createIncident: true
  groupingConfiguration:
    enabled: true
    reopenClosedIncident: false
    lookbackDuration: 1d
    matchingMethod: Selected
    groupByEntities: [Account]
    groupByAlertDetails: [Severity]
    groupByCustomDetails: [Sender]
alertRuleTemplateName: 0f9b3f3a-7c5e-4f0e-9a53-2f6f9a3f5b1e
templateVersion: 1.2.3
version: 1.0.0
vedette:
  enabled: false
"""

NRT = """\
id: 6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c06
name: Near real time
kind: NRT
description: Something happened.
severity: High
query: |
  SigninLogs
  | where ResultType == "0"
version: 1.0.0
"""

HUNTING = """\
id: 6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c07
name: Look around
kind: Hunting
description: For a person to look at.
tactics: [Discovery]
relevantTechniques: [T1087]
query: |
  Helper(1d)
"""

FUNCTION = """\
id: 6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c08
alias: Helper
name: A helper
description: It helps.
version: 1.0.0
parameters:
  - {name: lookback, type: timespan, default: 1d}
query: |
  SigninLogs
  | where TimeGenerated > ago(lookback)
"""


def detection(text: str, path: str = "detections/mail/rule.yaml") -> Detection:
    document, findings = parse(text, PurePosixPath(path))
    assert document is not None, findings
    found, findings = load_detection(document)
    assert found is not None, findings
    return found


@pytest.fixture(scope="session", name="load")
def _load() -> Callable[..., Detection]:
    return detection


@pytest.fixture(scope="session", name="resources")
def _resources() -> tuple[Resource, ...]:
    """One of each kind."""
    document, _ = parse(FUNCTION, PurePosixPath("detections/shared/functions/Helper.yaml"))
    assert document is not None
    function, findings = load_function(document)
    assert function is not None, findings
    watchlist = Watchlist(
        alias="Senders",
        name="Known senders",
        description="Who may fail.",
        provider="Vedette",
        search_key="Sender",
        columns=("Sender", "Owner"),
        rows=({"Sender": "a.example", "Owner": 'x, "y"'}, {"Sender": "b.example", "Owner": ""}),
        csv='Sender,Owner\na.example,"x, ""y"""\nb.example,\n',
        source=document,
    )
    detections = [
        detection(FULL, "detections/mail/click-on-a-link.yaml"),
        detection(NRT, "detections/identity/near-real-time.yaml"),
        detection(HUNTING, "detections/identity/look-around.yaml"),
    ]
    return resources_of(detections, [function], [watchlist])
