"""What there is to be shown: the campaign files, with the events that organisers have registered."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from schemas.catalogue import Catalogue, Event
from schemas.event import age_of, decode_event


class Registered(NamedTuple):
    """An event of a campaign; of two with one id the one of higher age stands."""

    campaign: str
    event: Event
    age: tuple[int, bytes]


def decode_registered(_topic: str, _key: bytes, value: bytes) -> Registered:
    """Return what a record of `events` carries; raises ValidationError."""
    said = decode_event(value)
    event = Event.model_validate({name: said[name] for name in ("event", "name", "place", "country", "date")})
    return Registered(said["campaign"], event, age_of(said))


class Known:
    """A file's event wins over a registered one; of the registered the last one stands, in whatever order they come.

    `is_read` says whether everything that had been registered at the start is known.
    """

    def __init__(self, files: Catalogue, is_read: Callable[[], bool] = lambda: True) -> None:
        self._files = files
        self._is_read = is_read
        self._of_files = {name: {one.event for one in said.events} for name, said in files.campaigns.items()}
        self._registered: dict[str, dict[str, Registered]] = {name: {} for name in files.campaigns}
        self._catalogue: Catalogue | None = files

    def put(self, events: Sequence[Registered]) -> None:
        """Take what was registered; an older registration, the same again, or one of no known campaign is nothing."""
        for one in events:
            known = self._registered.get(one.campaign)
            if known is None or one.event.event in self._of_files[one.campaign]:
                continue
            before = known.get(one.event.event)
            if before is None or before.age < one.age:
                known[one.event.event] = one
                self._catalogue = None

    @property
    def is_read(self) -> bool:
        """Whether an event that is not here is none."""
        return self._is_read()

    @property
    def catalogue(self) -> Catalogue:
        """The campaigns, each with all of its events."""
        if self._catalogue is None:
            self._catalogue = Catalogue.model_construct(
                campaigns={
                    name: said.model_copy(update={"events": (*said.events, *self._events(name))})
                    for name, said in self._files.campaigns.items()
                }
            )
        return self._catalogue

    def _events(self, campaign: str) -> list[Event]:
        return [one.event for one in self._registered[campaign].values()]
