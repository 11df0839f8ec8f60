"""The topic `milestones`, read and written by one process at a time."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import kafka
from kafka import ConsumerRebalanceListener, TopicPartition
from kafka.errors import KafkaError
from pydantic import ValidationError

from schemas.cluster import RECONNECT_MS, ClusterError
from schemas.crossing import Crossing, Delivery, decode_milestone, milestone_key
from schemas.metrics import REFUSED
from schemas.operations import log_of
from schemas.topics import MILESTONES
from schemas.wire import HEADERS, encode, refusal_of
from sinks.consume import connect_consumer

_GROUP: Final = "milestones"
_ONLY: Final = TopicPartition(MILESTONES.name, 0)
_BATCH: Final = 1000
_POLL_MS: Final = 200
_ANSWER_MS: Final = 5_000
_ACKNOWLEDGE_SECONDS: Final = 30
_CLOSE_MS: Final = 1_000
_log = log_of("milestones")


class Log(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python ships no types
    """A member of one group: Kafka gives the seat to one of them, and only that one reads and is to write.

    One that was frozen may write although another has the seat by now: both give a crossing the same id. Nothing is
    committed; whoever gets the seat reads from the beginning. Every method may raise KafkaError.
    """

    def __init__(self, servers: str, session_timeout_seconds: float) -> None:
        self.has_joined = self.has_seat = False
        self._is_placed = False
        self._written = 0
        self._topic_id: object = None
        self._producer = kafka.KafkaProducer(
            allow_auto_create_topics=False,
            bootstrap_servers=servers,
            acks="all",
            enable_idempotence=True,
            reconnect_backoff_max_ms=RECONNECT_MS,
            metrics_enabled=False,
        )
        try:
            self._consumer = connect_consumer(servers, _GROUP, session_timeout_seconds, _BATCH)
        except KafkaError:
            self._producer.close(timeout=0)
            raise
        self._consumer.subscribe(topics=[MILESTONES.name], listener=self)

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Take the seat, if it is there; to read on where this process once stood could skip what was dropped."""
        self.has_joined = True
        self.has_seat = self.has_seat or _ONLY in assigned
        self._is_placed = False

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Leave the seat to another one."""
        self.has_seat = self.has_seat and _ONLY not in revoked

    def on_partitions_lost(self, lost: Collection[TopicPartition]) -> None:
        """Do as if it was revoked."""
        self.on_partitions_revoked(lost)

    def read(self) -> list[Crossing | Delivery]:
        """Return what is there, or after a moment nothing; raises ClusterError where the topic was made anew."""
        polled = self._consumer.poll(timeout_ms=_POLL_MS)
        self._check_topic()
        if not self.has_seat:
            return []
        if not self._is_placed:
            self._consumer.seek_to_beginning(_ONLY)
            self._is_placed = True
            return []
        return [said for record in polled.get(_ONLY, ()) if (said := _decode(record))]

    def is_at_end(self) -> bool:
        """Return whether this process has the seat and has read all that anybody has written."""
        if not self.has_seat or not self._is_placed:
            return False
        end = self._consumer.end_offsets([_ONLY], timeout_ms=_ANSWER_MS)[_ONLY]
        position = self._consumer.position(_ONLY, timeout_ms=_ANSWER_MS)
        # A broker's end may be a moment behind what it has acknowledged.
        return position is not None and position >= max(end, self._written)

    def write(self, said: Sequence[Crossing | Delivery]) -> None:
        """Return once Kafka has all of it."""
        sent = [self._producer.send(MILESTONES.name, encode(one), milestone_key(one), HEADERS, 0) for one in said]
        for future in sent:
            self._written = future.get(timeout=_ACKNOWLEDGE_SECONDS).offset + 1

    def close(self) -> None:
        """Leave the group in bounded time, so that another one takes over at once."""
        try:
            self._consumer.close(autocommit=False, timeout_ms=_CLOSE_MS)
            self._producer.close(timeout=_CLOSE_MS / 1000)
        except KafkaError as error:
            _log.warning("leaving_failed", failure=type(error).__name__)

    def _check_topic(self) -> None:
        """See that it is still the same topic: in one that was made anew, what was told comes back by a restore."""
        found = self._consumer._client.cluster.topic_id(MILESTONES.name)  # noqa: SLF001 (no public name says it)
        if found is not None and self._topic_id not in (None, found):
            raise ClusterError("topic milestones was made anew: start again, this process knows the one before")
        self._topic_id = found if found is not None else self._topic_id


def _decode(record: Any) -> Crossing | Delivery | None:  # noqa: ANN401 (kafka-python has no types)
    try:
        return decode_milestone(record.key or b"", record.value or b"")
    except ValidationError as error:
        refusal = refusal_of(error)
        REFUSED.labels("milestones", refusal.reason).inc()
        _log.warning("record_refused", offset=record.offset, reason=refusal.reason, field=refusal.field)
        return None
