"""What watchers of one campaign and some scopes have been told, and what each of them gets next."""

import secrets
from collections import deque
from typing import Protocol

from schemas.tally import Place
from sinks.counters.edition import Edition


class Watcher(Protocol):
    """Somebody who takes events as fast as they can."""

    @property
    def is_idle(self) -> bool:
        """Whether everything that was written to it has left."""

    def write(self, chunks: bytes) -> None:
        """Send one or several events, each a chunk of HTTP/1.1; returns at once."""

    def end(self) -> None:
        """Say that no more will come."""

    def drop(self) -> None:
        """Break the connection."""


class Seat:
    """A watcher's place in the sequence, and since when it has been passed over (epoch milliseconds)."""

    __slots__ = ("busy_since", "seen", "watcher")

    def __init__(self, watcher: Watcher, seen: int) -> None:
        self.watcher = watcher
        self.seen = seen
        self.busy_since = 0


class Channel:
    """Events by number; a watcher holds a place in their sequence, never a queue."""

    def __init__(self, revision: int) -> None:
        self.revision = revision
        """Of the board, as far as it was told."""
        self.seats: dict[Watcher, Seat] = {}
        self.passed_over: set[Seat] = set()
        """Those that were busy when there was something for them."""
        self.sequence = 0
        self.told_at = 0
        self.beaten_at = 0
        """When the last event was made, and when the last sign of life was given."""
        self.rates_at = 0
        self.changed: dict[Place, None] = {}
        self.must_start_over = False
        self.edition: Edition | None = None
        """All totals as they were at most a publication ago."""
        self.snapshot = b""
        self.snapshot_at = 0
        self._name = secrets.token_hex(4)
        self._events: deque[bytes] = deque()
        self._remembered_bytes = 0

    def event_id(self, epoch: int | None) -> str:
        """Return the id of the newest event; no other counter, and no other epoch, ever gives the same."""
        return f"{epoch}.{self._name}.{self.sequence}"

    def seen_by(self, event_id: str, epoch: int | None) -> int | None:
        """Return the number of the event with an id, where it is of this channel and what came after is remembered."""
        stem, _, number = event_id.rpartition(".")
        if stem != f"{epoch}.{self._name}" or not (number.isascii() and number.isdecimal()):
            return None
        seen = int(number)
        return seen if self.sequence - len(self._events) <= seen <= self.sequence else None

    def remember(self, event: bytes, most_bytes: int) -> None:
        """Keep the newest event for those who miss it, and of those before it as many as have room."""
        self._events.append(event)
        self._remembered_bytes += len(event)
        while self._remembered_bytes > most_bytes:
            self._remembered_bytes -= len(self._events.popleft())

    def forget(self) -> None:
        """Begin anew: what came before makes no sense any more together with what comes."""
        self._events.clear()
        self._remembered_bytes = 0

    def missed(self, seen: int) -> bytes | None:
        """Return the events after one, in order; nothing where they are not remembered, or more than everything is."""
        count = self.sequence - seen
        if count > len(self._events):
            return None
        if count == 1:
            return self._events[-1]
        events = b"".join(list(self._events)[len(self._events) - count :])
        return events if not self.snapshot or len(events) <= len(self.snapshot) else None
