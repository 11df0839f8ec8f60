"""Every way to break a part of the pipeline while it works."""

import shutil
import signal
import time
from collections.abc import Callable
from random import Random
from typing import Final

from tests.kafka.pipeline import Pipeline
from tests.parts import Part

_LONGER_THAN_A_SESSION_SECONDS: Final = 9
Torment = tuple[str, Callable[[], None]]


class Torments:
    """Breaks what it is told to break, and says when; which worker or sink, and for how long, is up to the seed."""

    def __init__(self, pipeline: Pipeline, random: Random) -> None:
        self._pipeline = pipeline
        self._random = random

    def all(self) -> list[Torment]:
        """Return all of them in random order."""
        pipeline = self._pipeline
        order: list[Torment] = [
            ("kill -9 of a worker", lambda: self._strike(self._worker(), signal.SIGKILL)),
            ("kill -9 of a worker again", lambda: self._strike(self._worker(), signal.SIGKILL)),
            ("SIGTERM to a worker", lambda: self._strike(self._worker(), signal.SIGTERM)),
            ("a worker becomes a zombie", lambda: self._pause(self._worker())),
            ("a worker loses its state", self._wipe),
            ("kill -9 of a sink", lambda: self._strike(self._sink(), signal.SIGKILL)),
            ("SIGTERM to a sink", lambda: self._strike(self._sink(), signal.SIGTERM)),
            ("a sink becomes a zombie", lambda: self._pause(self._sink())),
            ("kill -9 of ClickHouse", pipeline.clickhouse.end),
            ("ClickHouse is away for seconds", lambda: self._hold_down(pipeline.clickhouse)),
            ("kill -9 of the counter", lambda: self._strike(pipeline.counter, signal.SIGKILL)),
            ("kill -9 of the broker", self._restart_broker),
            ("kill -9 of everything", self._black_out),
        ]
        self._random.shuffle(order)
        return order

    def run(self) -> None:
        """Do all of them, with a few seconds of peace before each."""
        begin = time.monotonic()
        for name, strike in self.all():
            self._pipeline.parts.keep_running(self._random.uniform(1, 4))
            print(f"{time.monotonic() - begin:5.1f} s: {name}")  # noqa: T201 (shown only where the test fails)
            strike()

    def _worker(self) -> Part:
        return self._random.choice(self._pipeline.workers)

    def _sink(self) -> Part:
        return self._random.choice(self._pipeline.sinks)

    def _strike(self, part: Part, number: int) -> None:
        part.ensure_runs()
        part.send(number)

    def _pause(self, part: Part) -> None:
        """Stop it until others have taken its partitions; then it goes on where it was, as a zombie."""
        self._strike(part, signal.SIGSTOP)
        self._pipeline.parts.keep_running(_LONGER_THAN_A_SESSION_SECONDS)
        part.send(signal.SIGCONT)

    def _wipe(self) -> None:
        worker = self._worker()
        worker.end()
        shutil.rmtree(worker.folder / "state", ignore_errors=True)

    def _hold_down(self, part: Part) -> None:
        part.end()
        self._pipeline.parts.keep_running(self._random.uniform(3, 6), but=part)

    def _restart_broker(self) -> None:
        self._pipeline.broker.kill()
        self._pipeline.parts.keep_running(self._random.uniform(0, 4))
        self._pipeline.broker.start()

    def _black_out(self) -> None:
        for part in [self._pipeline.clickhouse, *self._pipeline.workers, *self._pipeline.sinks, self._pipeline.counter]:
            part.end()
        self._restart_broker()
