"""Every number and pattern that the service holds a detection to, with its source.

The trap: a limit that is written twice drifts apart. The JSON Schema and the loader both read
these. ``AS:val`` is the template validation of the Azure-Sentinel repository, ``MD`` Microsoft's
documentation; what rests on neither stands in ``assumptions.py``.
"""

from __future__ import annotations

from datetime import timedelta

# AS:val AnalyticsTemplateInternalModelBase.
NAME_LENGTH = 256
DESCRIPTION_LENGTH = 5000
VERSION_LENGTH = 20
VERSION_PATTERN = r"^[0-9]+\.[0-9]+\.[0-9]+$"

# AS:val QueryBasedTemplateInternalModel.
QUERY_LENGTH = 10_000

# AS:val RangeTimeSpanIsoFormat, for queryFrequency and queryPeriod.
SHORTEST_SCHEDULE = timedelta(minutes=5)
LONGEST_SCHEDULE = timedelta(days=14)

# AS:val FrequencyLimitationForLongPeriodQuery: at exactly two days it already holds.
LONG_PERIOD = timedelta(days=2)
LONG_PERIOD_FREQUENCY = timedelta(hours=1)

# AS:val Range(0, 10000).
THRESHOLD = 10_000

# MD scheduled-rules-overview.
LONGEST_SUPPRESSION = timedelta(hours=24)

# MD scheduled-rules-overview.
SHORTEST_LOOK_BACK = timedelta(minutes=5)
LONGEST_LOOK_BACK = timedelta(days=7)

# AS:val ValidEntityMappingsAttribute, newest revision (older ones allowed five mappings).
ENTITY_MAPPINGS = 10
FIELD_MAPPINGS = 3

# AS:val: a column of Log Analytics; also for the values of customDetails.
COLUMN_LENGTH = 500
COLUMN_PATTERN = r"^[a-zA-Z_]\w*$"

# AS:val DictionaryLength, DictionaryMaxKeyAndValueLengths, DictionaryKeyMatchesRegex.
CUSTOM_DETAILS = 20
CUSTOM_DETAIL_KEY_LENGTH = 20
CUSTOM_DETAIL_KEY_PATTERN = r"^[a-zA-Z]\w*$"

# AS:val AlertDetailsOverride: occurrences count, not distinct columns.
ALERT_NAME_LENGTH = 256
ALERT_DESCRIPTION_LENGTH = 5000
PLACEHOLDERS = 3
PLACEHOLDER_PATTERN = r"\{\{([^{}]*)\}\}"

#: ``AlertProperty`` of the API.
ALERT_PROPERTIES = (
    "AlertLink",
    "ConfidenceLevel",
    "ConfidenceScore",
    "ExtendedLinks",
    "ProductName",
    "ProviderName",
    "ProductComponentName",
    "RemediationSteps",
    "Techniques",
    "SubTechniques",
)

#: What ``groupByAlertDetails`` may name.
GROUP_BY_ALERT_DETAILS = ("DisplayName", "Severity")

#: The short operators of the community's files → the service's names.
SHORT_OPERATORS = {"gt": "GreaterThan", "lt": "LessThan", "eq": "Equal", "ne": "NotEqual"}

GUID_PATTERN = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
