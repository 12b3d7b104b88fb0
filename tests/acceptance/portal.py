"""What somebody else does in the local workspace, over HTTP: with the portal, or with a script."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vedette.model.faults import FaultPlan
from vedette.workspace.server import WorkspaceServer

BEARER = "t0k3n-that-nobody-may-see"

#: A rule as the portal makes one.
RULE = {
    "kind": "Scheduled",
    "properties": {
        "displayName": "Made in the portal",
        "description": "Somebody made this.",
        "severity": "Low",
        "enabled": True,
        "query": "EmailEvents\n| where ThreatTypes has 'Phish'",
        "queryFrequency": "PT1H",
        "queryPeriod": "PT1H",
        "triggerOperator": "GreaterThan",
        "triggerThreshold": 0,
        "suppressionEnabled": False,
        "suppressionDuration": "PT5H",
        "tactics": ["InitialAccess"],
        "techniques": ["T1566"],
        "entityMappings": [
            {
                "entityType": "Mailbox",
                "fieldMappings": [
                    {"identifier": "MailboxPrimaryAddress", "columnName": "RecipientEmailAddress"}
                ],
            }
        ],
    },
}


@dataclass(frozen=True, slots=True)
class Portal:
    """Calls the server with the token that it asks for."""

    server: WorkspaceServer

    def empty(self) -> None:
        """Take everything away that anybody has put there, ids that rest and faults too."""
        self.server.set_faults(FaultPlan())
        workspace = self.server._app.workspace
        with workspace.request():
            workspace.store.write("DELETE FROM resources")
            workspace.definitions.forget()
            workspace.ledger.forget()
            workspace.feed.forget()

    def send(
        self, method: str, path: str, body: object = None, version: str = ""
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of one call; ``path`` is below the workspace or below Sentinel."""
        scope = self.server.settings.scope
        is_search = path.startswith("savedSearches")
        version = version or ("2020-08-01" if is_search else "2025-10-01-preview")
        connection = http.client.HTTPConnection(self.server.url.removeprefix("http://"))
        try:
            connection.request(
                method,
                f"{scope.path if is_search else scope.insights}/{path}?api-version={version}",
                body=None if body is None else json.dumps(body),
                headers={"Authorization": f"Bearer {BEARER}", "Content-Type": "application/json"},
            )
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(content) if content else {}

    def graph(self, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        """Status and JSON of one call to Graph; ``path`` is below the custom detections."""
        connection = http.client.HTTPConnection(self.server.url.removeprefix("http://"))
        try:
            connection.request(
                method,
                f"/v1.0/security/rules/detectionRules{path}",
                body=None if body is None else json.dumps(body),
                headers={"Authorization": f"Bearer {BEARER}", "Content-Type": "application/json"},
            )
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(content) if content else {}

    def post_custom_detection(self, rule: object) -> None:
        """Make a custom detection of Defender XDR, through Graph."""
        status, answer = self.graph("POST", "", rule)
        assert status == 201, answer

    def patch_custom_detection(self, rule_id: str, rule: object) -> None:
        """Change what is given of a custom detection."""
        status, answer = self.graph("PATCH", f"/{rule_id}", rule)
        assert status == 200, answer

    def custom_detection(self, rule_id: str) -> dict[str, Any]:
        """A custom detection as Graph has it."""
        status, answer = self.graph("GET", f"/{rule_id}")
        assert status == 200, answer
        return answer

    def put(self, path: str, body: object) -> dict[str, Any]:
        """Create or replace."""
        status, answer = self.send("PUT", path, body)
        assert status in {200, 201}, answer
        return answer

    def get(self, path: str) -> dict[str, Any]:
        """Read."""
        status, answer = self.send("GET", path)
        assert status == 200, answer
        return answer

    def delete(self, path: str) -> None:
        """Remove."""
        status, answer = self.send("DELETE", path)
        assert status in {200, 202, 204}, answer

    def edit(self, rule: str, **properties: object) -> None:
        """Change properties of a rule and save it, as the portal does."""
        body = self.get(f"alertRules/{rule}")
        body["properties"] |= properties
        self.put(f"alertRules/{rule}", body)


def point(root: Path, url: str, more: str = "") -> None:
    """Make the environment ``test`` of the repository the workspace at ``url``."""
    file = root / "environments" / "test.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        "tenant: 11111111-1111-4111-8111-111111111111\n"
        "subscription: 11111111-1111-4111-8111-111111111111\n"
        "resourceGroup: vedette\n"
        "workspace: local\n"
        f"endpoint: {url}\n{more}",
        encoding="utf-8",
        newline="\n",
    )
