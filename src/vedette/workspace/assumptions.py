"""What the local workspace assumes about the service where nobody has published how it behaves.

Each constant is used in one place and named in ``docs/fidelity.md``; where an assumption could be
made either way, the stricter one stands, so that a client which passes here passes there too.
"""

from __future__ import annotations

from datetime import timedelta

#: How long a deleted rule's id is refused. "About a day" is one operator's experience.
TOMBSTONE = timedelta(hours=24)

#: Items in one page of a list. The service's own page sizes are not documented.
PAGE_SIZE = 50

#: The most incidents that one list call returns (sentinel-service-limits).
MAX_INCIDENTS_PER_CALL = 1000

#: Properties that the service does not know are dropped, not echoed: whoever reads back what was
#: written notices a misspelt optional property. Refusing them is the other way it could be.
DROP_UNKNOWN_PROPERTIES = True

#: Enumeration values are compared with case, as the template validator does.
ENUMERATIONS_HAVE_CASE = True

#: A rule that is written with ``enabled: false`` keeps its model checks and its syntax check but
#: may name tables and columns that do not exist: deployment tools rely on it (write the rule
#: disabled, enable it later), nobody documents it.
DISABLED_RULES_SKIP_SEMANTICS = True

#: An etag sent for a rule that does not exist is ignored and the rule is created.
ETAG_OF_MISSING_RULE_IS_IGNORED = True

#: The kind of an existing rule cannot be changed.
KIND_IS_FIXED = True

#: Closing an incident needs a classification, and the classification needs one of its own reasons.
CLOSING_NEEDS_CLASSIFICATION = True

#: Which reasons go with which classification; the pairing follows the portal's own combined labels.
CLASSIFICATION_REASONS = {
    "Undetermined": frozenset[str](),
    "TruePositive": frozenset({"SuspiciousActivity"}),
    "BenignPositive": frozenset({"SuspiciousButExpected"}),
    "FalsePositive": frozenset({"IncorrectAlertLogic", "InaccurateData"}),
}

#: An update that changes a rule's frequency, or that enables it, starts its schedule anew at the
#: time of the update; any other update leaves the next run where it was.
UPDATE_RESTARTS_SCHEDULE_ON = ("queryFrequency", "enabled")
