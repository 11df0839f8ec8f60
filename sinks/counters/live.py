"""Live streams: each state is encoded once for all watchers, and a slow watcher skips to the newest."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from schemas.metrics import WATCHERS
from schemas.tally import MINUTE_SCOPES, Scope
from sinks.counters.board import Board, Outcome
from sinks.counters.channel import Channel, Seat, Watcher
from sinks.counters.edition import changes_of, edition_of, with_age

PUBLISH_SECONDS: Final = 0.1
HEARTBEAT_MS: Final = 15_000
"""Proxies end a connection on which nothing was said for half a minute or longer."""
STUCK_MS: Final = 60_000
"""After so long without taking anything a watcher is gone, whatever its network says."""
_AT_ONCE: Final = 200
"""Watchers written to before others get their turn on the event loop: some milliseconds."""
_RATES_MS: Final = 1000
_FRESH_MS: Final = 1000
"""For how long what was encoded may be told again: it says how old the numbers are."""
_MOST_REMEMBERED_BYTES: Final = 16 << 20
"""Of events that watchers may have missed, of all channels together; who missed more is told everything."""
_PACED: Final = frozenset(MINUTE_SCOPES)
_QUIET_MS: Final = 1000
"""How often at most an event says no more than that the same numbers are true as of later."""


def chunk_of(event: bytes) -> bytes:
    """Return an event as a chunk of HTTP/1.1 (RFC 9112, 7.1), framed once for everybody; chunks can be joined."""
    return b"%x\r\n%b\r\n" % (len(event), event)


_HEARTBEAT: Final = chunk_of(b": still here\n\n")

Key = tuple[str, frozenset[Scope]]
"""What a channel is of: a campaign, and the scopes whose totals it tells."""


class Live:
    """Turns what the board shows into server-sent events; lives on the event loop that the board belongs to.

    A watcher holds a place in the sequence, never a queue: one that is still busy with an event when the next comes
    is passed over, and gets what it missed, or everything where that is less, once it has taken that.
    """

    def __init__(
        self, board: Board, rates: Callable[[str], bytes | None], clock_ms: Callable[[], int], stale_after_ms: int
    ) -> None:
        self._board = board
        self._rates = rates
        self._clock_ms = clock_ms
        self._stale_after_ms = stale_after_ms
        self._channels: dict[Key, Channel] = {}
        self._is_closed = False

    def note(self, outcome: Outcome) -> None:
        """Remember what a record changed, for the next publication."""
        if not self._channels:
            return
        for (campaign, scopes), channel in self._channels.items():
            channel.must_start_over |= outcome.is_new_epoch
            channel.changed.update(
                ((scope, member), None)
                for changed, scope, member in outcome.changed
                if changed == campaign and scope in scopes
            )

    def join(self, key: Key, watcher: Watcher, last_event_id: str | None) -> None:
        """Tell a watcher what it has missed since an event, or everything, and from now on what changes."""
        channel = self._channels.get(key)
        if channel is None:
            channel = self._channels[key] = Channel(self._board.revision)
        seen = channel.seen_by(last_event_id, self._board.epoch) if last_event_id else None
        now_ms = self._clock_ms()
        if seen is None:
            watcher.write(self._snapshot(key, channel, now_ms))
        else:
            watcher.write(self._news(key, channel, seen, now_ms))
        if self._is_closed:
            watcher.end()
            return
        channel.seats[watcher] = Seat(watcher, channel.sequence)
        WATCHERS.inc()

    def leave(self, key: Key, watcher: Watcher) -> None:
        """Tell a watcher no more; harmless where it was never told anything."""
        channel = self._channels.get(key)
        if channel and (seat := channel.seats.pop(watcher, None)):
            channel.passed_over.discard(seat)
            WATCHERS.dec()

    async def publish(self) -> None:
        """Tell all watchers what has changed since the last call; call it every PUBLISH_SECONDS."""
        now_ms = self._clock_ms()
        for key, channel in list(self._channels.items()):
            quiet_ms = now_ms - max(channel.told_at, channel.beaten_at)
            if not channel.seats and quiet_ms > HEARTBEAT_MS:
                del self._channels[key]  # until now somebody whose connection broke may have come back
            elif self._has_news(channel, now_ms):
                self._tell(key, channel, now_ms)
                await self._send(key, channel, channel.seats.values(), now_ms)
            elif quiet_ms >= HEARTBEAT_MS:
                channel.beaten_at = now_ms
                await self._send(key, channel, channel.seats.values(), now_ms)
            else:
                await self._send(key, channel, channel.passed_over, now_ms)

    def _has_news(self, channel: Channel, now_ms: int) -> bool:
        if self._board.is_catching_up or self._board.revision == channel.revision:
            return False
        return bool(channel.changed) or channel.must_start_over or now_ms - channel.told_at >= _QUIET_MS

    def close(self) -> None:
        """End every stream after the event it is at."""
        self._is_closed = True
        for channel in self._channels.values():
            for watcher in channel.seats:
                watcher.end()

    def _tell(self, key: Key, channel: Channel, now_ms: int) -> None:
        """Make the next event, of all that has changed since the last one."""
        channel.sequence += 1
        channel.told_at, channel.revision = now_ms, self._board.revision
        channel.edition, channel.snapshot = None, b""
        is_paced = now_ms - channel.rates_at >= _RATES_MS
        if is_paced:
            channel.rates_at = now_ms
        if channel.must_start_over:
            channel.forget()
        else:
            body = changes_of(self._board, key[0], channel.changed, now_ms, self._stale_after_ms)
            event = self._event("totals", channel, body) + (self._rates_event(key, now_ms) if is_paced else b"")
            channel.remember(event, _MOST_REMEMBERED_BYTES // max(16, len(self._channels)))
        channel.changed, channel.must_start_over = {}, False

    async def _send(self, key: Key, channel: Channel, seats: Iterable[Seat], now_ms: int) -> None:
        """Give each watcher that is not busy what it has not seen, a sign of life where there is nothing."""
        for number, seat in enumerate(list(seats), 1):
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
            if channel.seats.get(seat.watcher) is not seat:
                continue  # gone while it was the others' turn
            if not seat.watcher.is_idle:
                self._pass_over(channel, seat, now_ms)
            else:
                channel.passed_over.discard(seat)
                seat.watcher.write(self._news(key, channel, seat.seen, now_ms))
                seat.seen = channel.sequence

    def _pass_over(self, channel: Channel, seat: Seat, now_ms: int) -> None:
        if seat not in channel.passed_over:
            channel.passed_over.add(seat)
            seat.busy_since = now_ms
        elif now_ms - seat.busy_since > STUCK_MS:
            seat.watcher.drop()

    def _news(self, key: Key, channel: Channel, seen: int, now_ms: int) -> bytes:
        """Return what came after an event: what was told then where that is fresh, else everything as of now."""
        if seen == channel.sequence:
            return _HEARTBEAT
        is_fresh = now_ms - channel.told_at < _FRESH_MS
        return (channel.missed(seen) if is_fresh else None) or self._snapshot(key, channel, now_ms)

    def _snapshot(self, key: Key, channel: Channel, now_ms: int) -> bytes:
        # May be newer than the last event: totals are absolute, so what the next one says again changes nothing.
        if channel.edition is None:
            channel.edition = edition_of(self._board, key[0], now_ms, key[1])
            channel.snapshot = b""
        if not channel.snapshot or not 0 <= now_ms - channel.snapshot_at < _FRESH_MS:
            body = channel.edition.at(now_ms, self._stale_after_ms)
            channel.snapshot = self._event("snapshot", channel, body) + self._rates_event(key, now_ms)
            channel.snapshot_at = now_ms
        return channel.snapshot

    def _rates_event(self, key: Key, now_ms: int) -> bytes:
        """Return how fast letters come as an event, nothing where that is not known, or not of what is watched."""
        rates = self._rates(key[0]) if key[1] >= _PACED else None
        if rates is None:
            return b""
        body = with_age(rates, self._board.as_of or 0, now_ms, self._stale_after_ms)
        # No id: it is told again, and must not lead back to old totals.
        return chunk_of(b"event: rates\ndata: " + body + b"\n\n")

    def _event(self, name: str, channel: Channel, body: bytes) -> bytes:
        head = f"id: {channel.event_id(self._board.epoch)}\nevent: {name}\ndata: "
        return chunk_of(head.encode() + body + b"\n\n")
