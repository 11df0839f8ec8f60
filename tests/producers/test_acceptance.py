"""What is accepted, and what is not, while no Kafka is there."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.ports import free_port
from producers.acceptance import Acceptance, NotAcceptedError, TooLargeError
from producers.outbox import Outbox
from producers.portions import MOST_AT_ONCE, MOST_BYTES_AT_ONCE, portions_of
from producers.publisher import Outgoing, Publisher, size_of
from producers.relay import Relay
from schemas.topics import LETTERS
from tests.brokers import EmbeddedBroker
from tests.counting import PARTITIONS
from tests.producers.test_collector import records
from tests.producers.test_relay import wait_until

RECORD = Outgoing(LETTERS.name, b"a" * 36, b"{}")


def _play(folder: Path, room: int, play: Callable[[Acceptance, Outbox], Awaitable[None]]) -> None:
    async def run() -> None:
        outbox = Outbox(folder, room, 0)
        try:
            await play(Acceptance(Publisher(f"127.0.0.1:{free_port()}", 8), outbox, through_outbox=False), outbox)
        finally:
            await outbox.close()

    asyncio.run(run())


def test_without_kafka_the_outbox_has_it(tmp_path: Path) -> None:
    """What is accepted while nothing is connected lies in the outbox as it was given."""

    async def play(acceptance: Acceptance, outbox: Outbox) -> None:
        await acceptance.accept([RECORD, RECORD])
        assert [kept.record for kept in await outbox.after(0, 10, 1 << 20)] == [RECORD, RECORD]
        assert acceptance.complaint is None

    _play(tmp_path, 1 << 30, play)


MANY = [RECORD._replace(key=f"{number:036}".encode(), value=b"%d" % number) for number in range(25_000)]


def test_a_delivery_of_any_length_is_accepted_without_kafka(tmp_path: Path) -> None:
    """A delivery longer than what may wait at once lies in the outbox whole and in order."""

    async def play(acceptance: Acceptance, outbox: Outbox) -> None:
        await acceptance.accept(MANY)
        assert [kept.record for kept in await outbox.after(0, 50_000, 1 << 30)] == MANY

    _play(tmp_path, 1 << 30, play)


def test_a_delivery_of_any_length_is_accepted_with_kafka(broker: EmbeddedBroker, tmp_path: Path) -> None:
    """A delivery longer than what may be on its way at once is on Kafka whole."""

    async def play() -> None:
        outbox, publisher = Outbox(tmp_path / "outbox", 1 << 30, 0), Publisher(broker.address, PARTITIONS)
        connecting = asyncio.create_task(publisher.stay_connected())
        relaying = asyncio.create_task(Relay(outbox, publisher, None).run())
        await wait_until(lambda: publisher.log_id is not None)
        await Acceptance(publisher, outbox, through_outbox=False).accept(MANY)
        await wait_until(lambda: outbox.is_empty)
        for task in (connecting, relaying):
            task.cancel()
        await asyncio.wait({connecting, relaying})
        await publisher.close()
        await outbox.close()

    asyncio.run(play())
    assert {record.value for record in records(broker.address, LETTERS.name, len(MANY))} == {r.value for r in MANY}


@given(st.lists(st.integers(0, 5 << 20), max_size=30), st.integers(1, 3_000))
def test_portions_are_small_and_leave_nothing_out(sizes: list[int], times: int) -> None:
    """Portions joined are the records in order; each has at most 300 and, but for a single one, at most 4 MiB."""
    values = {size: bytes(size) for size in sizes}
    many = [RECORD._replace(value=values[size]) for size in sizes] + [RECORD] * times
    portions = list(portions_of(many))
    assert [record for portion in portions for record in portion] == many
    assert all(0 < len(portion) <= MOST_AT_ONCE for portion in portions)
    assert all(len(portion) == 1 or size_of(portion) <= MOST_BYTES_AT_ONCE for portion in portions)


def test_what_kafka_would_never_take_is_not_kept(tmp_path: Path) -> None:
    """A record over Kafka's bound is refused, and nothing of its delivery waits in front of others."""

    async def play(acceptance: Acceptance, outbox: Outbox) -> None:
        with pytest.raises(TooLargeError):
            await acceptance.accept([RECORD, RECORD._replace(value=bytes(1_000_000))])
        assert outbox.is_empty

    _play(tmp_path, 1 << 30, play)


def test_without_kafka_and_room_nothing_is_accepted(tmp_path: Path) -> None:
    """Where neither has it for sure, that is said with the reasons of both."""

    async def play(acceptance: Acceptance, _: Outbox) -> None:
        with pytest.raises(NotAcceptedError, match="full"):
            await acceptance.accept([RECORD])
        assert "full" in (acceptance.complaint or "")
        assert "not connected to Kafka yet" in (acceptance.complaint or "")

    _play(tmp_path, 1, play)
