"""Faust's transport for records in batches: the state's position decides what is read, Kafka's commits do not.

Registered with Faust as the URL scheme `batches://`. Against faust-streaming 0.15.3: what is overridden, and why,
is told in docs/decisions/0003-faust-as-the-runtime.md.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, ClassVar

import faust
from aiokafka.errors import IllegalStateError
from faust.transport.consumer import ensure_TP
from faust.transport.drivers import aiokafka as driver
from faust.types.tuples import TP, ConsumerMessage

from schemas import metrics
from schemas.operations import log_of
from streams.fault import stop_at_once

_log = log_of("streams")
_COMMIT_SECONDS = 5


class BatchSchema(faust.Schema):  # type: ignore[misc]  # Faust ships no types
    """Hands a batch's list of records to the agent as it is."""

    def compile(self, app: faust.App, **_: Any) -> Any:  # noqa: ANN401 (Faust's own signature)
        """Return the decoder of a message."""

        async def decode(message: Any, *, propagate: bool = False) -> Any:  # noqa: ANN401, ARG001 (Faust's own)
            return app.create_event(None, message.value, None, message)

        return decode


class _NoReadOffset(dict[TP, Any]):
    """Remembers nothing: upstream drops what lies below the last delivered offset, which races with our seeks."""

    def __getitem__(self, _: TP) -> None:
        return None

    def __setitem__(self, _: TP, __: object) -> None:
        pass

    def update(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 (as dict)
        """Forget it."""


class _Thread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]  # Faust ships no types
    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        # Commits serve lag tools only: one that fails must neither crash nor stall the worker.
        mine = self.assignment()
        wanted = {
            driver.ensure_aiokafka_TP(tp): driver.OffsetAndMetadata(offset, "")
            for tp, offset in offsets.items()
            if tp in mine
        }
        try:
            if wanted:
                await asyncio.wait_for(self._ensure_consumer().commit(wanted), _COMMIT_SECONDS)
        except Exception as error:  # noqa: BLE001 (see above)
            metrics.COMMIT_ERRORS.labels("streams").inc()
            _log.info("commit failed", error=type(error).__name__)
            return False
        return True

    @property
    def member_id(self) -> str:
        """What the group calls this worker."""
        member_id: str = self._ensure_consumer()._coordinator.member_id  # noqa: SLF001 (no public name tells)
        return member_id

    async def seek_positions(self, positions: Mapping[TP, int]) -> dict[TP, int]:
        """Seek on the consumer's own thread; return the positions of the partitions that are still ours."""
        sought: dict[TP, int] = await self.call_thread(self._seek_positions, positions)
        return sought

    async def _seek_positions(self, positions: Mapping[TP, int]) -> dict[TP, int]:
        consumer, done = self._ensure_consumer(), {}
        for tp, offset in positions.items():
            try:
                consumer.seek(driver.ensure_aiokafka_TP(tp), offset)
            except IllegalStateError:
                continue  # no longer ours: the next assignment seeks
            done[tp] = offset
        return done


class Consumer(driver.Consumer):  # type: ignore[misc]  # Faust ships no types
    """Yields one message a partition and fetch, whose value is the list of records and whose offset is the last."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (Faust's own signature)
        self._delivered: defaultdict[TP, deque[int]] = defaultdict(deque)
        super().__init__(*args, **kwargs)
        self._read_offset = _NoReadOffset()

    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)

    async def seek_to_committed(self) -> dict[TP, int]:
        """Seek every assigned partition to the position of its state."""
        positions = {
            tp: c.state.next_offset for tp in self.assignment() if (c := self.app.partitions.get(tp.partition))
        }
        sought: dict[TP, int] = await self._thread.seek_positions(positions)
        return sought

    async def perform_seek(self) -> None:
        """Seek as above and forget what was delivered before."""
        self._delivered.clear()
        self._acked.clear()
        self._acked_index.clear()
        for tp in await self.seek_to_committed():
            self._committed_offset[tp] = None

    async def reseek(self, tp: TP, offset: int) -> None:
        """Read one partition again from this offset."""
        metrics.RESEEKS.inc()
        await self._thread.seek_positions({tp: offset})

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, ConsumerMessage]]:  # noqa: ASYNC109 (Faust's)
        """Yield a message for each partition that has records."""
        records, active = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        if not records or self.should_stop:
            return
        if not self.flow_active:
            await self.perform_seek()
            return
        for topic_partition, batch in records.items():
            tp = ensure_TP(topic_partition)
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if batch and (active is None or tp in active or tp in self._buffered_partitions):
                self._delivered[tp].append(batch[-1].offset)
                if counted := self.app.partitions.get(tp.partition):
                    counted.deliver(batch[-1].offset, batch[0].timestamp)
                yield tp, _message(tp, batch, generation)

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Do nothing: the state knows its position, and a gap's own bookkeeping is off by one upstream."""

    def _new_offset(self, tp: TP) -> int | None:
        delivered, acked, new = self._delivered[tp], self._acked_index[tp], None
        while delivered and delivered[0] in acked:
            last = delivered.popleft()
            acked.discard(last)
            new = last + 1
        self._acked[tp][:] = list(acked)
        return new

    async def on_partitions_revoked(self, revoked: Iterable[TP]) -> None:
        """Commit, let Faust finish, then close the states for their next owner."""
        try:
            await self.commit()
            await super().on_partitions_revoked(revoked)
            for tp in revoked:
                self._delivered.pop(tp, None)
            self.app.partitions.close([tp.partition for tp in revoked])
        except Exception as error:  # noqa: BLE001 (any fault ends the worker)
            stop_at_once("partitions revoked", error)

    async def on_partitions_assigned(self, assigned: Iterable[TP], generation_id: int = 0) -> None:
        """Open the states first: Faust seeks as soon as it hears of the assignment."""
        try:
            metrics.REBALANCES.inc()
            self.app.seat.take(self._thread.member_id)
            self.app.partitions.open([tp.partition for tp in assigned])
            await super().on_partitions_assigned(assigned, generation_id)
            self.app.has_joined = True
        except Exception as error:  # noqa: BLE001 (any fault ends the worker)
            stop_at_once("partitions assigned", error)


def _message(tp: TP, batch: list[Any], generation: int) -> ConsumerMessage:
    last = batch[-1]
    return ConsumerMessage(
        tp.topic,
        tp.partition,
        last.offset,
        last.timestamp / 1000.0,
        0,
        None,
        None,
        batch,
        None,
        0,
        0,
        tp,
        generation_id=generation,
    )


class Transport(driver.Transport):  # type: ignore[misc]  # Faust ships no types
    """The aiokafka transport with the consumer above."""

    Consumer: ClassVar[type] = Consumer
