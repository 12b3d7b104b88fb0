@description('The name of the Log Analytics workspace.')
param workspace string

resource logAnalytics 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspace
}

resource function_Helper 'Microsoft.OperationalInsights/workspaces/savedSearches@2020-08-01' = {
  parent: logAnalytics
  name: '6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c08'
  etag: '*'
  properties: {
    category: 'Functions'
    displayName: 'A helper'
    query: '''
SigninLogs
| where TimeGenerated > ago(lookback)'''
    functionAlias: 'Helper'
    functionParameters: 'lookback:timespan = 1d'
    version: 2
    tags: [
      {
        name: 'description'
        value: 'It helps.'
      }
    ]
  }
}

resource watchlist_Senders 'Microsoft.SecurityInsights/watchlists@2025-10-01-preview' = {
  scope: logAnalytics
  name: 'Senders'
  properties: {
    displayName: 'Known senders'
    description: 'Who may fail.'
    provider: 'Vedette'
    source: 'Senders.csv'
    sourceType: 'Local'
    itemsSearchKey: 'Sender'
    watchlistAlias: 'Senders'
    contentType: 'text/csv'
    numberOfLinesToSkip: 0
    rawContent: '''
Sender,Owner
a.example,"x, ""y"""
b.example,
'''
  }
}

resource rule_near_real_time 'Microsoft.SecurityInsights/alertRules@2025-10-01-preview' = {
  scope: logAnalytics
  name: '6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c06'
  kind: 'NRT'
  properties: {
    displayName: 'Near real time'
    description: 'Something happened.'
    severity: 'High'
    enabled: true
    query: '''
SigninLogs
| where ResultType == "0"'''
    suppressionEnabled: false
    suppressionDuration: 'PT5H'
    eventGroupingSettings: {
      aggregationKind: 'SingleAlert'
    }
    incidentConfiguration: {
      createIncident: true
      groupingConfiguration: {
        enabled: false
        reopenClosedIncident: false
        lookbackDuration: 'PT5H'
        matchingMethod: 'AllEntities'
      }
    }
  }
}

resource rule_click_on_a_link 'Microsoft.SecurityInsights/alertRules@2025-10-01-preview' = {
  scope: logAnalytics
  name: '6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c05'
  kind: 'Scheduled'
  properties: {
    displayName: 'Click on a link'
    description: '''
Somebody clicked
a link.'''
    severity: 'Medium'
    enabled: false
    query: 'EmailEvents\n| where Subject has \'invoice\' and "\${x}" != \'%{y}\''
    queryFrequency: 'PT1H'
    queryPeriod: 'P10D'
    triggerOperator: 'GreaterThan'
    triggerThreshold: 0
    suppressionEnabled: true
    suppressionDuration: 'PT2H'
    tactics: [
      'InitialAccess'
      'Execution'
    ]
    techniques: [
      'T1566'
      'T1204'
    ]
    subTechniques: [
      'T1566.002'
    ]
    entityMappings: [
      {
        entityType: 'Account'
        fieldMappings: [
          {
            identifier: 'Name'
            columnName: 'AccountName'
          }
          {
            identifier: 'UPNSuffix'
            columnName: 'AccountUPNSuffix'
          }
        ]
      }
      {
        entityType: 'IP'
        fieldMappings: [
          {
            identifier: 'Address'
            columnName: 'IPAddress'
          }
        ]
      }
    ]
    sentinelEntitiesMappings: [
      {
        columnName: 'Entities'
      }
    ]
    customDetails: {
      Sender: 'SenderFromAddress'
      Link: 'Url'
    }
    alertDetailsOverride: {
      alertDisplayNameFormat: '{{Sender}} sent a link'
      alertDescriptionFormat: 'See {{Url}}'
      alertTacticsColumnName: 'AlertTactics'
      alertSeverityColumnName: 'AlertSeverity'
      alertDynamicProperties: [
        {
          alertProperty: 'AlertLink'
          value: 'Url'
        }
      ]
    }
    eventGroupingSettings: {
      aggregationKind: 'AlertPerResult'
    }
    incidentConfiguration: {
      createIncident: true
      groupingConfiguration: {
        enabled: true
        reopenClosedIncident: false
        lookbackDuration: 'P1D'
        matchingMethod: 'Selected'
        groupByEntities: [
          'Account'
        ]
        groupByAlertDetails: [
          'Severity'
        ]
        groupByCustomDetails: [
          'Sender'
        ]
      }
    }
    alertRuleTemplateName: '0f9b3f3a-7c5e-4f0e-9a53-2f6f9a3f5b1e'
    templateVersion: '1.2.3'
  }
  dependsOn: [
    watchlist_Senders
  ]
}

resource query_look_around 'Microsoft.OperationalInsights/workspaces/savedSearches@2020-08-01' = {
  parent: logAnalytics
  name: '6a2f4d0e-1c7b-4c39-9e46-8d5b0f3a2c07'
  etag: '*'
  properties: {
    category: 'Hunting Queries'
    displayName: 'Look around'
    query: 'Helper(1d)'
    version: 2
    tags: [
      {
        name: 'description'
        value: 'For a person to look at.'
      }
      {
        name: 'tactics'
        value: 'Discovery'
      }
      {
        name: 'techniques'
        value: 'T1087'
      }
    ]
  }
  dependsOn: [
    function_Helper
  ]
}
