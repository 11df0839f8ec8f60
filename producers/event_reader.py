"""Reads `events` from the beginning, without a group, for as long as the collector runs: each collector knows all."""

import threading
import time
from typing import Any, Final

import kafka
from kafka.errors import KafkaError
from pydantic import ValidationError

from producers.known_events import KnownEvents
from schemas.event import decode_event
from schemas.metrics import REFUSED
from schemas.operations import log_of
from schemas.topics import EVENTS
from schemas.wire import refusal_of

_BATCH: Final = 500
_HELD_BACK_MS: Final = 200
"""How long a broker may wait for news before it answers: an event is known everywhere within about a second."""
_QUIET_MS: Final = 500
"""A poll that brings nothing for so long has found the end; the embedded broker may tell one that is too low."""
_METADATA_MS: Final = 5000
_ANSWER_MS: Final = 5000
_log: Final = log_of("producers")


class EventReader:
    """Reads in a thread of its own; reading again is harmless, so whatever goes wrong with Kafka begins it anew."""

    def __init__(self, servers: str, known: KnownEvents) -> None:
        self._servers = servers
        self._known = known
        self._place = kafka.TopicPartition(EVENTS.name, 0)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)

    def start(self) -> None:
        """Start reading."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; returns at once."""
        self._stopping.set()

    def ended(self) -> str | None:
        """Return None while the thread runs: one that a fault has ended would never know another event."""
        return None if self._thread.is_alive() or self._stopping.is_set() else "the reader of events has ended"

    def unread(self) -> str | None:
        """Return None once everything that had been registered at the start is known."""
        return None if self._known.is_read else "the registered events have not been read yet"

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._read()
            except KafkaError as error:
                _log.warning("reading_events_again", reason=type(error).__name__)
                self._stopping.wait(1)

    def _read(self) -> None:
        """Read until asked to stop, or until the topic has been made anew: an old offset says nothing in that."""
        consumer = kafka.KafkaConsumer(
            bootstrap_servers=self._servers,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            max_poll_records=_BATCH,
            fetch_max_wait_ms=_HELD_BACK_MS,
            reconnect_backoff_max_ms=1000,
            metadata_max_age_ms=_METADATA_MS,
            metrics_enabled=False,
        )
        try:
            # Asked for a topic by name that it has forgotten, the embedded broker would make it, as it thinks best.
            consumer._client.cluster.need_all_topic_metadata = True  # noqa: SLF001 (said by no public name)
            consumer.assign([self._place])
            consumer.seek_to_beginning(self._place)
            end = consumer.end_offsets([self._place], timeout_ms=_ANSWER_MS)[self._place]
            topic_id = _topic_id(consumer)
            while not self._stopping.is_set():
                began = time.monotonic()
                records = consumer.poll(timeout_ms=_QUIET_MS).get(self._place, [])
                for record in records:
                    self._take(record)
                is_quiet = not records and time.monotonic() - began > _QUIET_MS / 2000
                if not self._known.is_read and is_quiet and consumer.position(self._place) >= end:
                    self._known.is_read = True
                if (now := _topic_id(consumer)) is not None and now != topic_id:
                    _log.warning("topics_made_anew", topic=EVENTS.name)
                    return
        finally:
            consumer.close()

    def _take(self, record: Any) -> None:  # noqa: ANN401 (kafka-python has no types)
        if record.value is None:
            return  # a tombstone; nothing of ours writes one
        try:
            self._known.put(decode_event(record.value))
        except ValidationError as error:
            refusal = refusal_of(error)
            REFUSED.labels("collector", refusal.reason).inc()
            _log.warning("event_refused", offset=record.offset, reason=refusal.reason, field=refusal.field)


def _topic_id(consumer: Any) -> object:  # noqa: ANN401 (kafka-python has no types)
    """Return the broker's id of the topic; made anew it has another, and offsets that start again."""
    return consumer._client.cluster.topic_id(EVENTS.name)  # noqa: SLF001 (no public name says it of an assigned topic)
