"""What the consumer promises: nothing committed that was not taken, nothing lost, and it stays in its group."""

import time
from collections.abc import Callable, Collection
from contextlib import closing
from threading import Event, Thread
from typing import Any

import kafka
from kafka import TopicPartition

from schemas.wire import HEADERS
from sinks.consume import Batch, Consumption, Offsets, connect_consumer

PARTITIONS = 3
TOPIC = "letters"


class Taken:
    """Keeps what it is given; waits while the gate is closed."""

    def __init__(self) -> None:
        self.gate = Event()
        self.gate.set()
        self.values: set[bytes] = set()
        self.largest = 0

    def take(self, batch: Batch) -> Offsets:
        self.gate.wait()
        self.largest = max(self.largest, sum(map(len, batch.values())))
        self.values.update(record.value for records in batch.values() for record in records)
        return {partition: records[-1].offset + 1 for partition, records in batch.items()}

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """Remembers nothing between batches."""


class Member:
    """A consumer in a thread of its own."""

    def __init__(self, broker: str, destination: Any, linger_seconds: float = 0.1) -> None:  # noqa: ANN401 (a Destination)
        self.stop = Event()
        self.fault: Exception | None = None
        self._linger_seconds = linger_seconds
        self.consumption = Consumption(connect_consumer(broker, "g", 6, 100), destination, self.stop)
        self.thread = Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.consumption.run([TOPIC], 100, self._linger_seconds)
        except ValueError as error:
            self.fault = error

    def end(self) -> None:
        self.stop.set()
        self.thread.join(timeout=6)
        assert not self.thread.is_alive()


def wait_for(is_so: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def send(broker: str, start: int, end: int) -> set[bytes]:
    values = {b"%d" % number for number in range(start, end)}
    with closing(
        kafka.KafkaProducer(
            allow_auto_create_topics=False, bootstrap_servers=broker, acks="all", enable_idempotence=True
        )
    ) as producer:
        for number in range(start, end):
            producer.send(TOPIC, partition=number % PARTITIONS, value=b"%d" % number, headers=HEADERS)
        producer.flush()
    return values


def committed(broker: str) -> int:
    with closing(
        kafka.KafkaConsumer(
            allow_auto_create_topics=False, bootstrap_servers=broker, group_id="g", enable_auto_commit=False
        )
    ) as consumer:
        return sum(consumer.committed(TopicPartition(TOPIC, partition)) or 0 for partition in range(PARTITIONS))


def test_a_long_hand_over_keeps_its_place_and_one_batch(broker: str) -> None:
    """A hand-over that lasts longer than the session times out nobody, commits nothing, and holds one batch."""
    taken = Taken()
    taken.gate.clear()
    member = Member(broker, taken)
    sent = send(broker, 0, 500)
    wait_for(lambda: member.consumption.has_joined)
    time.sleep(8)  # longer than the session of 6 s
    assert committed(broker) == 0
    taken.gate.set()
    wait_for(lambda: taken.values == sent)
    wait_for(lambda: committed(broker) == 500)
    assert taken.largest <= 100
    member.end()


def test_a_member_that_comes_and_one_that_goes_lose_nothing(broker: str) -> None:
    """While a second member joins during a long hand-over and the first leaves, every record is taken."""
    first, second = Taken(), Taken()
    one = Member(broker, first)
    sent = send(broker, 0, 300)
    wait_for(lambda: bool(first.values))
    first.gate.clear()
    other = Member(broker, second)
    sent |= send(broker, 300, 600)
    wait_for(lambda: other.consumption.has_joined)
    first.gate.set()
    sent |= send(broker, 600, 900)
    one.end()
    sent |= send(broker, 900, 1_000)
    wait_for(lambda: first.values | second.values == sent)
    wait_for(lambda: committed(broker) == 1_000)
    other.end()


def test_what_was_gathered_before_a_rebalance_is_read_again(broker: str) -> None:
    """Records that were read but not handed over when others join are taken, also in partitions that a member keeps."""
    first, second = Taken(), Taken()
    one = Member(broker, first, linger_seconds=20)
    sent = send(broker, 0, 30)
    wait_for(lambda: sum(map(len, one.consumption._gathered.values())) == 30)  # noqa: SLF001 (nothing else tells)
    other = Member(broker, second)
    wait_for(lambda: other.consumption.has_joined and 0 < len(one.consumption.owned) < PARTITIONS)
    sent |= send(broker, 30, 60)
    wait_for(lambda: first.values | second.values == sent, 60)
    wait_for(lambda: committed(broker) == 60)
    one.end()
    other.end()


def test_a_stop_during_a_hand_over_commits_nothing_of_it(broker: str) -> None:
    """A destination that hangs delays the stop by less than five seconds, and its batch is read again."""
    stuck = Taken()
    stuck.gate.clear()
    member = Member(broker, stuck)
    sent = send(broker, 0, 10)
    wait_for(lambda: member.consumption.has_joined)
    time.sleep(1.5)
    began = time.monotonic()
    member.end()
    assert time.monotonic() - began < 5
    assert committed(broker) == 0
    again = Taken()
    successor = Member(broker, again)
    wait_for(lambda: again.values == sent)
    successor.end()
    stuck.gate.set()


def test_what_a_destination_raises_ends_the_run(broker: str) -> None:
    """A fault of the destination comes out of `run`, with nothing committed."""

    class Broken(Taken):
        def take(self, batch: Batch) -> Offsets:
            raise ValueError(f"{len(batch)}")

    member = Member(broker, Broken())
    send(broker, 0, 10)
    member.thread.join(timeout=30)
    assert isinstance(member.fault, ValueError)
    assert committed(broker) == 0
