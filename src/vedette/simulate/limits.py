"""The documented limits of what a rule's run makes (sentinel-service-limits, 2025-03)."""

from __future__ import annotations

#: Alerts of one run with an alert for each row: the last one summarises all rows
#: (scheduled-rules-overview; near-real-time-rules).
MAX_ALERTS = 150
MAX_NRT_ALERTS = 30

#: Entities of one alert, divided equally among the rule's mappings, and their cumulative size.
MAX_ENTITIES = 500
MAX_ENTITY_BYTES = 64 * 1024

#: Values of each custom detail, and the cumulative size of all in an alert.
MAX_DETAIL_VALUES = 50
MAX_DETAIL_BYTES = 2 * 1024

#: Values of a field that a column overrides; bytes of a name and of other single values; bytes of
#: a description and of collections.
MAX_FIELD_VALUES = 50
MAX_NAME_BYTES = 256
MAX_DESCRIPTION_BYTES = 5 * 1024

#: Alerts of one incident; further ones open a new incident with the same details.
MAX_INCIDENT_ALERTS = 150
