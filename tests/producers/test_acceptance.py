"""What is accepted, and what is not, while no Kafka is there."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from deploy.ports import free_port
from producers.acceptance import Acceptance, NotAcceptedError, TooLargeError
from producers.outbox import Outbox
from producers.publisher import Outgoing, Publisher
from schemas.topics import LETTERS

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
        assert [kept.record for kept in await outbox.after(0, 10)] == [RECORD, RECORD]
        assert acceptance.complaint is None

    _play(tmp_path, 1 << 30, play)


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
