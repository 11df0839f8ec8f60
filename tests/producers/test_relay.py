"""What the relay promises: what was kept gets to Kafka, in order, and stays kept until it is safe."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import Any

import kafka
import pytest

from producers.committed import ask_committed
from producers.outbox import Outbox
from producers.publisher import Outgoing, Publisher
from producers.relay import Committed, Relay
from schemas.epoch import group_of_sinks
from schemas.topics import LETTERS
from tests.brokers import EmbeddedBroker
from tests.counting import PARTITIONS, open_cluster
from tests.producers.test_collector import records

Ask = Callable[[], Coroutine[Any, Any, Committed | None]]


def _letter(number: int) -> Outgoing:
    """Return a record of one of ten reports."""
    return Outgoing(LETTERS.name, f"{number % 10:036}".encode(), b"%d" % number)


async def wait_until(is_so: Callable[[], bool], limit_seconds: float = 30) -> None:
    deadline = time.monotonic() + limit_seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def _relaying(address: str, folder: Path, ask: Ask | None = None) -> AsyncIterator[tuple[Outbox, Publisher]]:
    outbox, publisher = Outbox(folder, 1 << 30, 0), Publisher(address, PARTITIONS)
    tasks = [asyncio.create_task(work) for work in (publisher.stay_connected(), Relay(outbox, publisher, ask).run())]
    try:
        yield outbox, publisher
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await publisher.close()
        await outbox.close()


def test_each_report_arrives_in_order_and_is_forgotten(broker: EmbeddedBroker, tmp_path: Path) -> None:
    """What is put before and while Kafka is connected arrives, each report's in their order, and is forgotten."""

    async def play() -> None:
        async with _relaying(broker.address, tmp_path) as (outbox, _):
            for first in range(0, 3_000, 500):
                await outbox.put([_letter(number) for number in range(first, first + 500)])
            await wait_until(lambda: outbox.is_empty)

    asyncio.run(play())
    by_report: dict[bytes, list[int]] = {}
    for record in records(broker.address, LETTERS.name, 3_000):
        by_report.setdefault(record.key, []).append(int(record.value))
    assert sorted(number for numbers in by_report.values() for number in numbers) == list(range(3_000))
    assert all(numbers == sorted(numbers) for numbers in by_report.values())


def test_what_must_be_stored_stays_until_it_is(broker: EmbeddedBroker, tmp_path: Path) -> None:
    """Told to wait for ClickHouse, the outbox keeps what was sent until the sinks' group has committed it."""

    async def play() -> None:
        ask = partial(asyncio.to_thread, ask_committed, broker.address, PARTITIONS)
        async with _relaying(broker.address, tmp_path, ask) as (outbox, _):
            await outbox.put([_letter(number) for number in range(100)])
            sent = await asyncio.to_thread(records, broker.address, LETTERS.name, 100)
            assert outbox.count == 100
            ends: dict[int, int] = {}
            for record in sent:
                ends[record.partition] = max(record.offset + 1, ends.get(record.partition, 0))
            late = ends.popitem()
            await asyncio.to_thread(_commit, broker.address, ends)
            assert (await asyncio.to_thread(ask_committed, broker.address, PARTITIONS)) is not None
            assert outbox.count == 100  # one partition is not stored yet
            await asyncio.to_thread(_commit, broker.address, dict([late]))
            await wait_until(lambda: outbox.is_empty)

    asyncio.run(play())


@pytest.mark.parametrize("is_noticed", [True, False])
def test_a_log_made_anew_gets_all_that_is_kept(broker: EmbeddedBroker, tmp_path: Path, *, is_noticed: bool) -> None:
    """After the broker has lost its log, whether the connection broke or not, what was sent to it is sent again."""

    async def play() -> None:
        ask = partial(asyncio.to_thread, ask_committed, broker.address, PARTITIONS)
        async with _relaying(broker.address, tmp_path, ask) as (outbox, publisher):
            await outbox.put([_letter(number) for number in range(100)])
            await asyncio.to_thread(records, broker.address, LETTERS.name, 100)
            broker.kill()
            if is_noticed:
                await wait_until(lambda: publisher.log_id is None)
            await asyncio.to_thread(broker.start)
            await asyncio.to_thread(open_cluster, broker.address)
            again = await asyncio.to_thread(records, broker.address, LETTERS.name, 100)
            assert {int(record.value) for record in again} == set(range(100))
            assert outbox.count == 100

    asyncio.run(play())


def _commit(address: str, ends: dict[int, int]) -> None:
    """Commit as a sink of epoch 1 does."""
    with closing(
        kafka.KafkaConsumer(bootstrap_servers=address, group_id=group_of_sinks(1), enable_auto_commit=False)
    ) as sink:
        homes = {kafka.TopicPartition(LETTERS.name, number): end for number, end in ends.items()}
        sink.assign(list(homes))
        sink.commit({home: kafka.structs.OffsetAndMetadata(end, "", -1) for home, end in homes.items()})
