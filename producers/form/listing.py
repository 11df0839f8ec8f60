"""The events of a campaign that the pages speak of: those of its file, and those that organisers have registered."""

from datetime import date
from typing import Final

from producers.known_events import KnownEvents
from schemas.catalogue import Event
from schemas.event import RegisteredEvent

_MOST_LISTED: Final = 300
"""Where there are more, people come by the link of theirs."""


def event_of(known: KnownEvents, campaign: str, slug: str | None) -> Event | None:
    """Return the event of that name, as far as the registered ones have been read."""
    if not slug:
        return None
    registered = known.registered(campaign, slug)
    return known.of_file(campaign, slug) or (_event(registered) if registered else None)


def listed(known: KnownEvents, campaign: str, chosen: str) -> list[Event]:
    """Return the events to choose from, the earliest first."""
    events = [event for of, event in known.all_of_files() if of == campaign]
    registered = [event for event in known.all_registered() if event["campaign"] == campaign]
    if len(events) + len(registered) > _MOST_LISTED:
        event = event_of(known, campaign, chosen)
        return [event] if event else []
    return sorted([*events, *map(_event, registered)], key=lambda event: (event.date, event.name))


def _event(registered: RegisteredEvent) -> Event:
    return Event(
        event=registered["event"],
        name=registered["name"],
        place=registered["place"],
        country=registered["country"],
        date=date.fromisoformat(registered["date"]),
    )
