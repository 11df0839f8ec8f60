"""Reads `events` from the beginning, without a group, for as long as the collector runs: each collector knows all."""

import threading
import time
from typing import Any, Final

import kafka
from kafka.errors import KafkaError
from pydantic import ValidationError

from producers.event_snapshot import EventSnapshot
from producers.known_events import KnownEvents
from schemas.cluster import ClusterError, check_epoch, id_of
from schemas.event import decode_event
from schemas.metrics import REFUSED
from schemas.operations import log_of
from schemas.topics import EPOCHS, EVENTS
from schemas.wire import refusal_of

_BATCH: Final = 500
_HELD_BACK_MS: Final = 200
"""How long a broker may wait for news before it answers: an event is known everywhere within about a second."""
_QUIET_MS: Final = 500
"""A poll that brings nothing for so long has found the end; the embedded broker may tell one that is too low."""
_LOOK_SECONDS: Final = 1.0
"""How often it is asked whether the epoch is complete, until it is."""
_METADATA_MS: Final = 5000
_ANSWER_MS: Final = 5000
_log: Final = log_of("producers")


class EventReader:
    """Reads in a thread of its own; reading again is harmless, so whatever goes wrong with Kafka begins it anew."""

    def __init__(self, servers: str, partitions: int, known: KnownEvents, snapshot: EventSnapshot) -> None:
        self._servers, self._partitions = servers, partitions
        self._known = known
        self._snapshot = snapshot
        self._looked_at = 0.0
        self._why_unread = ""
        self._place = kafka.TopicPartition(EVENTS.name, 0)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="events", daemon=True)

    def start(self) -> None:
        """Start reading."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end, without waiting for it, and keep what is known for the next start."""
        self._stopping.set()
        self._snapshot.keep(is_last=True)

    def ended(self) -> str | None:
        """Return None while the thread runs: one that a fault has ended would never know another event."""
        return None if self._thread.is_alive() or self._stopping.is_set() else "the reader of events has ended"

    def unread(self) -> str | None:
        """Return None once everything that had been registered at the start is known, else why it is not."""
        return None if self._known.is_read else f"the registered events have not been read yet{self._why_unread}"

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._read()
            except KafkaError as error:
                _log.warning("reading_events_again", reason=type(error).__name__)
                self._snapshot.keep()  # what is registered meanwhile waits in the outbox
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
            self._end(consumer)  # the first answer brings the topic's id
            topic_id = _topic_id(consumer)
            while not self._stopping.is_set():
                began = time.monotonic()
                records = consumer.poll(timeout_ms=_QUIET_MS).get(self._place, [])
                for record in records:
                    self._take(record)
                is_quiet = not records and time.monotonic() - began > _QUIET_MS / 2000
                if not self._known.is_read and is_quiet and self._has_read_all(consumer, topic_id):
                    self._known.end_reading()
                self._snapshot.keep()
                if (now := _topic_id(consumer)) is not None and now != topic_id:
                    _log.warning("topics_made_anew", topic=EVENTS.name)
                    return
        finally:
            consumer.close()

    def _has_read_all(self, consumer: Any, topic_id: object) -> bool:  # noqa: ANN401 (as all of kafka-python)
        """Return whether everything registered is read, and not just what a restore has brought back until now.

        The end is asked for after the epoch was found complete; the topic must be the same before and after that,
        since a broker that forgets may have begun anew between two questions.
        """
        if time.monotonic() - self._looked_at < _LOOK_SECONDS:
            return False
        self._looked_at = time.monotonic()
        try:
            if check_epoch(self._servers, self._partitions)["complete_at"] is None:
                self._why_unread = ": a restore has not ended"
                return False
            is_at_end = consumer.position(self._place) >= self._end(consumer)
            return is_at_end and id_of(self._servers, EVENTS) == str(topic_id)
        except ClusterError as error:
            self._why_unread = f": {error}"
        except ValidationError:  # reports go on without it
            self._why_unread = f": topic {EPOCHS.name} has what is no epoch"
        return False

    def _end(self, consumer: Any) -> int:  # noqa: ANN401 (as all of kafka-python)
        end: int = consumer.end_offsets([self._place], timeout_ms=_ANSWER_MS)[self._place]
        return end

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
