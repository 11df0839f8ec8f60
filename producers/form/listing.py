"""The events of a campaign that the pages speak of."""

from collections.abc import Sequence
from typing import Final

from schemas.catalogue import Campaign, Event

_MOST_LISTED: Final = 300
"""Where there are more, people come by the link of theirs."""


def event_of(campaign: Campaign, slug: str | None) -> Event | None:
    """Return the event of that name."""
    return next((event for event in campaign.events if event.event == slug), None)


def listed(campaign: Campaign, chosen: str) -> Sequence[Event]:
    """Return the events to choose from."""
    if len(campaign.events) <= _MOST_LISTED:
        return campaign.events
    return [event for event in campaign.events if event.event == chosen]
