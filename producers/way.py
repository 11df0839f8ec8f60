"""The way of records from a collector to Kafka, by the settings: outbox, connection, relay."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from producers.acceptance import Acceptance
from producers.committed import ask_committed
from producers.outbox import Outbox
from producers.publisher import Publisher
from producers.relay import Committed, Relay
from schemas.environment import Environment
from schemas.operations import log_of
from schemas.topics import Topic

_FINISH_SECONDS: Final = 3
_log = log_of("producers")


class Way:
    """Built before the event loop runs; raises OutboxUnusableError where the outbox can't be opened."""

    def __init__(self, environment: Environment) -> None:
        self._servers, self._partitions = environment.kafka, environment.partitions
        keeps_until_stored = environment.outbox_until == "clickhouse"
        self._publisher = Publisher(environment.kafka, environment.partitions)
        self._outbox = Outbox(environment.outbox, environment.outbox_most_bytes, environment.outbox_least_free_bytes)
        self.acceptance = Acceptance(self._publisher, self._outbox, through_outbox=keeps_until_stored)
        self._tasks: list[asyncio.Task[None]] = []
        self._relay = Relay(self._outbox, self._publisher, self._ask_committed if keeps_until_stored else None)

    def kept_of(self, topic: Topic) -> list[bytes]:
        """Return what the outbox keeps for a topic, in order; only before the way is open."""
        return self._outbox.kept_of(topic.name)

    @property
    def kafka(self) -> str | None:
        """Why nothing can be published, or nothing; accepting goes on as long as the outbox has room."""
        return self._publisher.complaint

    @property
    def standstill(self) -> str | None:
        """Say which task has ended that must not, or nothing."""
        ended = [task.get_name() for task in self._tasks if task.done()]
        return f"{' and '.join(ended)} ended by a fault: see the log" if ended else None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Stay connected and relay what the outbox keeps, until the block ends."""
        work = {"connecting": self._publisher.stay_connected(), "relaying": self._relay.run()}
        self._tasks = [asyncio.create_task(task, name=name) for name, task in work.items()]
        for task in self._tasks:
            task.add_done_callback(_tell_fault)
        try:
            yield
        finally:
            await self._finish()
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks)
            await self._publisher.close()
            await self._outbox.close()

    async def _finish(self) -> None:
        """Give the relay a moment to send the rest: nobody may start on this disk again."""
        deadline = time.monotonic() + _FINISH_SECONDS
        while not self._relay.is_done and self.kafka is None and time.monotonic() < deadline:  # noqa: ASYNC110 (three ends)
            await asyncio.sleep(0.02)
        if not self._relay.is_done:
            _log.warning("reports stay in the outbox until a collector starts on it", records=self._outbox.count)

    async def _ask_committed(self) -> Committed | None:
        return await asyncio.to_thread(ask_committed, self._servers, self._partitions)


def _tell_fault(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.critical("fault", where=task.get_name(), exc_info=error)
