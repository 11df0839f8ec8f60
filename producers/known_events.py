"""The events that reports may name: those of the campaign files, and those that organisers have registered."""

from collections import Counter
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Final

from schemas.catalogue import Catalogue, Event
from schemas.event import RegisteredEvent, age_of

MOST_EVENTS: Final = 100_000
"""Registered ones, some hundred bytes each; every collector keeps all of them."""
KnowsEvent = Callable[[str, str], bool]
"""Whether a campaign has an event; raises EventsUnreadError where nobody can tell yet."""
_ByCampaign = dict[str, dict[str, RegisteredEvent]]


class EventsUnreadError(Exception):
    """An event is in no file, and the registered ones have not been read: it may be good, so nothing is refused."""


class KnownEvents:
    """A file's event wins over a registered one; of the registered the last one stands, in whatever order they come.

    Until all is read, what is remembered from before counts too: events are only ever added or changed, so what was
    registered once still is. What the log turns out not to have is then forgotten: it was another log's.
    `put` and the questions may come from different threads.
    """

    def __init__(self, catalogue: Catalogue, *, is_read: bool = False) -> None:
        self._of_files = {
            slug: {event.event: event for event in campaign.events} for slug, campaign in catalogue.campaigns.items()
        }
        self._registered: _ByCampaign = {}
        self._known: _ByCampaign = self._registered if is_read else {}
        self._revisions: Counter[str] = Counter()
        self._lock = Lock()
        self.is_read = is_read
        """Whether everything that had been registered when reading began is known."""

    def put(self, event: RegisteredEvent) -> None:
        """Take what was registered; an older registration, or the same again, changes nothing."""
        with self._lock:
            is_new = _keep(self._registered, event)
            if self._known is not self._registered:
                is_new = _keep(self._known, event)
            self._revisions[event["campaign"]] += is_new

    def remember(self, events: Iterable[RegisteredEvent]) -> None:
        """Take what was known before, until all is read."""
        with self._lock:
            for event in () if self.is_read else events:
                _keep(self._known, event)

    def end_reading(self) -> None:
        """Take what was put for all that there is."""
        with self._lock:
            self._known = self._registered
            self.is_read = True

    def is_known(self, campaign: str, event: str) -> bool:
        """Return whether reports of a campaign may name an event; raises EventsUnreadError."""
        is_read = self.is_read  # first: else reading could end between the two questions
        if self.of_file(campaign, event) or self.registered(campaign, event):
            return True
        if not is_read:
            raise EventsUnreadError
        return False

    def of_file(self, campaign: str, event: str) -> Event | None:
        """Return the event of a campaign's file."""
        return self._of_files.get(campaign, {}).get(event)

    def registered(self, campaign: str, event: str) -> RegisteredEvent | None:
        """Return the event as it was registered last."""
        return self._known.get(campaign, {}).get(event)

    @property
    def count(self) -> int:
        """Return how many are registered."""
        with self._lock:
            return sum(map(len, self._known.values()))

    @property
    def revision(self) -> int:
        """Return a number that grows whenever something is registered or changed."""
        with self._lock:
            return self._revisions.total()

    def revision_of(self, campaign: str) -> int:
        """Return a number that grows whenever something of a campaign is registered or changed."""
        return self._revisions[campaign]

    def in_file(self, campaign: str) -> list[Event]:
        """Return the events of a campaign's file."""
        return list(self._of_files.get(campaign, {}).values())

    def registered_in(self, campaign: str) -> list[RegisteredEvent]:
        """Return the registered events of a campaign that no event of its file stands in the place of."""
        in_file = self._of_files.get(campaign, {})
        with self._lock:
            return [event for slug, event in self._known.get(campaign, {}).items() if slug not in in_file]

    def all_registered(self) -> list[RegisteredEvent]:
        """Return the registered events of every campaign."""
        with self._lock:
            campaigns = list(self._known)
        return [event for campaign in campaigns for event in self.registered_in(campaign)]

    def names(self, campaign: str) -> dict[str, str]:
        """Return what a sheet may call the registered events of a campaign: slugs, and names that only one has."""
        events = self.registered_in(campaign)
        times = Counter(event["name"] for event in events)
        names = {event["name"]: event["event"] for event in events if times[event["name"]] == 1}
        return names | {event["event"]: event["event"] for event in events}


def _keep(events: _ByCampaign, event: RegisteredEvent) -> bool:
    """Put the event where it belongs unless a later one is there; return whether that changed anything."""
    of_campaign = events.setdefault(event["campaign"], {})
    known = of_campaign.get(event["event"])
    if known is not None and age_of(known) >= age_of(event):
        return False
    of_campaign[event["event"]] = event
    return True
