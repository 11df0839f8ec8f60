"""Fills a topic fast enough that a benchmark does not spend its minutes on it."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import islice

import kafka
from aiokafka import AIOKafkaProducer

from schemas.partition import partitions_of
from schemas.report import LetterReport
from schemas.wire import HEADERS, encode
from tests.counting import PARTITIONS

_AT_ONCE = 50_000
_BATCH_BYTES = 256 << 10


async def fill(address: str, topic: str, reports: Iterable[LetterReport], say: Callable[[int], None]) -> None:
    """Send reports, each to its key's partition, and return once all are acknowledged; `say` hears how many are."""
    producer = AIOKafkaProducer(
        bootstrap_servers=address, acks="all", enable_idempotence=True, max_batch_size=_BATCH_BYTES
    )
    await producer.start()
    done, rest = 0, iter(reports)
    try:
        while chunk := list(islice(rest, _AT_ONCE)):
            await _send(producer, topic, chunk)
            done += len(chunk)
            say(done)
    finally:
        await producer.stop()


async def _send(producer: AIOKafkaProducer, topic: str, chunk: list[LetterReport]) -> None:
    keys = [report["report_id"].encode() for report in chunk]
    batches = [producer.create_batch() for _ in range(PARTITIONS)]
    sent = []
    for key, report, home in zip(keys, chunk, partitions_of(keys, PARTITIONS).tolist(), strict=True):
        record = {"timestamp": None, "key": key, "value": encode(report), "headers": HEADERS}
        if batches[home].append(**record) is None:
            sent.append(await producer.send_batch(batches[home], topic, partition=home))
            batches[home] = producer.create_batch()
            batches[home].append(**record)
    for home, batch in enumerate(batches):
        if batch.record_count():
            sent.append(await producer.send_batch(batch, topic, partition=home))
    await asyncio.gather(*sent)


def ends_of(address: str, topic: str) -> dict[int, int]:
    """Return how many records each partition of a topic has."""
    homes = [kafka.TopicPartition(topic, number) for number in range(PARTITIONS)]
    with closing(kafka.KafkaConsumer(bootstrap_servers=address, allow_auto_create_topics=False)) as consumer:
        return {home.partition: end for home, end in consumer.end_offsets(homes).items()}
