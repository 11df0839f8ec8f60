"""An audit reads a partition as the log has it, on either broker, or says that it can't."""

from contextlib import closing
from random import Random
from typing import Any

import kafka
import pytest
from kafka import TopicPartition

from deploy.audit.history import Asked
from deploy.audit.log import AuditError, read_history
from schemas.partition import partition_of
from schemas.topics import LETTERS
from schemas.wire import HEADERS, encode
from tests.brokers import ApacheKafka
from tests.counting import PARTITIONS, make_producer, open_cluster, produce
from tests.histories import random_history, recount
from tests.kafka.pipeline import Broker


def sums_of(address: str, versions: list[int]) -> dict[Any, tuple[int, int]]:
    """Return what the partitions come to for both campaigns of a random history."""
    sums: dict[Any, tuple[int, int]] = {}
    for partition, version in enumerate(versions):
        told: list[int] = []
        history = read_history(address, partition, PARTITIONS, version, told.append)
        assert not version or told[-1] == version
        for campaign in ("w4r-2025", "w4r-2026"):
            for key, (letters, reports) in history.totals_at([version], Asked(campaign))[version].items():
                before = sums.get(key, (0, 0))
                sums[key] = (before[0] + letters, before[1] + reports)
    return {key: pair for key, pair in sums.items() if pair != (0, 0)}


def ends_of(address: str) -> list[int]:
    with closing(
        kafka.KafkaConsumer(allow_auto_create_topics=False, bootstrap_servers=address, enable_auto_commit=False)
    ) as consumer:
        ends = consumer.end_offsets([TopicPartition(LETTERS.name, partition) for partition in range(PARTITIONS)])
    return [ends[TopicPartition(LETTERS.name, partition)] for partition in range(PARTITIONS)]


def test_an_audit_reads_what_was_counted(broker: Broker) -> None:
    """All partitions come to a plain recount; what a worker rejects, there or of another partition, counts nothing."""
    if isinstance(broker, ApacheKafka):
        open_cluster(broker.address)
    history = random_history(Random(8), 3_000, 900)
    produce(broker.address, history)
    with closing(make_producer(broker.address)) as producer:
        stray = history[0] | {"revision": 9}
        key = stray["report_id"].encode()
        elsewhere = (partition_of(key, PARTITIONS) + 1) % PARTITIONS
        for partition, value in [(elsewhere, encode(stray)), *((number, b"{") for number in range(PARTITIONS))]:
            producer.send(LETTERS.name, key=key, value=value, headers=HEADERS, partition=partition).get(timeout=60)
    assert sums_of(broker.address, ends_of(broker.address)) == recount(history)


@pytest.mark.timeout(120)
def test_a_log_whose_beginning_is_lost_is_no_log_to_audit(apache_kafka: ApacheKafka) -> None:
    """Where retention has taken the first records the audit says which partition, and what to do."""
    open_cluster(apache_kafka.address)
    produce(apache_kafka.address, random_history(Random(8), 400, 300))
    ends = ends_of(apache_kafka.address)
    with closing(kafka.KafkaAdminClient(bootstrap_servers=apache_kafka.address)) as admin:
        admin.delete_records({TopicPartition(LETTERS.name, 2): 5})
    with pytest.raises(AuditError, match="partition 2 of letters begins with offset 5, not 0"):
        read_history(apache_kafka.address, 2, PARTITIONS, ends[2], lambda _: None)
