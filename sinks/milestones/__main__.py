"""Who tells milestones: `python -m sinks.milestones`. One of any number tells, the others stand by."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from functools import partial

from schemas.catalogue import Catalogue
from schemas.environment import Environment
from schemas.operations import Health, log_of, serve_operations
from schemas.topics import EPOCHS, TALLIES
from schemas.webhook import key_of
from sinks.counters.board import Board
from sinks.counters.decoding import Total, decode_total
from sinks.counters.reader import Reader
from sinks.milestones.delivering import Delivering
from sinks.milestones.log import Log
from sinks.milestones.telling import Telling
from sinks.milestones.webhook import Webhook
from sinks.starting import told

_log = log_of("milestones")


def main() -> None:
    """Tell until SIGTERM or SIGINT; exit status 1 where the cluster is not as it must be, or after a fault."""
    environment, catalogue, _ = told("milestones")
    sys.exit(asyncio.run(_Process(environment, catalogue).run()))


class _Process:
    """The parts of one process, and what ends it."""

    def __init__(self, environment: Environment, catalogue: Catalogue) -> None:
        self._environment = environment
        self._board = Board(environment.partitions)
        topics = [(TALLIES, environment.partitions), (EPOCHS, 1)]
        self._reader: Reader[Total] = Reader(environment.kafka, topics, decode_total, self._put, self._stop_at)
        self._webhook = _webhook_of(environment)
        self._delivering = Delivering(self._webhook, catalogue.campaigns)
        self._telling = Telling(
            partial(Log, environment.kafka, environment.session_timeout_seconds),
            # One that reads on after a start would be behind what was told by another.
            lambda: self._board if self._reader.is_caught_up and not self._board.is_catching_up else None,
            catalogue.campaigns,
            int(environment.milestones_quiet_seconds * 1000),
            self._delivering,
        )
        self._stop = asyncio.Event()
        self._fault: BaseException | None = None

    async def run(self) -> int:
        """Tell until asked to stop, and return the exit status."""
        for wish in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(wish, self._stop.set)
        self._reader.start()
        server = serve_operations(self._environment.host, self._environment.port, self._health())
        _log.info("started", port=server.server_port)
        working = [asyncio.create_task(part.run()) for part in (self._telling, self._delivering)]
        for task in working:
            task.add_done_callback(self._look)
        await self._stop.wait()
        self._reader.stop()
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        if self._webhook is not None:
            await self._webhook.close()
        server.shutdown()
        _log.info("stopped")
        return 1 if self._fault else 0

    def _put(self, records: Sequence[Total]) -> None:
        for record in records:
            self._board.put(record)

    def _look(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (fault := task.exception()):
            self._stop_at(fault)

    def _stop_at(self, fault: BaseException) -> None:
        _log.critical("milestones_stop", exc_info=fault)
        self._fault = fault
        self._stop.set()

    def _health(self) -> Health:
        return Health(
            live={"reader": self._reader.stuck, "telling": self._telling.stuck},
            ready={
                "kafka": self._reader.silence,
                "read": lambda: None if self._reader.is_caught_up else "the topics are not read to their end yet",
                "board": lambda: "no epoch is complete yet" if self._board.is_catching_up else None,
                "told": self._telling.unready,
            },
            # A receiver that is away makes this process no less ready: it tells the topic, and tries again.
            notes={"seat": self._telling.seat, "receiver": self._delivering.complaint},
        )


def _webhook_of(environment: Environment) -> Webhook | None:
    url, secret = environment.milestones_url, environment.milestones_secret
    key = key_of(secret.get_secret_value()) if secret else None
    return Webhook(url.get_secret_value(), key) if url and key else None


if __name__ == "__main__":
    main()
