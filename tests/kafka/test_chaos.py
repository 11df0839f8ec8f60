"""Whatever breaks, each letter is counted once: on Apache Kafka, with workers and broker that die under load."""

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from deploy.kafka.server import KafkaServer
from schemas.report import LetterReport
from tests.counting import Worker, free_port, make_producer, open_cluster, send_report, shown_totals
from tests.histories import random_history, recount

LOAD_SECONDS = 75
REPORTS_PER_SECOND = 2_000


@pytest.fixture
def fresh_kafka(tmp_path: Path) -> Iterator[KafkaServer]:
    """Apache Kafka with nothing in it."""
    kafka = KafkaServer(tmp_path / "kafka", free_port())
    kafka.start()
    kafka.wait_ready()
    yield kafka
    kafka.kill()


def produce_steadily(address: str, history: list[LetterReport]) -> None:
    """Send the history at its pace, and return once every report is acknowledged."""
    begin = time.monotonic()
    with closing(make_producer(address)) as producer:
        futures = []
        for number, report in enumerate(history):
            futures.append(send_report(producer, report))
            while number > (time.monotonic() - begin) * REPORTS_PER_SECOND:
                time.sleep(0.005)  # the pace of the load, not a wait for anything
        for future in futures:
            future.get(timeout=200)  # type: ignore[attr-defined]


def torments(kafka: KafkaServer, workers: list[Worker], random: Random) -> list[Callable[[], None]]:
    """Every way to break a worker or the broker, in random order."""

    def wipe() -> None:
        worker = random.choice(workers)
        worker.end()
        shutil.rmtree(worker.folder / "state", ignore_errors=True)

    def pause() -> None:
        worker = random.choice(workers)
        worker.ensure_runs()
        worker.send(signal.SIGSTOP)
        time.sleep(9)  # longer than the session: the others take its partitions, then it comes back as a zombie
        worker.send(signal.SIGCONT)

    def restart_broker() -> None:
        kafka.kill()
        kafka.start()
        kafka.wait_ready()

    def hit(number: int) -> Callable[[], None]:
        def strike() -> None:
            worker = random.choice(workers)
            worker.ensure_runs()
            worker.send(number)

        return strike

    all_of_them = [hit(signal.SIGKILL), hit(signal.SIGTERM), hit(signal.SIGKILL), pause, wipe, restart_broker, pause]
    random.shuffle(all_of_them)
    return all_of_them


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
def test_each_letter_is_counted_once_whatever_breaks(fresh_kafka: KafkaServer, tmp_path: Path, seed: int) -> None:
    """After kills, stops, zombies, a lost state and a broken broker, a fresh reader sees exactly the recount."""
    random = Random(seed)
    history = random_history(random, LOAD_SECONDS * REPORTS_PER_SECOND, ids=LOAD_SECONDS * REPORTS_PER_SECOND)
    open_cluster(fresh_kafka.address)
    workers = [Worker(fresh_kafka.address, tmp_path / f"worker-{number}") for number in range(3)]
    try:
        with ThreadPoolExecutor(1) as pool:
            load = pool.submit(produce_steadily, fresh_kafka.address, history)
            for torment in torments(fresh_kafka, workers, random):
                _keep_running(workers, seconds=random.uniform(3, 8))
                torment()
            while not load.done():
                _keep_running(workers, seconds=1)
            load.result()
        expected = recount(history)
        deadline = time.monotonic() + 120
        shown = {}
        while shown != expected and time.monotonic() < deadline:
            _keep_running(workers, seconds=0.5)
            shown = shown_totals(fresh_kafka.address, expected, limit_seconds=15)
        assert shown == expected
    finally:
        for worker in workers:
            worker.end()


def _keep_running(workers: list[Worker], seconds: float) -> None:
    """Do what a supervisor does, for a while."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for worker in workers:
            worker.ensure_runs()
        time.sleep(0.2)
