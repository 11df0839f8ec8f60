"""Live streams: each state is encoded once for all watchers, and a slow watcher skips to the newest."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Final

from schemas.metrics import WATCHERS
from sinks.counters.board import Board, Outcome, Place
from sinks.counters.edition import changes_of, edition_of, with_age

PUBLISH_SECONDS: Final = 0.1
HEARTBEAT_SECONDS: Final = 15.0
_RATES_MS: Final = 1000
_QUIET_MS: Final = 1000
"""How often at most an event says no more than that the same numbers are true as of later."""
_HEARTBEAT: Final = b": still here\n\n"


class _Channel:
    """What watchers of one campaign get next: the newest changes, or all of it for those who missed some."""

    def __init__(self) -> None:
        self.watchers = 0
        self.sequence = 0
        self.published_at = 0
        self.changed: dict[Place, None] = {}
        self.must_start_over = False
        self.changes: bytes | None = None
        self.rates = b""
        self.rates_at = 0
        self.snapshot: bytes | None = None
        self.news = asyncio.Event()


class Live:
    """Turns what the board shows into server-sent events; lives on the event loop that the board belongs to.

    A watcher holds a place in the sequence, never a queue: one that did not take the newest event before the
    next is sent everything instead, so memory does not grow with slowness.
    """

    def __init__(
        self, board: Board, rates: Callable[[str, int], bytes | None], clock_ms: Callable[[], int], stale_after_ms: int
    ) -> None:
        self._board = board
        self._rates = rates
        self._clock_ms = clock_ms
        self._stale_after_ms = stale_after_ms
        self._channels: dict[str, _Channel] = {}
        self._revision = board.revision
        self._is_closed = False

    def note(self, outcome: Outcome) -> None:
        """Remember what a record changed, for the next publication."""
        for campaign, scope, member in outcome.changed:
            if campaign in self._channels:
                self._channels[campaign].changed[scope, member] = None
        if outcome.is_new_epoch:
            for channel in self._channels.values():
                channel.must_start_over = True

    def publish(self) -> None:
        """Send one event for all that has changed since the last call; call it every PUBLISH_SECONDS."""
        if self._board.is_catching_up or self._board.revision == self._revision:
            return
        now_ms = self._clock_ms()
        is_pending = False
        for campaign, channel in self._channels.items():
            has_news = channel.changed or channel.must_start_over
            if has_news or now_ms - channel.published_at >= _QUIET_MS:
                self._publish_to(campaign, channel, now_ms)
            else:
                is_pending = True
        if not is_pending:
            self._revision = self._board.revision

    def close(self) -> None:
        """End every stream after the event it is at."""
        self._is_closed = True
        for channel in self._channels.values():
            channel.news.set()

    async def watch(self, campaign: str, heartbeat_seconds: float = HEARTBEAT_SECONDS) -> AsyncGenerator[bytes, None]:
        """Yield a snapshot, then an event for each publication, and a comment where there is none for a while."""
        channel = self._channels.setdefault(campaign, _Channel())
        channel.watchers += 1
        WATCHERS.inc()
        try:
            seen: int | None = None
            while not self._is_closed:
                if seen == channel.sequence:
                    if not await _news(channel, heartbeat_seconds):
                        yield _HEARTBEAT
                    continue
                is_next = seen is not None and seen + 1 == channel.sequence
                event = channel.changes if is_next else None
                seen = channel.sequence
                yield event or self._snapshot(campaign, channel)
        finally:
            WATCHERS.dec()
            channel.watchers -= 1
            if not channel.watchers:
                self._channels.pop(campaign, None)

    def _publish_to(self, campaign: str, channel: _Channel, now_ms: int) -> None:
        channel.sequence += 1
        channel.published_at = now_ms
        channel.snapshot = channel.changes = None
        is_due = now_ms - channel.rates_at >= _RATES_MS
        if is_due:
            channel.rates, channel.rates_at = self._rates_event(campaign, channel, now_ms), now_ms
        if not channel.must_start_over:
            body = changes_of(self._board, campaign, channel.changed, now_ms, self._stale_after_ms)
            channel.changes = self._event("totals", channel, body) + (channel.rates if is_due else b"")
        channel.changed, channel.must_start_over = {}, False
        channel.news.set()
        channel.news = asyncio.Event()

    def _snapshot(self, campaign: str, channel: _Channel) -> bytes:
        # Made at most once a publication. It may be newer than that: totals are absolute, so what is said
        # again in the next event changes nothing.
        if channel.snapshot is None:
            now_ms = self._clock_ms()
            body = edition_of(self._board, campaign, now_ms).at(now_ms, self._stale_after_ms)
            rates = channel.rates or self._rates_event(campaign, channel, now_ms)
            channel.snapshot = self._event("snapshot", channel, body) + rates
        return channel.snapshot

    def _rates_event(self, campaign: str, channel: _Channel, now_ms: int) -> bytes:
        """Return how fast letters come as an event, nothing where that is not known yet."""
        rates = self._rates(campaign, now_ms)
        if rates is None:
            return b""
        return self._event("rates", channel, with_age(rates, self._board.as_of or 0, now_ms, self._stale_after_ms))

    def _event(self, name: str, channel: _Channel, body: bytes) -> bytes:
        identity = f"{self._board.epoch}.{channel.sequence}"
        return f"id: {identity}\nevent: {name}\ndata: ".encode() + body + b"\n\n"


async def _news(channel: _Channel, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await channel.news.wait()
    except TimeoutError:
        return False
    return True
