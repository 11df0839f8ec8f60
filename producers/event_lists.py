"""The events of a campaign as JSON, encoded once for all who ask, and anew only when one was registered or changed."""

import asyncio
from hashlib import blake2b
from typing import Any, NamedTuple

from producers.known_events import KnownEvents
from producers.registrations import FIELDS
from schemas.wire import encode


class Edition(NamedTuple):
    """A list as it was at one revision; `tag` is the same from every collector that knows the same events."""

    revision: int
    tag: str
    body: bytes


class EventLists:
    """Keeps the newest list of each campaign; one is made at a time, in a thread, since it may be of 20 MB."""

    def __init__(self, known: KnownEvents) -> None:
        self._known = known
        self._editions: dict[str, Edition] = {}
        self._making = asyncio.Lock()

    async def of(self, campaign: str) -> Edition:
        """Return the list of a campaign, once everything registered has been read."""
        async with self._making:
            kept = self._editions.get(campaign)
            if kept is None or kept.revision != self._known.revision_of(campaign):
                kept = self._editions[campaign] = await asyncio.to_thread(_edition_of, self._known, campaign)
            return kept


def _edition_of(known: KnownEvents, campaign: str) -> Edition:
    revision = known.revision_of(campaign)  # first: what comes meanwhile makes the next edition
    rows: list[dict[str, Any]] = [
        {"campaign": campaign, **event.model_dump(mode="json"), "from": "file"} for event in known.in_file(campaign)
    ]
    registered = sorted(known.registered_in(campaign), key=lambda event: event["event"])
    rows += ({**{name: event[name] for name in FIELDS}, "from": "registered"} for event in registered)
    # Each by itself: encoded as one, a long list would keep every thread waiting.
    body = b'{"events":[%b]}' % b",".join(map(encode, rows))
    return Edition(revision, f'"{blake2b(body, digest_size=12).hexdigest()}"', body)
