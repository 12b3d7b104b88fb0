"""What breaks when the unchanged Azure SDK talks to a workspace that is served."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.mgmt.securityinsight import SecurityInsightsMgmtClient, models

from vedette.schema.catalogue import stock_tables
from vedette.workspace.client import WorkspaceClient
from vedette.workspace.server import WorkspaceServer, make_token, start
from vedette.workspace.settings import Settings

if TYPE_CHECKING:
    from azure.core.pipeline import PipelineResponse

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
RULE = "6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05"


class Bearer(SansIOHTTPPolicy[Any, Any]):
    """Signs requests; the SDK's own policy refuses to send a token over http."""

    def __init__(self, token: str) -> None:
        self.token = token

    def on_request(self, request: PipelineRequest[Any]) -> None:
        request.http_request.headers["Authorization"] = f"Bearer {self.token}"

    def on_response(
        self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]
    ) -> None:
        return None


class NoCredential:
    """The constructor wants one."""

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        raise AssertionError("nobody should ask for a token")


def _client(server: WorkspaceServer, token: str | None = None) -> SecurityInsightsMgmtClient:
    return SecurityInsightsMgmtClient(
        NoCredential(),
        server.settings.scope.subscription,
        base_url=server.url,
        authentication_policy=Bearer(token or server.token),
        polling_interval=0,
        retry_total=0,
    )


@pytest.fixture
def server() -> Iterator[WorkspaceServer]:
    with start(now=NOW) as started:
        yield started


@pytest.fixture
def client(server: WorkspaceServer) -> Iterator[SecurityInsightsMgmtClient]:
    with _client(server) as opened:
        yield opened


@pytest.fixture
def where(server: WorkspaceServer) -> tuple[str, str]:
    return server.settings.scope.resource_group, server.settings.scope.workspace


def _scheduled(**changes: object) -> models.ScheduledAlertRule:
    values: dict[str, Any] = {
        "display_name": "Mail from outside",
        "description": "A mail came.",
        "severity": "High",
        "enabled": True,
        "query": "EmailEvents | where SenderFromAddress !endswith '@contoso.com'",
        "query_frequency": timedelta(hours=1),
        "query_period": timedelta(hours=2),
        "trigger_operator": "GreaterThan",
        "trigger_threshold": 0,
        "suppression_enabled": False,
        "suppression_duration": timedelta(hours=5),
        "tactics": ["InitialAccess"],
        "techniques": ["T1566"],
        "entity_mappings": [
            models.EntityMapping(
                entity_type="Mailbox",
                field_mappings=[
                    models.FieldMapping(
                        identifier="MailboxPrimaryAddress", column_name="RecipientEmailAddress"
                    )
                ],
            ),
            models.EntityMapping(
                entity_type="MailMessage",
                field_mappings=[
                    models.FieldMapping(
                        identifier="NetworkMessageId", column_name="NetworkMessageId"
                    ),
                    models.FieldMapping(identifier="Subject", column_name="Subject"),
                ],
            ),
        ],
    }
    properties = models.ScheduledAlertRuleProperties(**(values | changes))
    rule = models.ScheduledAlertRule(properties=properties)
    # The class does not send its kind by itself.
    rule["kind"] = "Scheduled"
    return rule


def _near_real_time() -> models.NrtAlertRule:
    properties = models.NrtAlertRuleProperties(
        display_name="Mail at once",
        severity="Low",
        enabled=True,
        query="EmailEvents",
        suppression_enabled=False,
        suppression_duration=timedelta(hours=5),
    )
    rule = models.NrtAlertRule(properties=properties)
    rule["kind"] = "NRT"
    return rule


def test_a_rule_is_not_what_was_written(
    client: SecurityInsightsMgmtClient, where: tuple[str, str]
) -> None:
    rules = client.alert_rules
    created = rules.create_or_update(*where, RULE, _scheduled())
    assert isinstance(created, models.ScheduledAlertRule)
    assert created.properties is not None
    assert created.properties.query_frequency == timedelta(hours=1)
    assert created.properties.query_period == timedelta(hours=2)
    assert created.properties.severity == models.AlertSeverity.HIGH
    assert created.properties.last_modified_utc == NOW
    assert rules.get(*where, RULE).as_dict() == created.as_dict()
    near = rules.create_or_update(*where, "near", _near_real_time())
    assert isinstance(near, models.NrtAlertRule)
    assert {rule.name for rule in rules.list(*where)} == {RULE, "near"}


def test_a_rule_without_kind_is_taken(
    client: SecurityInsightsMgmtClient, where: tuple[str, str]
) -> None:
    properties = _scheduled().properties
    with pytest.raises(HttpResponseError) as caught:
        client.alert_rules.create_or_update(
            *where, RULE, models.ScheduledAlertRule(properties=properties)
        )
    assert caught.value.status_code == 400
    assert caught.value.error is not None
    assert caught.value.error.code == "BadRequest"


def test_an_update_from_an_old_state_overwrites(
    client: SecurityInsightsMgmtClient, where: tuple[str, str]
) -> None:
    rules = client.alert_rules
    first = rules.create_or_update(*where, RULE, _scheduled())
    assert isinstance(first, models.ScheduledAlertRule)
    assert first.properties is not None
    first.properties.display_name = "Renamed"
    second = rules.create_or_update(*where, RULE, first)
    assert second.etag != first.etag
    with pytest.raises(ResourceExistsError, match="Etag does not match"):
        rules.create_or_update(*where, RULE, first)
    assert rules.get(*where, RULE).as_dict() == second.as_dict()


def test_a_deleted_rule_comes_back(
    client: SecurityInsightsMgmtClient, where: tuple[str, str]
) -> None:
    rules = client.alert_rules
    rules.create_or_update(*where, RULE, _scheduled())
    rules.delete(*where, RULE)
    rules.delete(*where, RULE)
    with pytest.raises(ResourceNotFoundError):
        rules.get(*where, RULE)
    with pytest.raises(HttpResponseError, match="was recently deleted"):
        rules.create_or_update(*where, RULE, _scheduled())


def test_the_services_own_words_do_not_arrive(
    client: SecurityInsightsMgmtClient, where: tuple[str, str]
) -> None:
    for query, words in (
        ("EmilEvents", "Failed to run the analytics rule query. One of the tables does not exist."),
        ("EmailEvents | where Sbject == ''", "Failed to resolve scalar expression named 'Sbject'"),
        ("EmailEvents | where (", "SYN0001"),
    ):
        with pytest.raises(HttpResponseError) as caught:
            client.alert_rules.create_or_update(*where, RULE, _scheduled(query=query))
        assert caught.value.error is not None
        assert words in str(caught.value.error.message)


def test_paging_over_many_rules_loses_or_repeats_one(
    client: SecurityInsightsMgmtClient, where: tuple[str, str]
) -> None:
    names = [f"rule-{number:03}" for number in range(120)]
    for name in names:
        client.alert_rules.create_or_update(*where, name, _scheduled(enabled=False))
    pages = [[rule.name for rule in page] for page in client.alert_rules.list(*where).by_page()]
    assert [name for page in pages for name in page] == names
    assert len(pages) > 2


def test_a_watchlist_is_not_waited_for(where: tuple[str, str]) -> None:
    settings = Settings(token=make_token(), tables=stock_tables(), watchlist_polls=3)
    with start(now=NOW, settings=settings) as server, _client(server) as client:
        raw = "Domain,Owner\n" + "".join(f"d{number}.example,x\n" for number in range(120))
        properties = models.WatchlistProperties(
            display_name="Trusted",
            provider="Vedette",
            source="trusted.csv",
            items_search_key="Domain",
            content_type="text/csv",
            raw_content=raw,
        )
        poller = client.watchlists.begin_create_or_update(
            *where, "Trusted", models.Watchlist(properties=properties)
        )
        written = poller.result()
        assert written.properties is not None
        assert written.properties.provisioning_state == "Succeeded"
        assert written.properties.raw_content is None
        items = [
            item.properties.items_key_value["Domain"]
            for item in client.watchlist_items.list(*where, "Trusted")
            if item.properties is not None
        ]
        assert items == [f"d{number}.example" for number in range(120)]
        assert [one.name for one in client.watchlists.list(*where)] == ["Trusted"]
        client.watchlists.begin_delete(*where, "Trusted").result()
        with pytest.raises(ResourceNotFoundError):
            client.watchlists.get(*where, "Trusted")


def test_no_incident_comes_of_a_mail(
    server: WorkspaceServer, client: SecurityInsightsMgmtClient, where: tuple[str, str]
) -> None:
    client.alert_rules.create_or_update(*where, RULE, _scheduled())
    local = WorkspaceClient(server.url, server.token, server.settings.scope)
    event = {
        "TimeGenerated": "2026-11-02T11:30:00Z",
        "NetworkMessageId": "8f1c2c50-0000-4000-8000-000000000001",
        "SenderFromAddress": "hr@contoso.example",
        "RecipientEmailAddress": "ana@contoso.com",
        "Subject": "Payslip",
    }
    local.send_events("EmailEvents", [event, event | {"SenderFromAddress": "it@contoso.com"}])
    assert list(client.incidents.list(*where)) == []
    assert local.advance(NOW + timedelta(minutes=5)) == 1
    [incident] = client.incidents.list(*where)
    assert incident.name is not None
    assert incident.properties is not None
    assert incident.properties.title == "Mail from outside"
    assert incident.properties.incident_number == 1
    assert incident.properties.created_time_utc == NOW + timedelta(minutes=5)
    [alert] = client.incidents.list_alerts(*where, incident.name).value
    assert alert.properties is not None
    assert alert.properties.tactics == ["InitialAccess"]
    entities = client.incidents.list_entities(*where, incident.name).entities or []
    assert [type(entity) for entity in entities] == [
        models.MailboxEntity,
        models.MailMessageEntity,
    ]
    incident.properties.status = models.IncidentStatus.CLOSED
    incident.properties.classification = models.IncidentClassification.TRUE_POSITIVE
    closed = client.incidents.create_or_update(*where, incident.name, incident)
    assert closed.properties is not None
    assert closed.properties.status == "Closed"
    assert [
        one.name for one in client.incidents.list(*where, filter="properties/status eq 'New'")
    ] == []
    [shown] = local.incidents()
    assert shown["alerts"][0]["properties"]["alertDisplayName"] == "Mail from outside"


def test_an_automation_rule_leaves_an_incident_as_it_came(
    server: WorkspaceServer, client: SecurityInsightsMgmtClient, where: tuple[str, str]
) -> None:
    client.alert_rules.create_or_update(*where, RULE, _scheduled())
    rule = models.AutomationRule(
        properties=models.AutomationRuleProperties(
            display_name="Raise",
            order=1,
            triggering_logic=models.AutomationRuleTriggeringLogic(
                is_enabled=True,
                triggers_on="Incidents",
                triggers_when="Created",
                conditions=[
                    models.PropertyConditionProperties(
                        condition_properties=models.AutomationRulePropertyValuesCondition(
                            property_name="IncidentRelatedAnalyticRuleIds",
                            operator="Contains",
                            property_values=[f"{server.settings.scope.insights}/alertRules/{RULE}"],
                        )
                    )
                ],
            ),
            actions=[
                models.AutomationRuleModifyPropertiesAction(
                    order=1,
                    action_configuration=models.IncidentPropertiesAction(
                        severity="Low", labels=[models.IncidentLabel(label_name="mail")]
                    ),
                ),
                models.AutomationRuleAddIncidentTaskAction(
                    order=2,
                    action_configuration=models.AddIncidentTaskActionProperties(
                        title="Ask the user", description="Did they click?"
                    ),
                ),
            ],
        )
    )
    client.automation_rules.create_or_update(*where, "raise", rule)
    local = WorkspaceClient(server.url, server.token, server.settings.scope)
    event = {
        "TimeGenerated": "2026-11-02T11:30:00Z",
        "SenderFromAddress": "hr@contoso.example",
        "RecipientEmailAddress": "ana@contoso.com",
    }
    local.send_events("EmailEvents", [event])

    assert local.advance(NOW + timedelta(minutes=5)) == 1

    [incident] = client.incidents.list(*where)
    assert incident.name is not None
    assert incident.properties is not None
    assert incident.properties.severity == "Low"
    [label] = incident.properties.labels or []
    assert (label.label_name, label.label_type) == ("mail", "AutoAssigned")
    [task] = client.incident_tasks.list(*where, incident.name)
    assert task.properties is not None
    assert (task.properties.title, task.properties.status) == ("Ask the user", "New")


def test_metadata_is_not_what_was_written(
    client: SecurityInsightsMgmtClient, where: tuple[str, str]
) -> None:
    name = f"analyticsrule-{RULE}"
    parent = f"/subscriptions/x/providers/Microsoft.SecurityInsights/alertRules/{RULE}"
    properties = models.MetadataProperties(parent_id=parent, kind="AnalyticsRule", version="1.0.0")
    created = client.metadata.create(*where, name, models.MetadataModel(properties=properties))
    assert client.metadata.get(*where, name).as_dict() == created.as_dict()
    assert [item.name for item in client.metadata.list(*where)] == [name]
    client.metadata.delete(*where, name)
    with pytest.raises(ResourceNotFoundError):
        client.metadata.get(*where, name)


def test_another_token_or_workspace_is_let_in(
    server: WorkspaceServer, client: SecurityInsightsMgmtClient, where: tuple[str, str]
) -> None:
    with _client(server, "another") as stranger, pytest.raises(ClientAuthenticationError):
        list(stranger.alert_rules.list(*where))
    with pytest.raises(ResourceNotFoundError) as caught:
        list(client.alert_rules.list(where[0], "another"))
    assert caught.value.error is not None
    assert caught.value.error.code == "ResourceNotFound"
    with pytest.raises(HttpResponseError) as unknown:
        list(client.content_packages.list(*where))
    assert unknown.value.status_code == 501
    assert "content_packages.list" in str(unknown.value)


def test_a_restart_loses_the_rules_or_the_clock(where: tuple[str, str], tmp_path: Path) -> None:
    state = tmp_path / "state.duckdb"
    with start(now=NOW, state=state) as server, _client(server) as client:
        client.alert_rules.create_or_update(*where, RULE, _scheduled())
        written = client.alert_rules.get(*where, RULE).as_dict()
    with start(now=NOW + timedelta(hours=2), state=state) as server, _client(server) as client:
        assert client.alert_rules.get(*where, RULE).as_dict() == written
        assert server.clock() == NOW + timedelta(hours=2)
        local = WorkspaceClient(server.url, server.token)
        assert local.advance(NOW + timedelta(hours=2, minutes=5)) == 1
