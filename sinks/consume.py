"""Polls Kafka, hands batches over, commits what was taken: for every sink that stores."""

import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, wait
from contextlib import closing
from threading import Event, Thread
from typing import Final, Protocol

import kafka
from kafka import ConsumerRebalanceListener, TopicPartition
from kafka.errors import CommitFailedError, KafkaError, KafkaTimeoutError, RebalanceInProgressError
from kafka.structs import OffsetAndMetadata

from schemas.cluster import RECONNECT_MS
from schemas.lag import Lag
from schemas.metrics import COMMIT_ERRORS
from schemas.operations import log_of
from sinks.placing import Batch, Placing

Offsets = dict[TopicPartition, int]
_POLL_MS: Final = 100
_PATIENCE_SECONDS: Final = 1.0
_STOP_SECONDS: Final = 2.5
_COMMIT_MS: Final = 5_000
_MEASURE_SECONDS: Final = 5.0
_MEASURE_MS: Final = 1_000
_CLOSE_MS: Final = 1_000
_log: Final = log_of("consume")


class Destination(Protocol):
    """Where batches go; its methods are called one at a time."""

    def take(self, batch: Batch) -> Offsets:
        """Return the offsets that may be committed; nothing before them may be lost any more."""

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """Drop what is remembered of partitions that will be read again from what was committed."""


def connect_consumer(servers: str, group: str, session_timeout_seconds: float, limit: int) -> kafka.KafkaConsumer:
    """Return a member-to-be of a group that starts at the beginning and commits only when told to."""
    return kafka.KafkaConsumer(
        allow_auto_create_topics=False,
        bootstrap_servers=servers,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=int(session_timeout_seconds * 1000),
        heartbeat_interval_ms=int(session_timeout_seconds * 1000 / 4),
        max_poll_records=limit,
        reconnect_backoff_max_ms=RECONNECT_MS,
        metrics_enabled=False,
    )


class Consumption(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python ships no types
    """One member of a consumer group: `run` returns when `stop` is set and raises what `destination` raises.

    While a hand-over takes long, everything is paused and polling goes on: the member stays in the group for as
    long as it lasts and holds one batch, no more.
    """

    def __init__(self, consumer: kafka.KafkaConsumer, destination: Destination, stop: Event) -> None:
        self._consumer = consumer
        self._destination = destination
        self._stop = stop
        self._gathered: Batch = {}
        self._moved: set[TopicPartition] = set()
        self._is_waiting = False
        self._placing = Placing(consumer)
        self._lag = Lag()
        self._ends: Offsets = {}
        self._measured_at = 0.0
        self.last_turn: float | None = None
        self.taking_since: float | None = None
        """When the batch at hand was handed over (monotonic); None while there is none."""
        self.has_joined = False
        self.owned: frozenset[TopicPartition] = frozenset()

    def run(self, topics: Iterable[str], limit: int, linger_seconds: float) -> None:
        """Hand over up to about `limit` records at once, gathered for no longer than `linger_seconds`."""
        self._consumer.subscribe(topics=list(topics), listener=self)
        with closing(_Closing(self._consumer)):
            while not self._stop.is_set():
                self._gather(limit, linger_seconds)
                self._destination.forget(self._moved)
                self._moved.clear()
                batch, self._gathered = self._gathered, {}
                self._tell_lag(batch)
                if batch:
                    self._hand_over(batch)
                    self._tell_lag({}, untold=batch)

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Forget what was read of partitions that go to another member: it reads them from what was committed."""
        self._leave(revoked)

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Start on partitions where their last commit says."""
        self._move(assigned)
        self._placing.expect(assigned)
        self.owned |= set(assigned)
        self.has_joined = True
        if self._is_waiting and assigned:
            self._consumer.pause(*assigned)

    def on_partitions_lost(self, lost: Collection[TopicPartition]) -> None:
        """Do as if they were revoked: nothing of them is committed any more."""
        self._leave(lost)

    def _leave(self, partitions: Collection[TopicPartition]) -> None:
        self._move(partitions)
        self._placing.forget(partitions)
        self.owned -= set(partitions)
        for partition in partitions:
            self._ends.pop(partition, None)
            self._lag.forget(_name_of(partition))

    def _move(self, partitions: Collection[TopicPartition]) -> None:
        self._moved.update(partitions)
        for partition in partitions:
            self._gathered.pop(partition, None)

    def _gather(self, limit: int, linger_seconds: float) -> None:
        deadline = time.monotonic() + linger_seconds
        while not self._stop.is_set():
            self.last_turn = now = time.monotonic()
            left = limit - sum(map(len, self._gathered.values()))
            if left <= 0 or now >= deadline:
                return
            polled = self._consumer.poll(timeout_ms=min(_POLL_MS, 1000 * linger_seconds), max_records=left)
            for partition, records in self._placing.kept(polled).items():
                self._gathered.setdefault(partition, []).extend(records)

    def _hand_over(self, batch: Batch) -> None:
        self.taking_since = time.monotonic()
        taking = _start(self._destination.take, batch)
        try:
            offsets = self._wait(taking, batch)
        finally:
            self._is_waiting = False
            self.taking_since = None
        if offsets is not None:
            self._commit({partition: offset for partition, offset in offsets.items() if partition not in self._moved})

    def _wait(self, taking: "Future[Offsets]", batch: Batch) -> Offsets | None:
        """Return what the hand-over returned; None where the stop came first, then nothing of it is committed."""
        give_up_at: float | None = None
        patience = _PATIENCE_SECONDS
        while True:
            self.last_turn = time.monotonic()
            if wait([taking], timeout=patience).done:
                return taking.result()
            patience = _POLL_MS / 1000
            if self._stop.is_set():
                give_up_at = give_up_at or time.monotonic() + _STOP_SECONDS
                if time.monotonic() > give_up_at:
                    return None
            self._stay_in_the_group()
            self._measure_ends()
            self._tell_lag(batch)

    def _stay_in_the_group(self) -> None:
        self._is_waiting = True
        self._consumer.pause(*self._consumer.assignment())
        polled = self._consumer.poll(timeout_ms=_POLL_MS, max_records=1)
        for partition, records in self._placing.kept(polled).items():
            # Read between an assignment and its pause: read it again later.
            self._consumer.seek(partition, records[0].offset)

    def _commit(self, offsets: Offsets) -> None:
        self._consumer.resume(*self._consumer.paused())
        if not offsets:
            return
        try:
            self._consumer.commit(
                {partition: OffsetAndMetadata(offset, "", -1) for partition, offset in offsets.items()},
                timeout_ms=_COMMIT_MS,
            )
        except (CommitFailedError, RebalanceInProgressError, KafkaTimeoutError) as error:
            COMMIT_ERRORS.labels("sink").inc()
            # The group moved on or Kafka is away: what is read again is stored again, which changes nothing.
            _log.warning("commit_failed", failure=type(error).__name__)

    def _measure_ends(self) -> None:
        """Ask for the ends of logs that are not read meanwhile; where Kafka is away too, the last known ones stay."""
        if time.monotonic() - self._measured_at < _MEASURE_SECONDS:
            return
        self._measured_at = time.monotonic()
        try:
            self._ends |= self._consumer.end_offsets(list(self.owned), timeout_ms=_MEASURE_MS)
        except KafkaError as error:
            _log.warning("ends_not_known", failure=type(error).__name__)

    def _tell_lag(self, at_hand: Batch, untold: Collection[TopicPartition] = ()) -> None:
        """Tell what is not stored yet; of `untold`, just stored, only where it is all: the rest is told next."""
        now = time.time()
        for partition in self.owned:
            first = next(iter(at_hand.get(partition, ())), None)
            position = first.offset if first else self._consumer.position(partition, timeout_ms=_POLL_MS)
            end = max(self._consumer.highwater(partition) or 0, self._ends.get(partition, 0))
            if position is None or (partition in untold and position < end):
                continue
            oldest_ms = first.timestamp if first else None
            self._lag.tell(_name_of(partition), position=position, end=end, oldest_ms=oldest_ms, now=now)


def _name_of(partition: TopicPartition) -> str:
    return f"{partition.topic}/{partition.partition}"


class _Closing:
    """Leaves the group in bounded time, so that others take over at once."""

    def __init__(self, consumer: kafka.KafkaConsumer) -> None:
        self._consumer = consumer

    def close(self) -> None:
        try:
            self._consumer.close(autocommit=False, timeout_ms=_CLOSE_MS)
        except KafkaError as error:
            _log.warning("leaving_failed", failure=type(error).__name__)


def _start(take: Callable[[Batch], Offsets], batch: Batch) -> "Future[Offsets]":
    taking: Future[Offsets] = Future()

    def run() -> None:
        try:
            taking.set_result(take(batch))
        except BaseException as error:  # noqa: BLE001 (raised where the result is asked for)
            taking.set_exception(error)

    # A daemon: a hand-over that hangs in the network must not keep the process from stopping.
    Thread(target=run, name="hand-over", daemon=True).start()
    return taking
