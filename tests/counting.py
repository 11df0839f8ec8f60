"""Count workers as processes, and a reader of `tallies` that begins afresh and believes nothing."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import MappingProxyType

import kafka

from deploy.topics import open_topics
from schemas.environment import Environment
from schemas.partition import partition_of
from schemas.report import LetterReport
from schemas.tally import checksum_of
from schemas.topics import LETTERS, TALLIES
from schemas.wire import HEADERS, decode_tally, encode
from streams.fold import Sums
from tests.brokers import EmbeddedBroker
from tests.parts import Part

PARTITIONS = 8


@contextmanager
def embedded_broker(folder: Path) -> Iterator[EmbeddedBroker]:
    """Run the embedded broker with empty topics."""
    broker = EmbeddedBroker(folder)
    broker.start()
    try:
        open_cluster(broker.address)
        yield broker
    finally:
        broker.kill()


def open_cluster(address: str) -> None:
    """Make the topics of a new cluster."""
    open_topics(Environment(kafka=address, partitions=PARTITIONS))  # type: ignore[call-arg]


class Worker(Part):
    """A count worker with a state folder of its own; started again, it goes on with what the folder holds."""

    def __init__(self, address: str, folder: Path, settings: Mapping[str, str] = MappingProxyType({})) -> None:
        told = {
            "TALLY_KAFKA": address,
            "TALLY_STATE": str(folder / "state"),
            "TALLY_SESSION_TIMEOUT_SECONDS": "6",
            "TALLY_KEYFRAME_INTERVAL_SECONDS": "5",
            **settings,
        }
        super().__init__(folder, ["streams"], told)


class HeldWorker(Part):
    """A worker of held reports with a state folder of its own, or that of a count worker."""

    def __init__(self, address: str, folder: Path) -> None:
        told = {"TALLY_KAFKA": address, "TALLY_STATE": str(folder / "state"), "TALLY_SESSION_TIMEOUT_SECONDS": "6"}
        super().__init__(folder, ["streams.held"], told)


def make_producer(address: str) -> kafka.KafkaProducer:
    """Return a producer that goes on through an outage of the broker of up to three minutes."""
    return kafka.KafkaProducer(
        allow_auto_create_topics=False,
        bootstrap_servers=address,
        acks="all",
        enable_idempotence=True,
        linger_ms=20,
        batch_size=128 << 10,
        delivery_timeout_ms=180_000,
        request_timeout_ms=10_000,
        metrics_enabled=False,
    )


def send_report(producer: kafka.KafkaProducer, report: LetterReport) -> object:
    """Send a report where the Java client would put it; returns the send's future."""
    key = report["report_id"].encode()
    home = partition_of(key, PARTITIONS)
    return producer.send(LETTERS.name, key=key, value=encode(report), headers=HEADERS, partition=home)


def produce(address: str, history: Iterable[LetterReport]) -> None:
    """Send a history and return once all of it is acknowledged."""
    with closing(make_producer(address)) as producer:
        futures = [send_report(producer, report) for report in history]
        for future in futures:
            future.get(timeout=200)  # type: ignore[attr-defined]


def shown_totals(address: str, enough: Sums, limit_seconds: float) -> Sums:
    """Read `tallies` from its start until the proven totals are `enough`, or the time is up; return them."""
    newest: dict[bytes, tuple[int, tuple[str, str, str], tuple[int, int], int]] = {}
    checksums: dict[int, tuple[int, int]] = {}
    deadline = time.monotonic() + limit_seconds
    shown: Sums = {}
    with closing(
        kafka.KafkaConsumer(allow_auto_create_topics=False, bootstrap_servers=address, enable_auto_commit=False)
    ) as consumer:
        homes = [kafka.TopicPartition(TALLIES.name, number) for number in range(PARTITIONS)]
        consumer.assign(homes)
        consumer.seek_to_beginning(*homes)
        while shown != enough and time.monotonic() < deadline:
            for records in consumer.poll(timeout_ms=200).values():
                for record in records:
                    _take(record.key, record.value, newest, checksums)
            if _is_proven(newest, checksums):
                shown = _summed(newest)
    return shown


def _take(key: bytes, value: bytes, newest: dict, checksums: dict) -> None:  # type: ignore[type-arg]
    told = decode_tally(key, value)
    if "scope" not in told:
        if told["version"] >= checksums.get(told["partition"], (-1, 0))[0]:
            checksums[told["partition"]] = (told["version"], told["checksum"])
    elif key not in newest or told["version"] >= newest[key][0]:
        total = (told["campaign"], told["scope"], told["member"])
        newest[key] = (told["version"], total, (told["letters"], told["reports"]), told["partition"])


def _is_proven(newest: dict, checksums: dict) -> bool:  # type: ignore[type-arg]
    sums = dict.fromkeys(range(PARTITIONS), 0)
    for _, total, pair, partition in newest.values():
        sums[partition] += checksum_of(*total, *pair)
    return all(p in checksums and checksums[p][1] == checksum % 2**64 for p, checksum in sums.items())


def _summed(newest: dict) -> Sums:  # type: ignore[type-arg]
    sums: Sums = {}
    for _, total, (letters, reports), _ in newest.values():
        known = sums.get(total, (0, 0))
        sums[total] = (known[0] + letters, known[1] + reports)
    return {total: pair for total, pair in sums.items() if pair != (0, 0)}
