"""The way onto Kafka: what is published has been acknowledged, or KafkaAwayError says that it has not."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import kafka

from schemas import metrics
from schemas.operations import log_of
from schemas.partition import KEY_BYTES, partition_of
from schemas.wire import HEADERS

_log = log_of("producers")
_ACKNOWLEDGE_SECONDS: Final = 5
_MOST_WAITING: Final = 20_000
_PROBE_SECONDS: Final = 1


class KafkaAwayError(Exception):
    """Kafka did not acknowledge; what was sent may or may not be in the log, so a retry must carry the same ids."""


class Outgoing(NamedTuple):
    """A record to publish; its partition is that of its key."""

    topic: str
    key: bytes
    value: bytes


class Publisher:
    """An idempotent producer (acks=all) for an event loop; while Kafka is away it fails fast and looks for it anew."""

    def __init__(self, servers: str, partitions: int) -> None:
        self._servers = servers
        self._partitions = partitions
        self._producer: Any = None
        self._waiting = 0
        self._next_probe = 0.0
        self._making = asyncio.Lock()

    @property
    def complaint(self) -> str | None:
        """Say that Kafka is away, or nothing."""
        return None if self._producer is not None else "Kafka does not acknowledge"

    async def connect(self) -> None:
        """Connect where that has not been done or was lost; raises KafkaAwayError, at most once a second anew."""
        async with self._making:
            if self._producer is not None:
                return
            if time.monotonic() < self._next_probe:
                raise KafkaAwayError
            try:
                self._producer = await asyncio.to_thread(self._make)
            except Exception as error:
                _log.warning("Kafka can't be reached", error=repr(error))
                self._next_probe = time.monotonic() + _PROBE_SECONDS
                raise KafkaAwayError from error

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Return once every record is acknowledged by all replicas in sync; raises KafkaAwayError within seconds."""
        await self.connect()
        producer = self._producer
        if self._waiting + len(records) > _MOST_WAITING:
            raise KafkaAwayError
        self._waiting += len(records)
        try:
            with metrics.PUBLISH_SECONDS.time():
                async with asyncio.timeout(_ACKNOWLEDGE_SECONDS + 1):
                    await asyncio.gather(*(self._send(producer, record) for record in records))
        except Exception as error:  # whatever the client raises while a broker dies, nothing was acknowledged
            metrics.PUBLISH_ERRORS.inc()
            await self._give_up(producer, error)
            raise KafkaAwayError from error
        finally:
            self._waiting -= len(records)

    async def close(self) -> None:
        """Send what waits, briefly, and disconnect."""
        if self._producer is not None:
            await asyncio.to_thread(self._producer.close, timeout=3)

    def _make(self) -> Any:  # noqa: ANN401 (kafka-python ships no types)
        return kafka.KafkaProducer(
            allow_auto_create_topics=False,
            bootstrap_servers=self._servers,
            acks="all",
            enable_idempotence=True,
            linger_ms=5,
            batch_size=128 << 10,
            delivery_timeout_ms=_ACKNOWLEDGE_SECONDS * 1000,
            request_timeout_ms=_ACKNOWLEDGE_SECONDS * 1000 - 500,
            max_block_ms=500,
            bootstrap_timeout_ms=2000,
            metrics_enabled=False,
        )

    def _send(self, producer: Any, record: Outgoing) -> asyncio.Future[None]:  # noqa: ANN401 (no types)
        loop = asyncio.get_running_loop()
        acknowledged: asyncio.Future[None] = loop.create_future()

        def settle(error: Exception | None) -> None:
            if not acknowledged.done():
                acknowledged.set_exception(error) if error else acknowledged.set_result(None)

        partition = partition_of(record.key, self._partitions) if len(record.key) == KEY_BYTES else None
        sent = producer.send(record.topic, record.value, record.key, HEADERS, partition)
        sent.add_callback(lambda _: loop.call_soon_threadsafe(settle, None))
        sent.add_errback(lambda error: loop.call_soon_threadsafe(settle, error))
        return acknowledged

    async def _give_up(self, producer: Any, error: Exception) -> None:  # noqa: ANN401 (no types)
        """Drop a producer that failed: after an expired batch its sequence numbers can't be trusted to go on."""
        if self._producer is producer:
            self._producer = None
            _log.warning("Kafka does not acknowledge", error=repr(error))
            try:
                await asyncio.to_thread(producer.close, timeout=0)
            except Exception as fault:  # noqa: BLE001 (it is given up either way; the sender must hear 503)
                _log.warning("closing a lost producer failed", error=repr(fault))
