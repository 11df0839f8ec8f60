"""From the outbox to Kafka: in order, again after a failure, and forgotten once it is safe where it should be."""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

from producers.outbox import Outbox
from producers.portions import MOST_AT_ONCE, MOST_BYTES_AT_ONCE
from producers.publisher import Home, KafkaAwayError, Publisher
from schemas import metrics
from schemas.operations import log_of

_log = log_of("producers")
_LOOK_SECONDS: Final = 1.0
_MOST_UNSTORED: Final = 1_000
"""Batches remembered one by one; beyond that, the newest ones are remembered as one."""


class Committed(NamedTuple):
    """What a log's sink has stored: the next offset of each partition."""

    log_id: str
    offsets: Mapping[Home, int]


class _Batch(NamedTuple):
    last_seq: int
    offsets: Mapping[Home, int]
    """The highest in each partition."""


class Relay:
    """Sends on what the outbox keeps.

    Without `ask_committed`, what Kafka has acknowledged is forgotten. With it (a broker that keeps nothing on disk),
    only what ClickHouse has stored is; and everything is sent again to a log that was made anew.
    """

    def __init__(
        self, outbox: Outbox, publisher: Publisher, ask_committed: Callable[[], Awaitable[Committed | None]] | None
    ) -> None:
        self._outbox = outbox
        self._publisher = publisher
        self._ask_committed = ask_committed
        self._sent_through = 0
        self._log_id = ""
        self._unstored: deque[_Batch] = deque()

    @property
    def is_done(self) -> bool:
        """Whether Kafka has acknowledged all that the outbox keeps."""
        return self._outbox.last_seq <= self._sent_through

    async def run(self) -> None:
        """Send what there is and what comes, until cancelled; whatever fails is tried again and said once."""
        sending = asyncio.create_task(self._repeat(self._send))
        settling = asyncio.create_task(self._repeat(self._settle))
        try:
            await asyncio.gather(sending, settling)
        finally:
            sending.cancel()
            settling.cancel()

    async def _repeat(self, step: Callable[[], Awaitable[float]]) -> None:
        while True:
            try:
                pause = await step()
            except sqlite3.Error as error:
                metrics.OUTBOX_ERRORS.inc()
                _log.error("the outbox can't be read", error=str(error))
                pause = _LOOK_SECONDS
            await asyncio.sleep(pause)

    async def _send(self) -> float:
        """Send the next records and return how long to pause."""
        log_id = self._publisher.log_id
        if log_id is None:
            return _LOOK_SECONDS / 4
        if log_id != self._log_id:
            self._begin_anew(log_id)
        kept = await self._outbox.after(self._sent_through, MOST_AT_ONCE, MOST_BYTES_AT_ONCE)
        if not kept:
            await self._outbox.wait_until_grown(_LOOK_SECONDS)
            return 0
        try:
            published = await self._publisher.publish([one.record for one in kept])
        except KafkaAwayError:
            return _LOOK_SECONDS / 4
        if published.log_id != log_id:  # connected anew meanwhile, to another log
            return 0
        self._sent_through = kept[-1].seq
        metrics.OUTBOX_RELAYED.inc(len(kept))
        if self._ask_committed is None:
            await self._outbox.forget(self._sent_through)
        else:
            self._remember(_Batch(self._sent_through, published.highest()))
        return 0

    async def _settle(self) -> float:
        """Forget what is stored."""
        metrics.OUTBOX_OLDEST.set(await self._outbox.oldest_seconds())
        if self._ask_committed is None or not self._unstored:
            return _LOOK_SECONDS
        committed = await self._ask_committed()
        if committed is None:
            return _LOOK_SECONDS
        if committed.log_id != self._log_id:
            self._publisher.look_again()
            return _LOOK_SECONDS
        stored_through = 0
        while self._unstored and _is_stored(self._unstored[0], committed.offsets):
            stored_through = self._unstored.popleft().last_seq
        if stored_through:
            await self._outbox.forget(stored_through)
        return _LOOK_SECONDS

    def _begin_anew(self, log_id: str) -> None:
        """Another log has nothing of what the last one had: all that is kept goes there."""
        self._log_id = log_id
        self._sent_through = 0
        self._unstored.clear()

    def _remember(self, batch: _Batch) -> None:
        if len(self._unstored) >= _MOST_UNSTORED:
            newest = self._unstored.pop()
            offsets = {**newest.offsets, **batch.offsets}  # a later batch lies higher in each of its partitions
            batch = _Batch(batch.last_seq, offsets)
        self._unstored.append(batch)


def _is_stored(batch: _Batch, offsets: Mapping[Home, int]) -> bool:
    return all(offsets.get(home, 0) > offset for home, offset in batch.offsets.items())
