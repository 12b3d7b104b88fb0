"""What is true about a planted campaign: what a defender would give much to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vedette.generate.event import compact, iso


@dataclass(frozen=True, slots=True)
class Campaign:
    """One planted campaign.

    ``verdict``: ``malicious``, or ``misconfigured`` for an honest sender that began to fail.
    ``targets`` got its mail, ``acted`` did something with it (clicked, replied, forwarded, ran).
    ``stages`` names the kinds of evidence that the events hold (see ``kinds.py``). ``start`` and
    ``end`` are the times of its first and last event.
    """

    id: str
    kind: str
    verdict: str
    start: datetime
    end: datetime
    targets: tuple[str, ...]
    acted: tuple[str, ...]
    messages: tuple[str, ...]
    senders: tuple[str, ...]
    addresses: tuple[str, ...]
    hosts: tuple[str, ...]
    stages: tuple[str, ...]
    expect: str

    def line(self) -> str:
        """The campaign as one line of ``truth.jsonl``, without the line's end."""
        return compact(
            {
                "campaign": self.id,
                "kind": self.kind,
                "verdict": self.verdict,
                "start": iso(self.start),
                "end": iso(self.end),
                "targets": self.targets,
                "acted": self.acted,
                "networkMessageIds": self.messages,
                "senders": self.senders,
                "ipAddresses": self.addresses,
                "linkHosts": self.hosts,
                "stages": self.stages,
                "expect": self.expect,
            }
        )
