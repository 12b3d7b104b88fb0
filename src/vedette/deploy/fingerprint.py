"""What a resource is, in one line: equal fingerprints mean equal in every field and row.

The trap: an etag changes with every write, whatever it wrote, so it cannot say whether somebody
changed anything; a fingerprint of the compared form can.
"""

from __future__ import annotations

import hashlib
import json

from vedette.deploy.canonical import canonical, canonical_rows
from vedette.deploy.resource import Body, ResourceKind, Rows

#: The fingerprint of what is not there.
ABSENT = "absent"


def fingerprint_of(kind: ResourceKind, body: Body | None, rows: Rows = ()) -> str:
    """SHA-256 over the canonical fields and rows of a live body or a PUT body; ``ABSENT``."""
    if body is None:
        return ABSENT
    content: list[object] = [sorted(canonical(kind, body).items()), canonical_rows(rows)]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
