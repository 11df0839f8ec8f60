"""The events of a campaign that the pages speak of: those of its file, and those that organisers have registered."""

from datetime import date
from typing import Final

from producers.known_events import KnownEvents
from schemas.catalogue import Event
from schemas.event import RegisteredEvent
from schemas.report import NO_EVENT, SLUG

_MOST_LISTED: Final = 300
"""Where there are more, people come by the link of theirs."""


def event_of(known: KnownEvents, campaign: str, slug: str | None) -> Event | None:
    """Return the event of that name, as far as the registered ones have been read."""
    if not slug:
        return None
    registered = known.registered(campaign, slug)
    return known.of_file(campaign, slug) or (_event(registered) if registered else None)


def unread_event(known: KnownEvents, campaign: str, slug: str) -> str:
    """Return the name of an event that nobody can tell of yet, since not all are read; else an empty text."""
    can_be_one = slug != NO_EVENT and SLUG.fullmatch(slug) is not None
    return slug if can_be_one and not known.is_read and event_of(known, campaign, slug) is None else ""


def listed(known: KnownEvents, campaign: str, chosen: str) -> list[Event]:
    """Return the events to choose from, the earliest first."""
    events, registered = known.in_file(campaign), known.registered_in(campaign)
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
