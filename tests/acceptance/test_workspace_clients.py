"""What breaks when unchanged clients of Azure talk to a workspace over https, as to Azure."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID, uuid4

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.loganalytics import LogAnalyticsManagementClient
from azure.mgmt.loganalytics.models import SavedSearch, SavedSearchProperties, Tag
from azure.mgmt.securityinsight import SecurityInsightsMgmtClient, models
from azure.monitor.ingestion import LogsIngestionClient
from azure.monitor.query import (
    LogsBatchQuery,
    LogsQueryClient,
    LogsQueryError,
    LogsQueryPartialResult,
    LogsQueryResult,
)

from vedette.deploy.resource import Collection
from vedette.deploy.sign_in import sign_in
from vedette.deploy.transport import ArmWorkspace
from vedette.errors import ServiceError, UsageError
from vedette.model.document import Document
from vedette.model.environment import Environment
from vedette.model.product import Product
from vedette.schema.catalogue import stock_tables
from vedette.workspace.authority import CERTIFICATE, KEY, client_context, server_context
from vedette.workspace.client import WorkspaceClient
from vedette.workspace.server import WorkspaceServer, make_token, start
from vedette.workspace.settings import Settings

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
RULE = "6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05"
MAIL = {
    "TimeGenerated": "2026-11-02T11:30:00Z",
    "NetworkMessageId": "8f1c2c50-0000-4000-8000-000000000001",
    "SenderFromAddress": "hr@contoso.example",
    "RecipientEmailAddress": "ana@contoso.com",
    "Subject": "Payslip",
}


@dataclass
class TokenCredential:
    """What a real credential does: it gives a token, which the SDK's own policy sends."""

    token: str

    def get_token(self, *scopes: str, **options: object) -> AccessToken:
        # Real time: the SDK asks anew for a token that is over.
        return AccessToken(self.token, int(datetime.now(UTC).timestamp()) + 3600)


@dataclass
class World:
    """The workspace, its authority's certificate, and what every client is made with."""

    server: WorkspaceServer
    authority: Path

    @property
    def credential(self) -> TokenCredential:
        return TokenCredential(self.server.token)

    @property
    def where(self) -> tuple[str, str]:
        scope = self.server.settings.scope
        return scope.resource_group, scope.workspace

    @contextmanager
    def sentinel(self) -> Iterator[SecurityInsightsMgmtClient]:
        scope = self.server.settings.scope
        with SecurityInsightsMgmtClient(
            self.credential,
            scope.subscription,
            base_url=self.server.url,
            credential_scopes=["https://management.azure.com/.default"],
            connection_verify=str(self.authority),
            polling_interval=0,
            retry_total=0,
        ) as client:
            yield client

    @contextmanager
    def logs(self) -> Iterator[LogsQueryClient]:
        with LogsQueryClient(
            self.credential,
            endpoint=self.server.url,
            connection_verify=str(self.authority),
            retry_total=0,
        ) as client:
            yield client

    @property
    def id(self) -> str:
        return str(self.server.settings.scope.customer_id)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One workspace for all tests here, with the stock tables, a mail and a rule that ran."""
    folder = tmp_path_factory.mktemp("tls")
    settings = Settings(
        token=make_token(),
        tables=stock_tables(),
        defender_tables=stock_tables(Product.DEFENDER),
        max_rows=100,
    )
    # Certificates are of real time, whatever time it is in the workspace.
    context = server_context(folder, datetime.now(UTC))
    with start(now=NOW, settings=settings, tls=context) as server:
        world = World(server, folder / CERTIFICATE)
        local = WorkspaceClient(
            server.url, server.token, trust=client_context(folder / CERTIFICATE)
        )
        with world.sentinel() as client:
            client.alert_rules.create_or_update(*world.where, RULE, _rule())
        local.send_events("EmailEvents", [MAIL])
        local.advance(NOW + timedelta(minutes=10))
        yield world


def _rule() -> models.ScheduledAlertRule:
    properties = models.ScheduledAlertRuleProperties(
        display_name="Mail from outside",
        severity="High",
        enabled=True,
        query="EmailEvents",
        query_frequency=timedelta(hours=1),
        query_period=timedelta(hours=2),
        trigger_operator="GreaterThan",
        trigger_threshold=0,
        suppression_enabled=False,
        suppression_duration=timedelta(hours=5),
    )
    rule = models.ScheduledAlertRule(properties=properties)
    rule["kind"] = "Scheduled"
    return rule


def test_a_query_of_the_sdk_has_other_values(world: World) -> None:
    with world.logs() as client:
        result = client.query_workspace(
            world.id,
            "EmailEvents | project TimeGenerated, Subject, UrlCount, t = 90m, d = dynamic([1])",
            timespan=(NOW - timedelta(hours=1), NOW),
            include_statistics=True,
            include_visualization=True,
            server_timeout=30,
        )
    assert isinstance(result, LogsQueryResult)
    [row] = result.tables[0].rows
    assert row["TimeGenerated"] == NOW - timedelta(minutes=30)
    assert (row["Subject"], row["UrlCount"]) == ("Payslip", None)
    assert (row["t"], row["d"]) == ("01:30:00", "[1]")
    assert result.statistics is not None
    assert result.statistics["query"]["executionTime"] > 0
    assert result.visualization is not None
    assert result.visualization["visualization"] is None


def test_a_resource_is_queried_otherwise(world: World) -> None:
    with world.logs() as client:
        result = client.query_resource(
            world.server.settings.scope.path,
            "EmailEvents | count",
            timespan=timedelta(hours=2),
            additional_workspaces=[world.id],
        )
    assert isinstance(result, LogsQueryResult)
    assert result.tables[0].rows[0]["Count"] == 1


def test_errors_of_the_sdk_are_other_ones(world: World) -> None:
    with world.logs() as client:
        partial = client.query_workspace(world.id, "range x from 1 to 200 step 1", timespan=None)
        assert isinstance(partial, LogsQueryPartialResult)
        assert len(partial.partial_data[0].rows) == 100
        assert "E_QUERY_RESULT_SET_TOO_LARGE" in str(partial.partial_error)
        with pytest.raises(HttpResponseError) as fatal:
            client.query_workspace(world.id, "Nowhere | take 1", timespan=None)
        assert fatal.value.status_code == 400
        assert "Failed to resolve table" in str(fatal.value)
        with pytest.raises(HttpResponseError) as unknown:
            client.query_workspace(str(uuid4()), "print 1", timespan=None)
        assert unknown.value.status_code == 404


def test_a_batch_of_the_sdk_is_in_another_order(world: World) -> None:
    texts = ("print n = 1", "Nowhere", "range x from 1 to 200 step 1", "EmailEvents | count")
    with world.logs() as client:
        results = client.query_batch(
            [LogsBatchQuery(workspace_id=world.id, query=text, timespan=None) for text in texts]
        )
    assert [type(result) for result in results] == [
        LogsQueryResult,
        LogsQueryError,
        LogsQueryPartialResult,
        LogsQueryResult,
    ]


def test_the_workspaces_own_life_cannot_be_queried(world: World) -> None:
    query = (
        "SentinelHealth | where SentinelResourceType == 'Analytics Rule'"
        " | join kind=inner (SecurityAlert | extend Rule = AlertName)"
        " on $left.SentinelResourceName == $right.Rule"
        " | project Status, AlertSeverity, Reason"
    )
    with world.logs() as client:
        result = client.query_workspace(world.id, query, timespan=timedelta(days=1))
    assert isinstance(result, LogsQueryResult)
    assert [list(row) for row in result.tables[0].rows] == [["Success", "High", ""]]


def test_events_of_the_ingestion_client_are_lost(world: World) -> None:
    events: list[MutableMapping[str, Any]] = [
        {"TimeGenerated": "2026-11-02T11:00:00Z", "UserPrincipalName": f"user{number}@contoso.com"}
        for number in range(3_000)
    ]
    failed: list[object] = []
    with LogsIngestionClient(
        endpoint=world.server.url,
        credential=world.credential,
        connection_verify=str(world.authority),
        retry_total=0,
    ) as client:
        client.upload(
            rule_id="dcr-local",
            stream_name="Microsoft-SigninLogs",
            logs=events,
            on_error=failed.append,
        )
        client.upload(
            rule_id="dcr-local",
            stream_name="Custom-Nowhere_CL",
            logs=events[:1],
            on_error=failed.append,
        )
    assert len(failed) == 1
    with world.logs() as logs:
        result = logs.query_workspace(
            world.id, "SigninLogs | summarize dcount(UserPrincipalName, 4), count()", timespan=None
        )
    assert isinstance(result, LogsQueryResult)
    assert result.tables[0].rows[0]["count_"] == 3_000


def test_saved_searches_of_the_log_analytics_client_are_lost(world: World) -> None:
    scope = world.server.settings.scope
    with LogAnalyticsManagementClient(
        world.credential,
        scope.subscription,
        base_url=world.server.url,
        credential_scopes=["https://management.azure.com/.default"],
        connection_verify=str(world.authority),
        retry_total=0,
    ) as client:
        properties = SavedSearchProperties(
            category="Functions",
            display_name="Outside",
            query="EmailEvents | where SenderFromAddress !endswith '@contoso.com'",
            function_alias="Outside",
            version=2,
            tags=[Tag(name="description", value="Mail from outside")],
        )
        made = client.saved_searches.create_or_update(
            *world.where, "outside", SavedSearch(properties=properties)
        )
        assert client.saved_searches.get(*world.where, "outside").as_dict() == made.as_dict()
        listed = client.saved_searches.list_by_workspace(*world.where).value or []
        assert [one.name for one in listed] == ["outside"]
        with world.logs() as logs:
            result = logs.query_workspace(world.id, "Outside | count", timespan=None)
        assert isinstance(result, LogsQueryResult)
        assert result.tables[0].rows[0]["Count"] == 1
        client.saved_searches.delete(*world.where, "outside")
        with pytest.raises(ResourceNotFoundError):
            client.saved_searches.get(*world.where, "outside")
        here = client.workspaces.get(*world.where)
        assert here.properties is not None
        assert here.properties.customer_id == world.id


def test_incident_work_of_the_sdk_is_lost(world: World) -> None:
    with world.sentinel() as client:
        [incident] = client.incidents.list(*world.where)
        name = str(incident.name)
        task = models.IncidentTask(
            properties=models.IncidentTaskProperties(title="Call ana", status="New")
        )
        made = client.incident_tasks.create_or_update(*world.where, name, "t1", task)
        assert client.incident_tasks.get(*world.where, name, "t1").as_dict() == made.as_dict()
        bookmark = models.Bookmark(
            properties=models.BookmarkProperties(display_name="Odd", query="EmailEvents")
        )
        kept = client.bookmarks.create_or_update(*world.where, "b1", bookmark)
        relation = models.Relation(
            properties=models.RelationProperties(related_resource_id=str(kept.id))
        )
        client.incident_relations.create_or_update(*world.where, name, "r1", relation)
        found = client.incidents.list_bookmarks(*world.where, name).value
        assert [one.name for one in found] == ["b1"]
        assert [one.name for one in client.incident_relations.list(*world.where, name)] == ["r1"]
        comment = models.IncidentComment(
            properties=models.IncidentCommentProperties(message="Looks bad")
        )
        client.incident_comments.create_or_update(*world.where, name, "c1", comment)
        shown = client.incidents.get(*world.where, name)
        assert shown.properties is not None
        assert shown.properties.additional_data is not None
        assert shown.properties.additional_data.bookmarks_count == 1
        assert shown.properties.additional_data.comments_count == 1


def test_automation_and_actions_of_the_sdk_are_lost(world: World) -> None:
    with world.sentinel() as client:
        rule = models.AutomationRule(
            properties=models.AutomationRuleProperties(
                display_name="Low for the lab",
                order=1,
                triggering_logic=models.AutomationRuleTriggeringLogic(
                    is_enabled=True,
                    triggers_on="Incidents",
                    triggers_when="Created",
                    conditions=[
                        models.PropertyConditionProperties(
                            condition_properties=models.AutomationRulePropertyValuesCondition(
                                property_name="IncidentTitle",
                                operator="Contains",
                                property_values=["lab"],
                            )
                        )
                    ],
                ),
                actions=[
                    models.AutomationRuleModifyPropertiesAction(
                        order=1,
                        action_configuration=models.IncidentPropertiesAction(severity="Low"),
                    )
                ],
            )
        )
        made = client.automation_rules.create_or_update(*world.where, "lab", rule)
        assert client.automation_rules.get(*world.where, "lab").as_dict() == made.as_dict()
        assert made.properties is not None
        assert isinstance(made.properties.actions[0], models.AutomationRuleModifyPropertiesAction)
        address = "https://prod.example.net/workflows/w1/triggers/manual/paths/invoke"
        action = models.ActionRequest(
            properties=models.ActionRequestProperties(
                logic_app_resource_id="/subscriptions/x/workflows/y", trigger_uri=address
            )
        )
        stored = client.actions.create_or_update(*world.where, RULE, "a1", action)
        assert stored.properties is not None
        assert stored.properties.workflow_id == "w1"
        assert list(client.alert_rule_templates.list(*world.where)) == []
        trigger = models.AnalyticsRuleRunTrigger(
            properties=models.AnalyticsRuleRunTriggerProperties(execution_time_utc=NOW)
        )
        client.alert_rule.begin_trigger_rule_run(*world.where, RULE, trigger).wait()
        runs = list(client.get_triggered_analytics_rule_runs.list(*world.where))
        assert [run.properties.rule_id for run in runs] == [RULE]


def test_a_deployment_over_https_needs_an_exception(world: World, tmp_path: Path) -> None:
    scope = world.server.settings.scope
    environment = Environment(
        name="local",
        tenant=uuid4(),
        subscription=UUID(scope.subscription),
        resource_group=scope.resource_group,
        workspace=scope.workspace,
        endpoint=world.server.url,
        source=Document(PurePosixPath("environments/local.yaml"), "", {}, {(): (1, 1)}, {}),
    )
    variables = {"VEDETTE_TOKEN": world.server.token, "VEDETTE_CA": str(world.authority)}
    with ArmWorkspace(environment, sign_in(environment, variables)) as workspace:
        assert [rule["name"] for rule in workspace.list(Collection.RULES)] == [RULE]
    with pytest.raises(UsageError, match="no token is sent to"):
        sign_in(environment, {"VEDETTE_TOKEN": world.server.token})
    server_context(tmp_path, datetime.now(UTC))
    stranger = variables | {"VEDETTE_CA": str(tmp_path / CERTIFICATE)}
    with (
        ArmWorkspace(environment, sign_in(environment, stranger)) as workspace,
        pytest.raises(ServiceError),
    ):
        list(workspace.list(Collection.RULES))


def test_a_client_trusts_somebody_else(world: World, tmp_path: Path) -> None:
    other = server_context(tmp_path, datetime.now(UTC))
    assert other.minimum_version == ssl.TLSVersion.TLSv1_2
    for trust in (None, client_context(tmp_path / CERTIFICATE)):
        stranger = WorkspaceClient(world.server.url, world.server.token, trust=trust)
        with pytest.raises(ServiceError, match="SSLCertVerificationError"):
            stranger.clock()


def test_a_client_that_says_nothing_keeps_the_others_out(world: World) -> None:
    host, port = world.server.url.removeprefix("https://").split(":")
    with (
        socket.create_connection((host, int(port)), timeout=10) as silent,
        socket.create_connection((host, int(port)), timeout=10) as noise,
    ):
        noise.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with world.logs() as client:
            result = client.query_workspace(world.id, "print 1", timespan=None)
        assert isinstance(result, LogsQueryResult)
        silent.close()


def test_an_authority_is_made_anew_or_read_by_others(tmp_path: Path) -> None:
    server_context(tmp_path, datetime.now(UTC))
    first = (tmp_path / CERTIFICATE).read_bytes()
    server_context(tmp_path, datetime.now(UTC))
    assert (tmp_path / CERTIFICATE).read_bytes() == first
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted((CERTIFICATE, KEY))
    if os.name == "posix":
        assert (tmp_path / KEY).stat().st_mode & 0o077 == 0
    server_context(tmp_path, datetime.now(UTC) + timedelta(days=800))
    assert (tmp_path / CERTIFICATE).read_bytes() != first
    (tmp_path / KEY).write_bytes(b"nonsense")
    with pytest.raises(UsageError, match="cannot hold a certificate authority"):
        server_context(tmp_path, datetime.now(UTC))
    with pytest.raises(UsageError, match="no certificate"):
        client_context(tmp_path / KEY)
