"""A live counter: `python -m sinks.counters`. Any number of them can run; each shows everything."""

import asyncio
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import uvicorn

from schemas.catalogue import Catalogue
from schemas.environment import Environment
from schemas.metrics import BAD_FRAMES, END_TO_END, FRAMES, TOTALS_DROPPED, UNSETTLED_MINUTES
from schemas.migrations import connect
from schemas.operations import Health, log_of
from schemas.receipt import Receipts
from schemas.tally import MinuteTally
from schemas.topics import EPOCHS, EVENTS, MILESTONES, MINUTES, TALLIES
from sinks.counters.answers import Sources
from sinks.counters.board import Board
from sinks.counters.decoding import Milestone, Total, decode_minute_since, decode_shown, is_milestone
from sinks.counters.known import Known, Registered, decode_registered
from sinks.counters.live import PUBLISH_SECONDS, Live
from sinks.counters.minutes import Minutes
from sinks.counters.reader import Reader
from sinks.counters.timeline import Timeline
from sinks.counters.web import create_app
from sinks.counters.you.pages import OwnPages
from sinks.counters.you.stored import OwnReports
from sinks.milestones.told import Told
from sinks.serving import configuration
from sinks.starting import told

_log = log_of("counters")
_STALE_AFTER_KEYFRAMES: Final = 1.5
"""A partition that has nothing new says so with each keyframe; half an interval is room for its way."""


def main() -> None:
    """Serve until SIGTERM or SIGINT; exit status 1 where the cluster is not as it must be, or after a fault."""
    environment, catalogue, _ = told("counters")
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn stops at these signals, then raises them once more for whoever started it: that is here.
        signal.signal(number, lambda *_: None)
    counter = _Counter(environment, catalogue)
    config = counter.config
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(counter.serve())
    sys.exit(1 if counter.fault else 0)


class _Counter:
    """The parts of one process, and what ends it."""

    def __init__(self, environment: Environment, catalogue: Catalogue) -> None:
        self._environment = environment
        stale_after_ms = int(environment.keyframe_interval_seconds * _STALE_AFTER_KEYFRAMES * 1000)
        self._board = Board(environment.partitions)
        self._minutes = Minutes()
        servers, partitions = environment.kafka, environment.partitions
        shown, minutes = [(TALLIES, partitions), (EPOCHS, 1), (MILESTONES, 1)], [(MINUTES, partitions)]
        self._told = Told()
        self._reader: Reader[Total | Milestone] = Reader(servers, shown, decode_shown, self._put, self._stop_at)
        self._minute_reader: Reader[MinuteTally] = Reader(
            servers, minutes, self._decode_minute, self._put_minutes, self._stop_at
        )
        self._known = Known(catalogue, lambda: self._event_reader.is_caught_up)
        self._event_reader: Reader[Registered] = Reader(
            servers, [(EVENTS, 1)], decode_registered, self._known.put, self._stop_at
        )
        self._timeline = Timeline(self._board, self._minutes, catalogue, self._knows_minutes, _clock_ms)
        self._live = Live(self._board, self._timeline.rates_if_known, _clock_ms, stale_after_ms)
        self._turned = 0
        self._news = asyncio.Event()
        self.fault: BaseException | None = None
        sources = Sources(
            self._board,
            self._timeline,
            self._live,
            lambda: self._told if self._reader.is_caught_up else None,
            self._known,
            self._health(),
            _clock_ms,
            stale_after_ms,
            environment.form_url,
            environment.counters_url,
            environment.history_url,
        )
        app = create_app(sources)
        if environment.receipt_key:
            _own_pages(environment, sources).add_to(app)
        self.config = configuration(app, environment)
        self._server = uvicorn.Server(self.config)

    async def serve(self) -> None:
        """Serve until the server is asked to stop or a fault stops it."""
        self._timeline.turn(_clock_ms())
        self._reader.start()
        self._minute_reader.start()
        self._event_reader.start()
        serving = asyncio.create_task(self._server.serve())
        is_announced = False
        while not self._server.should_exit and not serving.done():
            if self._server.started and not is_announced:
                is_announced = True
                port = self._server.servers[0].sockets[0].getsockname()[1]
                _log.info("serving", host=self._environment.host, port=port)
            self._turn()
            await self._publish()
        self._live.close()
        self._reader.stop()
        self._minute_reader.stop()
        self._event_reader.stop()
        await serving
        _log.info("stopped")

    async def _publish(self) -> None:
        """Tell what is new, and return once there may be more: at once where nothing was for a while."""
        self._news.clear()
        began = time.monotonic()
        await self._live.publish()
        took = time.monotonic() - began  # some of the time is for readers, however many watch
        await asyncio.sleep(max(PUBLISH_SECONDS - took, took / 2))
        with suppress(TimeoutError):
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self._news.wait()

    def _turn(self) -> None:
        """Let the minutes go on with the clock, once in each of them."""
        if (minute := _clock_ms() // 60_000) != self._turned:
            self._turned = minute
            self._timeline.turn(_clock_ms())
            UNSETTLED_MINUTES.set(self._minutes.unsettled(minute - 1))

    def _decode_minute(self, _: str, key: bytes, value: bytes) -> MinuteTally | None:
        return decode_minute_since(self._minutes.first_minute, key, value)

    def _put_minutes(self, tallies: Sequence[MinuteTally]) -> None:
        for tally in tallies:
            self._minutes.put(tally)

    def _knows_minutes(self) -> bool:
        return self._minute_reader.is_caught_up and self._minute_reader.silence() is None

    def _put(self, records: Sequence[Total | Milestone]) -> None:
        for record in records:
            if is_milestone(record):
                self._told.put(record)
                continue
            outcome = self._board.put(record)
            if outcome.result == "shown":
                FRAMES.inc()
                if outcome.is_new_epoch:
                    self._minute_reader.catch_up()  # its minutes may not all have been read yet
                self._live.note(outcome)
                self._news.set()
                self._observe(outcome.oldest_received_at)
            elif outcome.result == "unproven":
                BAD_FRAMES.inc()
            if outcome.dropped:
                TOTALS_DROPPED.inc(outcome.dropped)

    def _observe(self, oldest_received_at: int | None) -> None:
        """Measure a report's whole way; what was there before this process has been shown by others long since."""
        if oldest_received_at is not None and self._reader.is_caught_up:
            END_TO_END.labels("shown").observe(max(0, _clock_ms() - oldest_received_at) / 1000)

    def _stop_at(self, fault: BaseException) -> None:
        _log.critical("counter_stops", exc_info=fault)
        self.fault = fault
        self._server.should_exit = True

    def _health(self) -> Health:
        return Health(
            live={
                "reader": self._reader.stuck,
                "reader of minutes": self._minute_reader.stuck,
                "reader of events": self._event_reader.stuck,
            },
            ready={
                # Cut off from Kafka it still answers, with numbers that say how old they are; another is better asked.
                "kafka": lambda: self._reader.silence() or self._minute_reader.silence(),
                "read": lambda: None if self._reader.is_caught_up else "the topics are not read to their end yet",
                "events": lambda: None if self._known.is_read else "the registered events are not read yet",
                "board": lambda: "no epoch is complete yet" if self._board.is_catching_up else None,
            },
        )


def _own_pages(environment: Environment, sources: Sources) -> OwnPages:
    receipts = Receipts([key.get_secret_value() for key in environment.receipt_key])
    return OwnPages(sources, receipts, OwnReports(partial(connect, environment.clickhouse.get_secret_value())))


def _clock_ms() -> int:
    return time.time_ns() // 1_000_000


if __name__ == "__main__":
    main()
