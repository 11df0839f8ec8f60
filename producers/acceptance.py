"""Accepted means safe: on Kafka, acknowledged by all replicas in sync, or on this collector's disk."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from producers.outbox import NotKeptError, Outbox
from producers.portions import portions_of
from producers.publisher import KafkaAwayError, Outgoing, Published, Publisher

_PATIENCE_SECONDS: Final = 0.2
"""Some platforms take no answer within 500 ms for a failure, and give up after three."""
_MOST_RECORD_BYTES: Final = 900_000
"""Kafka takes a megabyte with what it adds; a larger one would be refused for ever, and hold up all behind it."""


class TooLargeError(Exception):
    """A record that Kafka would never take."""


class NotAcceptedError(Exception):
    """Neither Kafka nor the disk has it for sure, so a retry must carry the same ids; the message says why."""


class Acceptance:
    """The one way in for records.

    Kafka has them at once where it can; else, and while older ones wait in the outbox, they go to the outbox. A
    broker that keeps nothing on disk gets everything through the outbox (`through_outbox`).
    """

    def __init__(self, publisher: Publisher, outbox: Outbox, *, through_outbox: bool) -> None:
        self._publisher = publisher
        self._outbox = outbox
        self._through_outbox = through_outbox

    @property
    def complaint(self) -> str | None:
        """Say why nothing can be accepted, or nothing."""
        kafka = "everything goes through the outbox" if self._through_outbox else self._publisher.complaint
        outbox = self._outbox.complaint
        return f"{outbox}; {kafka}" if kafka and outbox else None

    async def accept(self, records: Sequence[Outgoing]) -> None:
        """Return once the records are safe; raises NotAcceptedError, within seconds, or TooLargeError where not.

        Where a part of them is safe by then, sending all again changes nothing for those.
        """
        if any(len(record.value) > _MOST_RECORD_BYTES for record in records):
            raise TooLargeError
        for portion in portions_of(records):
            await self._accept(portion)

    async def _accept(self, records: Sequence[Outgoing]) -> None:
        publishing = None
        if self._goes_directly():
            publishing = asyncio.create_task(self._publisher.publish(records))
            done, _ = await asyncio.wait({publishing}, timeout=_PATIENCE_SECONDS)
            if done and publishing.exception() is None:
                return
        try:
            await self._outbox.put(records)
        except NotKeptError as error:
            if publishing is None or not await _is_acknowledged(publishing):
                raise NotAcceptedError(str(error)) from error
        else:
            if publishing is not None:  # what it still sends is sent once more by the relay, and counts once
                publishing.add_done_callback(_take_note)

    def _goes_directly(self) -> bool:
        """Let nothing overtake what waits, as long as more may wait: revisions say what is newer in the end."""
        if self._through_outbox or self._publisher.log_id is None:
            return False
        return self._outbox.is_empty or self._outbox.complaint is not None


async def _is_acknowledged(publishing: asyncio.Task[Published]) -> bool:
    try:
        await publishing
    except KafkaAwayError:
        return False
    return True


def _take_note(publishing: asyncio.Task[Any]) -> None:
    if not publishing.cancelled():
        publishing.exception()  # else asyncio reports that nobody asked
