"""A clean stop leaves nothing behind on the broker, or says what it left."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import kafka
import pytest

from deploy.drain import NotDrainedError, drain, read_ends
from schemas.topics import LETTERS, REJECTED
from tests.brokers import EmbeddedBroker
from tests.counting import PARTITIONS, open_cluster
from tests.stacks import Up, wait_for

BURST = 400


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    broker = EmbeddedBroker(tmp_path)
    broker.start()
    yield broker
    broker.kill()


def send(address: str, topic: str, partition: int, count: int) -> None:
    """Send records as one batch or few, and return once they are acknowledged."""
    with closing(
        kafka.KafkaProducer(bootstrap_servers=address, linger_ms=50, batch_size=256 << 10, enable_idempotence=True)
    ) as producer:
        for sent in [producer.send(topic, value=b"x", partition=partition) for _ in range(count)]:
            sent.get(timeout=30)


def test_the_end_is_what_was_acknowledged(broker: EmbeddedBroker) -> None:
    """Right after a batch was acknowledged, its last record is before the end that is found."""
    open_cluster(broker.address)
    homes = [kafka.TopicPartition(LETTERS.name, number) for number in range(PARTITIONS)]
    sent = 0
    for count in (300, 1, 77):
        send(broker.address, LETTERS.name, 0, count)
        sent += count
        ends = read_ends(broker.address, homes, time.monotonic() + 30)
        assert ends == {home: sent if home.partition == 0 else 0 for home in homes}


def test_a_drain_waits_for_each_topic(broker: EmbeddedBroker) -> None:
    """A group that has committed all letters but the last rejection is not done; once it has that, it is."""
    open_cluster(broker.address)
    send(broker.address, LETTERS.name, 0, 50)
    send(broker.address, REJECTED.name, 1, 3)
    topics = (LETTERS.name, REJECTED.name)
    with closing(
        kafka.KafkaConsumer(bootstrap_servers=broker.address, group_id="storing", enable_auto_commit=False)
    ) as member:
        letters, rejected = kafka.TopicPartition(LETTERS.name, 0), kafka.TopicPartition(REJECTED.name, 1)
        member.assign([letters, rejected])
        meta = kafka.OffsetAndMetadata
        member.commit({letters: meta(50, "", -1), rejected: meta(2, "", -1)})
        with pytest.raises(NotDrainedError, match="lacks 1 records of letters and rejected"):
            drain(broker.address, "storing", topics, PARTITIONS, 3)
        member.commit({rejected: meta(3, "", -1)})
        drain(broker.address, "storing", topics, PARTITIONS, 20)


def test_a_burst_right_before_a_stop_is_all_there(data: Path) -> None:
    """Every report that was accepted in the moment before a stop is stored and counted after the next start."""
    first = Up(data)
    with ThreadPoolExecutor(16) as posting:
        assert set(posting.map(first.post, map(str, range(BURST)))) == {202}
    assert first.stop() == 0, first.said()
    second = Up(data)
    assert second.stored() == BURST
    wait_for(lambda: second.world() == 5 * BURST, 60)
    assert second.stop() == 0, second.said()


def test_a_stop_that_clickhouse_can_not_follow_says_so_and_loses_nothing(data: Path) -> None:
    """With a sink that hangs, a stop ends in its time, says what ClickHouse lacks, and the next start counts that."""
    first = Up(data)
    first.part("sinks.clickhouse").suspend()
    assert first.post("one") == 202
    assert first.stop() == 1
    assert (
        "ClickHouse lacks 1 records of letters and held and events after 20 s: reports lie in the outbox"
        in first.said()
    )
    second = Up(data)
    wait_for(lambda: second.world() == 5, 60)
    assert second.stop() == 0, second.said()
