"""Reads topics from the beginning, without a group: every counter shows everything."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, TypeVar

import kafka
from kafka.errors import KafkaError
from pydantic import ValidationError

from schemas.metrics import READ_ERRORS, REFUSED
from schemas.operations import log_of
from schemas.topics import Topic
from schemas.wire import refusal_of

Record = TypeVar("Record")
_BATCH: Final = 500
"""Records put at once: a few milliseconds of the event loop, which also answers requests."""
_STUCK_SECONDS: Final = 120
"""More than the client's own limit for any one question to a broker."""
_SILENT_SECONDS: Final = 30
_METADATA_MS: Final = 5000
_log = log_of("counters")


class Reader(Generic[Record]):
    """Reads in a thread of its own and puts batches on the event loop, each once the one before has been taken.

    `topics` come with their numbers of partitions. `decode` makes a record of a topic's key and value, or nothing
    where it is not wanted; it raises ValidationError. Reading again is harmless to whoever takes them, so whatever
    goes wrong with the cluster is answered by starting from the beginning; any other fault ends the thread and is
    told to `on_fault` on the event loop.
    """

    def __init__(
        self,
        servers: str,
        topics: Sequence[tuple[Topic, int]],
        decode: Callable[[str, bytes, bytes], Record | None],
        put: Callable[[Sequence[Record]], None],
        on_fault: Callable[[BaseException], None],
    ) -> None:
        self._servers = servers
        self._decode = decode
        self._put = put
        self._on_fault = on_fault
        self._topics = [topic.name for topic, _ in topics]
        self._places = [kafka.TopicPartition(topic.name, n) for topic, count in topics for n in range(count)]
        self._stopping = threading.Event()
        self._caught_up = threading.Event()
        self._must_look = threading.Event()
        self._answered_at = self._turned_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"reader of {self._topics[0]}", daemon=True)
        self._loop: asyncio.AbstractEventLoop

    def start(self) -> None:
        """Start reading; to be called on the event loop that the board belongs to."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; returns at once."""
        self._stopping.set()

    def catch_up(self) -> None:
        """Count as caught up only once everything that is in the topics by now has been put; returns at once."""
        self._must_look.set()
        self._caught_up.clear()  # in this order: the thread looks for the end first, then whether it is there

    @property
    def is_caught_up(self) -> bool:
        """Whether everything that was in the topics at the start, or at the last `catch_up`, has been put."""
        return self._caught_up.is_set()

    def stuck(self) -> str | None:
        """Return None while the thread turns, else since when it does not."""
        if not self._thread.is_alive():
            return "the reader has ended"
        still = time.monotonic() - self._turned_at
        return f"the reader has not turned for {still:.0f} s" if still > _STUCK_SECONDS else None

    def silence(self) -> str | None:
        """Return None while Kafka answers this reader, be there news or not, else for how long it has not."""
        still = time.monotonic() - self._answered_at
        return f"Kafka has not answered for {still:.0f} s" if still > _SILENT_SECONDS else None

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    self._read()
                except KafkaError as error:
                    READ_ERRORS.inc()
                    self._turned_at = time.monotonic()
                    _log.warning("reading_again", reason=type(error).__name__)
                    self._stopping.wait(1)
        except BaseException as error:  # noqa: BLE001 (not swallowed: the process stops with it)
            if not self._stopping.is_set():
                self._loop.call_soon_threadsafe(self._on_fault, error)

    def _read(self) -> None:
        """Read until asked to stop, or until the topics have been made anew: an old offset says nothing in those."""
        consumer = kafka.KafkaConsumer(
            bootstrap_servers=self._servers,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            max_poll_records=_BATCH,
            reconnect_backoff_max_ms=1000,
            metadata_max_age_ms=_METADATA_MS,
            metrics_enabled=False,
        )
        try:
            consumer.assign(self._places)
            consumer.seek_to_beginning(*self._places)
            ends = consumer.end_offsets(self._places)
            topic_ids = self._topic_ids(consumer)
            while not self._stopping.is_set():
                batches = consumer.poll(timeout_ms=200)
                self._turned_at = time.monotonic()
                self._answered_at = max(self._answered_at, _answered_at(consumer))
                self._hand_over([read for batch in batches.values() for one in batch if (read := self._record(one))])
                if self._must_look.is_set():
                    self._must_look.clear()
                    ends = consumer.end_offsets(self._places)
                if not self.is_caught_up and all(consumer.position(place) >= end for place, end in ends.items()):
                    self._caught_up.set()
                if None not in (now := self._topic_ids(consumer)) and now != topic_ids:
                    _log.warning("topics_made_anew")
                    return
        finally:
            consumer.close()

    def _topic_ids(self, consumer: Any) -> list[object]:  # noqa: ANN401 (kafka-python has no types)
        """Return the broker's ids of the topics read; made anew they have others, and offsets that start again."""
        known = consumer._client.cluster  # noqa: SLF001 (no public name says which topic an assigned partition is of)
        return [known.topic_id(topic) for topic in self._topics]

    def _record(self, record: Any) -> Record | None:  # noqa: ANN401 (kafka-python has no types)
        if record.value is None:
            return None  # a tombstone; nothing of ours writes one
        try:
            return self._decode(record.topic, record.key or b"", record.value)
        except ValidationError as error:
            refusal = refusal_of(error)
            REFUSED.labels("counters", refusal.reason).inc()
            where = f"{record.topic}/{record.partition}/{record.offset}"
            _log.warning("record_refused", where=where, reason=refusal.reason, field=refusal.field)
            return None  # if it was a total, its frame will not prove right until a keyframe says it again

    def _hand_over(self, records: list[Record]) -> None:
        if not records:
            return
        taken = threading.Event()
        faults: list[BaseException] = []

        def put() -> None:
            try:
                self._put(records)
            except Exception as error:  # noqa: BLE001 (raised again in the reader's thread)
                faults.append(error)
            finally:
                taken.set()

        self._loop.call_soon_threadsafe(put)
        while not taken.wait(0.2):
            if self._stopping.is_set():
                return
        if faults:
            raise faults[0]


def _answered_at(consumer: Any) -> float:  # noqa: ANN401 (kafka-python has no types)
    """Return when a broker last answered the question for metadata, which is asked every few seconds."""
    milliseconds: float = consumer._client.cluster._last_successful_refresh_ms  # noqa: SLF001 (said by no public name)
    return milliseconds / 1000
