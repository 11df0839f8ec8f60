"""What count workers tell their operator, as processes on the embedded broker."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from deploy.ports import free_port
from deploy.topics import open_topics
from schemas.environment import Environment
from streams.tasks import STALL_SECONDS, hanging
from tests.brokers import EmbeddedBroker
from tests.counting import produce
from tests.histories import report_of
from tests.operator import asked, metrics_at, series_of

HISTORY = [report_of(number, 0, 2, 1, withdrawn=False) for number in range(40)]


def wait_for(is_so: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"{what} did not come true in time"
        time.sleep(0.1)


class Workers:
    """Any number of workers on a cluster with few partitions."""

    def __init__(self, folder: Path) -> None:
        self.broker = EmbeddedBroker(folder)
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, partitions: int) -> int:
        """Start another worker; return the port of its health and metrics."""
        port = free_port()
        told = {"KAFKA": self.broker.address, "PARTITIONS": str(partitions), "PORT": str(port)}
        told |= {"STATE": str(self._folder / f"state-{port}"), "SESSION_TIMEOUT_SECONDS": "6"}
        with (self._folder / f"worker-{port}.log").open("wb") as log:
            environment = os.environ | {f"TALLY_{name}": value for name, value in told.items()}
            command = [sys.executable, "-m", "streams"]
            self._running.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log))
        return port

    def stop_first(self) -> None:
        first = self._running.pop(0)
        first.terminate()
        assert first.wait(20) == 0

    def end(self) -> None:
        for process in self._running:
            process.kill()
            process.wait()
        self.broker.kill()


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    workers = Workers(tmp_path)
    workers.broker.start()
    yield workers
    workers.end()


def open_cluster(workers: Workers, partitions: int) -> None:
    open_topics(Environment(kafka=workers.broker.address, partitions=partitions))  # type: ignore[call-arg]


def is_ready(port: int) -> bool:
    return asked(port, "ready")[0] == 200


def test_a_worker_without_partitions_is_ready_and_takes_over(workers: Workers) -> None:
    """With more workers than partitions each is ready; the spare one says that it counts none until it does."""
    open_cluster(workers, 1)
    first = workers.start(1)
    wait_for(lambda: is_ready(first), "the first worker's readiness")
    spare = workers.start(1)
    wait_for(lambda: is_ready(spare), "the spare worker's readiness")
    assigned = {metrics_at(port)["tally_partitions_assigned"]: port for port in (first, spare)}
    assert set(assigned) == {0, 1}
    assert asked(assigned[0], "live")[0] == 200
    workers.stop_first()
    left = spare
    wait_for(lambda: metrics_at(left).get("tally_partitions_assigned") == 1, "taking over")


def test_what_was_told_of_a_partition_goes_with_it(workers: Workers) -> None:
    """A partition has one owner's series of lag and letters, and the letters of all owners are the world's."""
    open_cluster(workers, 8)
    first = workers.start(8)
    produce(workers.broker.address, HISTORY)
    lag, letters = "tally_lag_seconds", "tally_letters_counted"
    wait_for(lambda: sum(series_of(first, letters).values()) == 80, "counting")
    wait_for(lambda: set(series_of(first, lag).values()) == {0.0}, "lag of nothing")
    assert len(series_of(first, lag)) == 8
    second = workers.start(8)
    wait_for(lambda: len(series_of(second, lag)) == 4, "the second worker's partitions")
    wait_for(lambda: sum(sum(series_of(port, letters).values()) for port in (first, second)) == 80, "all letters")
    for metric in (lag, letters, "tally_lag_records"):
        assert not series_of(first, metric).keys() & series_of(second, metric).keys()
        assert len(series_of(first, metric) | series_of(second, metric)) == 8


def test_a_worker_that_kafka_is_lost_to_is_not_ready(workers: Workers) -> None:
    """Totals that are not acknowledged for a quarter of a minute make a worker unready, but do not end it yet."""
    open_cluster(workers, 1)
    port = workers.start(1)
    wait_for(lambda: is_ready(port), "readiness")
    wait_for(lambda: metrics_at(port).get("tally_last_emission_timestamp_seconds", 0) > 0, "an emission")
    workers.broker.kill()
    wait_for(lambda: asked(port, "ready")[0] == 503, "noticing")
    assert "acknowledged" in asked(port, "ready")[1]
    assert asked(port, "live")[0] == 200


def test_an_emission_that_hangs_ends_liveness() -> None:
    """A worker whose emission has not come on for a minute is not alive, so that a supervisor starts it again."""
    hangs = SimpleNamespace(emission_turned_at=time.monotonic() - STALL_SECONDS - 1)
    assert hanging(hangs, STALL_SECONDS)  # type: ignore[arg-type]  # all that is asked of an app
    turns = SimpleNamespace(emission_turned_at=time.monotonic() - STALL_SECONDS / 2)
    assert hanging(turns, STALL_SECONDS) is None  # type: ignore[arg-type]  # as above
