"""Which campaigns begin on which day.

The trap: rules learn what is usual from the days before. In a long mailbox the first week holds no
campaign, so that there is something to learn from.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from vedette.generate.campaigns.kinds import KINDS, Kind
from vedette.generate.campaigns.story import Story
from vedette.generate.campaigns.truth import Campaign
from vedette.generate.event import Event
from vedette.generate.organisation import Organisation
from vedette.generate.stream import stream

#: Days without campaigns, at most: a third of a short mailbox.
WARM_UP = 7
#: Campaigns a day after that; a short mailbox has more, since each kind occurs at least once.
A_DAY = 1.5


def campaigns_on(seed: int, days: int, index: int) -> Iterator[tuple[int, Kind]]:
    """Number and kind of the campaigns that begin on day ``index`` of ``days``."""
    quiet = min(WARM_UP, days // 3)
    total = max(len(KINDS), int((days - quiet) * A_DAY))
    span = days - quiet
    # They are spread evenly: campaign n begins n * span / total days after the quiet ones.
    first, end = (-(-(index - quiet + more) * total // span) for more in (0, 1))
    for number in range(max(first, 0), max(end, 0)):
        turn, place = divmod(number, len(KINDS))
        order = list(range(len(KINDS)))
        stream(seed, "kinds", turn).shuffle(order)
        yield number, KINDS[order[place]]


def plant(
    organisation: Organisation, seed: int, number: int, kind: Kind, day: datetime
) -> tuple[Campaign, list[Event]]:
    """Tell the campaign on ``day`` (midnight UTC): the truth about it, and its events."""
    story = Story(organisation, stream(seed, "campaign", number), day)
    kind.tell(story)
    sent = story.messages
    inbound = [message for message in sent if message.direction == "Inbound"]
    times = [each.time for each in story.events]
    campaign = Campaign(
        id=f"c{number:04}",
        kind=kind.name,
        verdict=kind.verdict,
        start=min(times),
        end=max(times),
        targets=tuple(dict.fromkeys(to for message in inbound for to in message.recipients)),
        acted=tuple(story.acted),
        messages=tuple(message.id for message in sent),
        senders=tuple(dict.fromkeys(message.sender.address for message in inbound)),
        addresses=story.addresses(),
        hosts=story.hosts(),
        stages=kind.stages,
        expect=kind.expect,
    )
    return campaign, story.events
