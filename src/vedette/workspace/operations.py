"""Every operation of the workspace: method, path below the workspace's resource id, handler."""

from __future__ import annotations

from vedette.workspace import (
    alert_rule_templates,
    alert_rules,
    control,
    data_connectors,
    incident_comments,
    incidents,
    ingestion,
    metadata,
    onboarding,
    rule_trigger,
    saved_searches,
    tables,
    watchlist_items,
    watchlists,
)
from vedette.workspace.automation_rules import AUTOMATION_RULES
from vedette.workspace.bookmarks import (
    BOOKMARK_RELATIONS,
    BOOKMARKS,
    INCIDENT_RELATIONS,
    list_incident_bookmarks,
)
from vedette.workspace.graph import detection_rules, hunting
from vedette.workspace.incident_tasks import TASKS
from vedette.workspace.logs import batch, query
from vedette.workspace.logs import metadata as logs_metadata
from vedette.workspace.permissions import list_permissions
from vedette.workspace.routing import Route
from vedette.workspace.rule_actions import ACTIONS

_INSIGHTS = "providers/Microsoft.SecurityInsights"
_RULES = f"{_INSIGHTS}/alertRules"
_WATCHLISTS = f"{_INSIGHTS}/watchlists"
_ITEMS = f"{_WATCHLISTS}/{{}}/watchlistItems"
_INCIDENTS = f"{_INSIGHTS}/incidents"
_COMMENTS = f"{_INCIDENTS}/{{}}/comments"
_METADATA = f"{_INSIGHTS}/metadata"
_CONNECTORS = f"{_INSIGHTS}/dataConnectors"

_TRIGGERED = f"{_INSIGHTS}/triggeredAnalyticsRuleRuns"
_TEMPLATES = f"{_INSIGHTS}/alertRuleTemplates"
_ONBOARDING = f"{_INSIGHTS}/onboardingStates"

#: Below ``…/Microsoft.OperationalInsights/workspaces/{workspace}``.
ARM_ROUTES = (
    Route("GET", _RULES, alert_rules.list_rules),
    Route("GET", f"{_RULES}/{{}}", alert_rules.get_rule),
    Route("PUT", f"{_RULES}/{{}}", alert_rules.put_rule),
    Route("DELETE", f"{_RULES}/{{}}", alert_rules.delete_rule),
    Route("GET", "tables", tables.list_tables),
    Route("GET", "savedSearches", saved_searches.list_searches),
    Route("GET", "savedSearches/{}", saved_searches.get_search),
    Route("PUT", "savedSearches/{}", saved_searches.put_search),
    Route("DELETE", "savedSearches/{}", saved_searches.delete_search),
    Route("GET", _WATCHLISTS, watchlists.list_watchlists),
    Route("GET", f"{_WATCHLISTS}/{{}}", watchlists.get_watchlist),
    Route("PUT", f"{_WATCHLISTS}/{{}}", watchlists.put_watchlist),
    Route("DELETE", f"{_WATCHLISTS}/{{}}", watchlists.delete_watchlist),
    Route("GET", _ITEMS, watchlist_items.list_items),
    Route("GET", f"{_ITEMS}/{{}}", watchlist_items.get_item),
    Route("PUT", f"{_ITEMS}/{{}}", watchlist_items.put_item),
    Route("DELETE", f"{_ITEMS}/{{}}", watchlist_items.delete_item),
    Route("GET", _INCIDENTS, incidents.list_incidents),
    Route("GET", f"{_INCIDENTS}/{{}}", incidents.get_incident),
    Route("PUT", f"{_INCIDENTS}/{{}}", incidents.put_incident),
    Route("POST", f"{_INCIDENTS}/{{}}/alerts", incidents.list_alerts),
    Route("POST", f"{_INCIDENTS}/{{}}/entities", incidents.list_entities),
    Route("POST", f"{_INCIDENTS}/{{}}/bookmarks", list_incident_bookmarks),
    Route("GET", _CONNECTORS, data_connectors.list_connectors),
    Route("GET", f"{_CONNECTORS}/{{}}", data_connectors.get_connector),
    Route("PUT", f"{_CONNECTORS}/{{}}", data_connectors.put_connector),
    Route("DELETE", f"{_CONNECTORS}/{{}}", data_connectors.delete_connector),
    Route("GET", _COMMENTS, incident_comments.list_comments),
    Route("GET", f"{_COMMENTS}/{{}}", incident_comments.get_comment),
    Route("PUT", f"{_COMMENTS}/{{}}", incident_comments.put_comment),
    Route("DELETE", f"{_COMMENTS}/{{}}", incident_comments.delete_comment),
    Route("GET", _METADATA, metadata.list_metadata),
    Route("GET", f"{_METADATA}/{{}}", metadata.get_metadata),
    Route("PUT", f"{_METADATA}/{{}}", metadata.put_metadata),
    Route("DELETE", f"{_INCIDENTS}/{{}}", incidents.delete_incident),
    Route("POST", f"{_INCIDENTS}/{{}}/runPlaybook", incidents.run_playbook),
    Route("POST", f"{_RULES}/{{}}/triggerRuleRun", rule_trigger.trigger_run),
    Route("GET", _TRIGGERED, rule_trigger.list_runs),
    Route("GET", f"{_TRIGGERED}/{{}}", rule_trigger.get_run),
    Route("GET", _TEMPLATES, alert_rule_templates.list_templates),
    Route("GET", f"{_TEMPLATES}/{{}}", alert_rule_templates.get_template),
    Route("GET", _ONBOARDING, onboarding.list_states),
    Route("GET", f"{_ONBOARDING}/{{}}", onboarding.get_state),
    Route("GET", "", onboarding.get_workspace),
    Route("GET", "providers/Microsoft.Authorization/permissions", list_permissions),
    *ACTIONS.routes(),
    *AUTOMATION_RULES.routes(),
    *BOOKMARKS.routes(),
    *BOOKMARK_RELATIONS.routes(),
    *INCIDENT_RELATIONS.routes(),
    *TASKS.routes(),
    Route("PATCH", f"{_METADATA}/{{}}", metadata.patch_metadata),
    Route("DELETE", f"{_METADATA}/{{}}", metadata.delete_metadata),
)

_LOGS = "v1/workspaces/{}"
#: A resource of the workspace's own kind, by its id.
_RESOURCE = "v1/subscriptions/{}/resourceGroups/{}/providers/{}/workspaces/{}"

#: The Logs query API, which has a host of its own in Azure.
LOGS_ROUTES = (
    Route("POST", f"{_LOGS}/query", query.post_query),
    Route("GET", f"{_LOGS}/query", query.get_query),
    Route("GET", f"{_LOGS}/metadata", logs_metadata.get_metadata),
    Route("POST", f"{_LOGS}/metadata", logs_metadata.get_metadata),
    Route("POST", "v1/$batch", batch.post_batch),
    Route("POST", f"{_RESOURCE}/query", query.post_resource_query),
    Route("GET", f"{_RESOURCE}/query", query.get_resource_query),
)

_DETECTIONS = "security/rules/detectionRules"

#: Microsoft Graph, below its version.
GRAPH_ROUTES = (
    Route("GET", _DETECTIONS, detection_rules.list_rules),
    Route("POST", _DETECTIONS, detection_rules.post_rule),
    Route("GET", f"{_DETECTIONS}/{{}}", detection_rules.get_rule),
    Route("PATCH", f"{_DETECTIONS}/{{}}", detection_rules.patch_rule),
    Route("DELETE", f"{_DETECTIONS}/{{}}", detection_rules.delete_rule),
    Route("POST", "security/runHuntingQuery", hunting.run_hunting_query),
    # Graph calls its actions by their full names, too.
    Route("POST", "security/microsoft.graph.security.runHuntingQuery", hunting.run_hunting_query),
)

#: The Logs ingestion API, which has a host of its own in Azure.
INGESTION_ROUTES = (Route("POST", "dataCollectionRules/{}/streams/{}", ingestion.post_events),)

#: What only the local workspace has.
CONTROL_ROUTES = (
    Route("GET", "_vedette/clock", control.get_clock),
    Route("POST", "_vedette/clock", control.set_clock),
    Route("POST", "_vedette/reset", control.reset),
    Route("GET", "_vedette/runs", control.list_runs),
    Route("GET", "_vedette/events", control.count_events),
    Route("GET", "_vedette/playbooks", control.list_playbooks),
)
