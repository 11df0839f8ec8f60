"""The way onto Kafka: what is published has been acknowledged, or KafkaAwayError says that it has not."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from producers.connection import ACKNOWLEDGE_SECONDS, Connection, connect
from schemas import metrics
from schemas.cluster import ClusterError
from schemas.operations import log_of
from schemas.topics import TOPIC
from schemas.wire import HEADERS

_log = log_of("producers")
_MOST_WAITING_BYTES: Final = 32 << 20
"""Of records on their way at once: the producer itself has no bound."""
_LOOK_SECONDS: Final = 1
_STUCK_SECONDS: Final = 60
"""More than connecting, or asking whether Kafka is there, ever takes."""
_SILENT_SECONDS: Final = 2
"""After so long without an acknowledgement Kafka is asked whether it is there."""


class KafkaAwayError(Exception):
    """Kafka did not acknowledge; what was sent may or may not be in the log, so a retry must carry the same ids."""


class Outgoing(NamedTuple):
    """A record to publish; its partition is that of its key."""

    topic: str
    key: bytes
    value: bytes


def size_of(records: Sequence[Outgoing]) -> int:
    """Return how many bytes the values take."""
    return sum(len(record.value) for record in records)


Home = tuple[str, int]
"""A topic and a number of partition."""


class Published(NamedTuple):
    """Where records went: the id of the log that the connection was made to, and each one's home and offset there."""

    log_id: str
    places: Sequence[tuple[Home, int]]

    def highest(self) -> dict[Home, int]:
        """Return the highest offset of each partition."""
        found: dict[Home, int] = {}
        for home, offset in self.places:
            found[home] = max(offset, found.get(home, offset))
        return found


class Publisher:
    """Publishes from an event loop; while Kafka is away it fails at once, and `stay_connected` looks for it anew."""

    def __init__(self, servers: str, partitions: int) -> None:
        self._servers = servers
        self._partitions = partitions
        self._connection: Connection | None = None
        self._missing = "not connected to Kafka yet"
        self._waiting = 0
        self._waiting_bytes = 0
        self._acknowledged_at = 0.0
        self._looked_at = time.monotonic()
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def complaint(self) -> str | None:
        """Say why nothing can be published, or nothing; at most some seconds old, also when nobody publishes."""
        if (still := time.monotonic() - self._looked_at) > _STUCK_SECONDS:
            return f"nobody has looked for Kafka for {still:.0f} s"
        return None if self._connection else self._missing

    @property
    def log_id(self) -> str | None:
        """The id of the log that this is connected to, or none while Kafka is away."""
        return self._connection.log_id if self._connection else None

    async def publish(self, records: Sequence[Outgoing]) -> Published:
        """Return once every record is acknowledged by all replicas in sync; raises KafkaAwayError within 6 seconds."""
        connection, size = self._connection, size_of(records)
        if connection is None or (self._waiting and self._waiting_bytes + size > _MOST_WAITING_BYTES):
            metrics.PUBLISH_ERRORS.inc()
            raise KafkaAwayError
        self._waiting += len(records)
        self._waiting_bytes += size
        try:
            with metrics.PUBLISH_SECONDS.time():
                async with asyncio.timeout(ACKNOWLEDGE_SECONDS + 1):
                    places = await asyncio.gather(*(self._send(connection.producer, record) for record in records))
            self._acknowledged_at = time.monotonic()
            return Published(connection.log_id, places)
        except Exception as error:  # whatever the client raises while a broker dies, nothing was acknowledged
            metrics.PUBLISH_ERRORS.inc()
            self._give_up(connection, error)
            raise KafkaAwayError from error
        finally:
            self._waiting -= len(records)
            self._waiting_bytes -= size

    async def stay_connected(self) -> None:
        """Connect, and again whenever Kafka has been away; runs until it is cancelled."""
        while True:
            self._looked_at = time.monotonic()
            if self._connection is None:
                await self._connect()
            elif not self._waiting and time.monotonic() - self._acknowledged_at > _SILENT_SECONDS:
                await self._ask(self._connection)
            await asyncio.sleep(_LOOK_SECONDS)

    def look_again(self) -> None:
        """Connect anew: what answers at the address may be another broker than the one that this was connected to."""
        if self._connection is not None:
            self._give_up(self._connection, KafkaAwayError("another log answers"))

    async def close(self) -> None:
        """Disconnect, what was sent acknowledged or given up within 3 seconds."""
        if self._connection is not None:
            self._leave(self._connection, 3)
            self._connection = None
        await asyncio.wait(self._leaving, timeout=4) if self._leaving else None

    async def _connect(self) -> None:
        try:
            self._connection = await asyncio.to_thread(connect, self._servers, self._partitions)
        except ClusterError as error:
            metrics.CONNECTIONS.labels("wrong_topics").inc()
            self._say_missing(str(error))
        except Exception as error:  # noqa: BLE001 (whatever it is, looking for Kafka must go on; it is said)
            metrics.CONNECTIONS.labels("no_answer").inc()
            self._say_missing(f"Kafka does not answer ({type(error).__name__})")
        else:
            metrics.CONNECTIONS.labels("made").inc()
            self._missing = ""
            _log.info("connected to Kafka")

    async def _ask(self, connection: Connection) -> None:
        try:
            await asyncio.to_thread(connection.ask)
        except Exception as error:  # noqa: BLE001 (no answer, whatever the reason; the next connection tells)
            self._give_up(connection, error)

    def _send(self, producer: Any, record: Outgoing) -> asyncio.Future[tuple[Home, int]]:  # noqa: ANN401 (no types)
        loop = asyncio.get_running_loop()
        acknowledged: asyncio.Future[tuple[Home, int]] = loop.create_future()

        def settle(place: tuple[Home, int] | Exception) -> None:
            if acknowledged.done():
                return
            if isinstance(place, Exception):
                acknowledged.set_exception(place)
            else:
                acknowledged.set_result(place)

        home = TOPIC[record.topic].home_of(record.key, self._partitions)
        sent = producer.send(record.topic, record.value, record.key, HEADERS, home)
        sent.add_callback(lambda at: loop.call_soon_threadsafe(settle, ((at.topic, at.partition), at.offset)))
        sent.add_errback(lambda error: loop.call_soon_threadsafe(settle, error))
        return acknowledged

    def _give_up(self, connection: Connection, error: Exception) -> None:
        """Drop a connection that failed: after an expired batch its sequence numbers can't be trusted to go on."""
        if self._connection is connection:
            self._connection = None
            self._say_missing(f"Kafka does not acknowledge ({type(error).__name__})")
            self._leave(connection, 2 * ACKNOWLEDGE_SECONDS)

    def _leave(self, connection: Connection, seconds: float) -> None:
        """Close in the background, so that what others have sent on this connection may still be acknowledged."""

        async def leave() -> None:
            try:
                await asyncio.to_thread(connection.close, seconds)
            except Exception as error:  # noqa: BLE001 (it is given up either way; the senders have heard)
                _log.warning("a connection to Kafka could not be closed", error=type(error).__name__)

        task = asyncio.create_task(leave())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    def _say_missing(self, complaint: str) -> None:
        if complaint != self._missing:
            _log.warning("nothing can be published", reason=complaint)
        self._missing = complaint
