"""The events that reports may name: those of the campaign files, and those that organisers have registered."""

from collections import Counter
from collections.abc import Callable
from threading import Lock
from typing import Final

from schemas.catalogue import Catalogue, Event
from schemas.event import RegisteredEvent
from schemas.wire import encode

MOST_EVENTS: Final = 100_000
"""Registered ones, some hundred bytes each; every collector keeps all of them."""
KnowsEvent = Callable[[str, str], bool]
"""Whether a campaign has an event; raises EventsUnreadError where nobody can tell yet."""


class EventsUnreadError(Exception):
    """An event is in no file, and the registered ones have not been read: it may be good, so nothing is refused."""


class KnownEvents:
    """A file's event wins over a registered one; of the registered the last one stands, in whatever order they come.

    `put` and the questions may come from different threads.
    """

    def __init__(self, catalogue: Catalogue, *, is_read: bool = False) -> None:
        self._of_files = {
            (campaign.campaign, event.event): event
            for campaign in catalogue.campaigns.values()
            for event in campaign.events
        }
        self._registered: dict[tuple[str, str], RegisteredEvent] = {}
        self._lock = Lock()
        self.is_read = is_read
        """Whether everything that had been registered when reading began is known."""

    def put(self, event: RegisteredEvent) -> None:
        """Take what was registered; an older registration, or the same again, changes nothing."""
        place = (event["campaign"], event["event"])
        with self._lock:
            known = self._registered.get(place)
            if known is None or _age(known) < _age(event):
                self._registered[place] = event

    def is_known(self, campaign: str, event: str) -> bool:
        """Return whether reports of a campaign may name an event; raises EventsUnreadError."""
        place = (campaign, event)
        if place in self._of_files or place in self._registered:
            return True
        if not self.is_read:
            raise EventsUnreadError
        return False

    def of_file(self, campaign: str, event: str) -> Event | None:
        """Return the event of a campaign's file."""
        return self._of_files.get((campaign, event))

    def registered(self, campaign: str, event: str) -> RegisteredEvent | None:
        """Return the event as it was registered last."""
        return self._registered.get((campaign, event))

    @property
    def count(self) -> int:
        """Return how many are registered."""
        return len(self._registered)

    def all_of_files(self) -> list[tuple[str, Event]]:
        """Return the events of the files, each with its campaign."""
        return [(campaign, event) for (campaign, _), event in self._of_files.items()]

    def all_registered(self) -> list[RegisteredEvent]:
        """Return the registered events that no file's event stands in the place of."""
        with self._lock:
            return [event for place, event in self._registered.items() if place not in self._of_files]

    def names(self, campaign: str) -> dict[str, str]:
        """Return what a sheet may call the registered events of a campaign: slugs, and names that only one has."""
        events = [event for event in self.all_registered() if event["campaign"] == campaign]
        times = Counter(event["name"] for event in events)
        names = {event["name"]: event["event"] for event in events if times[event["name"]] == 1}
        return names | {event["event"]: event["event"] for event in events}


def _age(event: RegisteredEvent) -> tuple[int, bytes]:
    """Return what orders registrations; two of one millisecond that differ are the same everywhere, whoever is last."""
    return event["registered_at"], encode(event)
