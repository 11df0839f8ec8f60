"""A whole pipeline on one broker: count workers, sinks, a counter and ClickHouse, each of which may be broken."""

import time
from contextlib import closing
from pathlib import Path
from typing import Protocol

from schemas.migrations import connect, migrate
from streams.fold import Sums
from tests.counting import Worker, open_cluster
from tests.kafka.checks import complaints
from tests.parts import ClickHouse, Part, Parts, make_counter, make_sink


class Broker(Protocol):
    """A broker that can be killed and started again at its address; only Apache Kafka then has what it had."""

    address: str

    def start(self) -> None: ...
    def kill(self) -> None: ...


class Pipeline:
    """Parts that run under a supervisor until the block ends."""

    def __init__(self, broker: Broker, folder: Path, workers: int, sinks: int) -> None:
        self.broker = broker
        self.folder = folder
        self.parts = Parts()
        self.clickhouse = ClickHouse(folder / "clickhouse")
        self.workers = [Worker(broker.address, folder / f"worker-{number}") for number in range(workers)]
        self.sinks = [
            make_sink(broker.address, self.clickhouse.url, folder / f"sink-{number}") for number in range(sinks)
        ]
        self.counter = make_counter(broker.address, folder / "counter")

    def start(self) -> None:
        """Open the cluster, make the tables and start every part; none is waited for but ClickHouse."""
        open_cluster(self.broker.address)
        self._run(self.clickhouse)
        self.clickhouse.wait_until("ready")
        with closing(connect(self.clickhouse.url)) as client:
            migrate(client)
        for part in [*self.workers, *self.sinks, self.counter]:
            self._run(part)

    def settle(self, expected: Sums, limit_seconds: float) -> dict[str, list[str]]:
        """Keep all running until every place says what the recount says; return what differs at the limit."""
        deadline = time.monotonic() + limit_seconds
        address, url, port = self.broker.address, self.clickhouse.url, self.counter.port
        while (found := complaints(address, url, port, expected)) and time.monotonic() < deadline:
            self.parts.keep_running(0.5)
        return found

    def _run(self, part: Part) -> None:
        self.parts.add(part)
        part.start()
