"""From the query as written to the KQL that the engine's translator runs."""
