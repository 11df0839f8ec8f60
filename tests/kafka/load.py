"""What is sent while everything breaks: a history at its pace, and among it records that must be rejected."""

import re
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from random import Random
from typing import Any, Final

import kafka

from schemas.partition import partition_of
from schemas.report import LetterReport
from schemas.topics import LETTERS
from schemas.wire import HEADERS, encode
from tests.counting import PARTITIONS, make_producer, send_report

_REASONS: Final = ("unreadable", "unknown_schema", "missing_field", "bad_value", "wrong_partition")
_MARK: Final = re.compile(rb"spoiled-([a-z-]+)")
_SPOILED_SHARE: Final = 0.005


def produce_steadily(address: str, history: Sequence[LetterReport], a_second: int, random: Random) -> int:
    """Send the history at its pace with spoiled records in between; return how many those were once all is safe."""
    begin, spoiled = time.monotonic(), 0
    with ExitStack() as ending:
        producer = make_producer(address)
        ending.callback(producer.close, timeout=10)  # where the broker does not come back, waiting on would not end
        futures: list[Any] = []
        for number, report in enumerate(history):
            if random.random() < _SPOILED_SHARE:
                futures.append(_send_spoiled(producer, report, random.choice(_REASONS)))
                spoiled += 1
            futures.append(send_report(producer, report))
            while number > (time.monotonic() - begin) * a_second:
                time.sleep(0.005)  # the pace of the load, not a wait for anything
        for future in futures:
            future.get(timeout=200)
    return spoiled


def _send_spoiled(producer: kafka.KafkaProducer, report: LetterReport, reason: str) -> object:
    key = report["report_id"].encode()
    home = partition_of(key, PARTITIONS)
    # A revision above all others and a large count: if it were counted, the totals would show it.
    body: dict[str, Any] = {**report, "revision": 99, "letters": 1_000_000, "withdrawn": False}
    body["source"] = "spoiled-" + reason.replace("_", "-")
    if reason == "missing_field":
        del body["country"]
    if reason == "bad_value":
        body["kind"] = "pigeon"
    value = encode(body)[: -1 if reason == "unreadable" else None]
    headers = [("version", b"9")] if reason == "unknown_schema" else HEADERS
    partition = (home + 1) % PARTITIONS if reason == "wrong_partition" else home
    return producer.send(LETTERS.name, key=key, value=value, headers=headers, partition=partition)


def spoiled_on(records: Sequence[Any]) -> dict[str, str]:
    """Return what must be in `rejected` of these records of `letters`: origin -> reason."""
    return {
        f"{LETTERS.name}/{record.partition}/{record.offset}": mark[1].decode().replace("-", "_")
        for record in records
        if (mark := _MARK.search(record.value))
    }


def log_of(address: str, at_least: int) -> list[Any]:
    """Return the records of `letters`; ends are not asked for alone, since the embedded broker's may lag."""
    found: list[Any] = []
    with closing(
        kafka.KafkaConsumer(allow_auto_create_topics=False, bootstrap_servers=address, enable_auto_commit=False)
    ) as consumer:
        homes = [kafka.TopicPartition(LETTERS.name, number) for number in range(PARTITIONS)]
        consumer.assign(homes)
        consumer.seek_to_beginning(*homes)
        ends = consumer.end_offsets(homes)
        deadline = time.monotonic() + 60
        while len(found) < at_least or any(consumer.position(home) < ends[home] for home in homes):
            assert time.monotonic() < deadline, f"{at_least} records were sent, {len(found)} found"
            for records in consumer.poll(timeout_ms=500).values():
                found.extend(records)
    return found
