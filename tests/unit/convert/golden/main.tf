terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 4.0"
    }
  }
}

variable "log_analytics_workspace_id" {
  description = "The resource id of the Log Analytics workspace, which Sentinel is enabled on."
  type        = string
}

resource "azurerm_log_analytics_saved_search" "function_Helper" {
  name                       = "6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c08"
  log_analytics_workspace_id = var.log_analytics_workspace_id
  category                   = "Functions"
  display_name               = "A helper"
  function_alias             = "Helper"
  function_parameters        = ["lookback:timespan = 1d"]
  tags                       = { "description" = "It helps." }
  query = chomp(<<EOT
SigninLogs
| where TimeGenerated > ago(lookback)
EOT
  )
}

resource "azurerm_sentinel_watchlist" "watchlist_Senders" {
  name                       = "Senders"
  log_analytics_workspace_id = var.log_analytics_workspace_id
  display_name               = "Known senders"
  description                = "Who may fail."
  item_search_key            = "Sender"
}

resource "azurerm_sentinel_watchlist_item" "watchlist_Senders_f03c74d9-5309-5e0d-9105-2e5b05a14d86" {
  name         = "f03c74d9-5309-5e0d-9105-2e5b05a14d86"
  watchlist_id = azurerm_sentinel_watchlist.watchlist_Senders.id
  properties   = { "Sender" = "a.example", "Owner" = "x, \"y\"" }
}

resource "azurerm_sentinel_watchlist_item" "watchlist_Senders_03c6c002-1d15-5e73-9ffe-632c392974fd" {
  name         = "03c6c002-1d15-5e73-9ffe-632c392974fd"
  watchlist_id = azurerm_sentinel_watchlist.watchlist_Senders.id
  properties   = { "Sender" = "b.example" }
}

resource "azurerm_sentinel_alert_rule_nrt" "rule_near_real_time" {
  name                       = "6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c06"
  log_analytics_workspace_id = var.log_analytics_workspace_id
  display_name               = "Near real time"
  description                = "Something happened."
  severity                   = "High"
  enabled                    = true
  suppression_enabled        = false
  suppression_duration       = "PT5H"
  query = chomp(<<EOT
SigninLogs
| where ResultType == "0"
EOT
  )

  event_grouping {
    aggregation_method = "SingleAlert"
  }

  incident {
    create_incident_enabled = true

    grouping {
      enabled                 = false
      lookback_duration       = "PT5H"
      reopen_closed_incidents = false
      entity_matching_method  = "AllEntities"
    }
  }
}

resource "azurerm_sentinel_alert_rule_scheduled" "rule_click_on_a_link" {
  name                       = "6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05"
  log_analytics_workspace_id = var.log_analytics_workspace_id
  display_name               = "Click on a link"
  description = chomp(<<EOT
Somebody clicked
a link.
EOT
  )
  severity                    = "Medium"
  enabled                     = false
  query_frequency             = "PT1H"
  query_period                = "P10D"
  trigger_operator            = "GreaterThan"
  trigger_threshold           = 0
  suppression_enabled         = true
  suppression_duration        = "PT2H"
  tactics                     = ["InitialAccess", "Execution"]
  techniques                  = ["T1566", "T1204"]
  custom_details              = { "Sender" = "SenderFromAddress", "Link" = "Url" }
  alert_rule_template_guid    = "0f9b3f3a-7c5e-4f0e-9a53-2f6f9a3f5b1e"
  alert_rule_template_version = "1.2.3"
  depends_on                  = [azurerm_sentinel_watchlist.watchlist_Senders]
  query = chomp(<<EOT
EmailEvents
| where Subject has 'invoice' and "$${x}" != '%%{y}'
EOT
  )

  event_grouping {
    aggregation_method = "AlertPerResult"
  }

  entity_mapping {
    entity_type = "Account"

    field_mapping {
      identifier  = "Name"
      column_name = "AccountName"
    }

    field_mapping {
      identifier  = "UPNSuffix"
      column_name = "AccountUPNSuffix"
    }
  }

  entity_mapping {
    entity_type = "IP"

    field_mapping {
      identifier  = "Address"
      column_name = "IPAddress"
    }
  }

  sentinel_entity_mapping {
    column_name = "Entities"
  }

  alert_details_override {
    display_name_format  = "{{Sender}} sent a link"
    description_format   = "See {{Url}}"
    severity_column_name = "AlertSeverity"
    tactics_column_name  = "AlertTactics"

    dynamic_property {
      name  = "AlertLink"
      value = "Url"
    }
  }

  incident {
    create_incident_enabled = true

    grouping {
      enabled                 = true
      lookback_duration       = "P1D"
      reopen_closed_incidents = false
      entity_matching_method  = "Selected"
      by_entities             = ["Account"]
      by_alert_details        = ["Severity"]
      by_custom_details       = ["Sender"]
    }
  }
}

resource "azurerm_log_analytics_saved_search" "query_look_around" {
  name                       = "6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c07"
  log_analytics_workspace_id = var.log_analytics_workspace_id
  category                   = "Hunting Queries"
  display_name               = "Look around"
  tags                       = { "description" = "For a person to look at.", "tactics" = "Discovery", "techniques" = "T1087" }
  depends_on                 = [azurerm_log_analytics_saved_search.function_Helper]
  query                      = "Helper(1d)"
}
