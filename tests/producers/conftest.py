import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import httpx
import pytest

from deploy.ports import free_port
from tests.brokers import EmbeddedBroker
from tests.counting import embedded_broker

CAMPAIGN = Path(__file__).parents[2] / "deploy" / "demo" / "campaign.toml"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    """Run the embedded broker with empty topics."""
    with embedded_broker(tmp_path) as broker:
        yield broker


@pytest.fixture
def campaigns(tmp_path: Path) -> Path:
    """Write a campaign that is open today, whenever that is, one that is over and one that has not begun."""
    return write_campaigns(tmp_path / "campaigns")


def write_campaigns(folder: Path) -> Path:
    """Make a folder with a campaign that is open today, one that is over and one that has not begun."""
    folder.mkdir()
    text = CAMPAIGN.read_text()
    for slug, opens, ends in (("w4r-2026", 2020, 2098), ("w4r-2001", 2001, 2001), ("w4r-2099", 2099, 2099)):
        dated = text.replace("w4r-2026", slug).replace("opens = 2026", f"opens = {opens}", 1)
        dated = dated.replace("closes = 2026", f"closes = {ends}", 1).replace(
            "late_until = 2027", f"late_until = {ends + 1}"
        )
        (folder / f"{slug}.toml").write_text(dated)
    return folder


class CollectorProcess:
    """A collector as a process, and a client of it."""

    def __init__(
        self, kafka_servers: str, campaigns: Path, folder: Path, settings: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self.log = folder / "collector.log"
        self.campaigns = campaigns
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        environment = {
            **os.environ,
            "TALLY_KAFKA": kafka_servers,
            "TALLY_CAMPAIGNS": str(campaigns),
            "TALLY_PSEUDONYM_KEY": "a key of the tests, long enough for it",
            "TALLY_RECEIPT_KEY": "another key of the tests long enough for it",
            "TALLY_PORT": str(port),
            "TALLY_OUTBOX": str(folder / "outbox"),
            **settings,
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "producers"], env=environment, stdout=log, stderr=log
            )
        self.client = httpx.Client(base_url=self.url, timeout=20, trust_env=False)

    def stop(self) -> None:
        """Stop it as a supervisor does; a stop that was asked for is no failure."""
        self.client.close()
        if self.process.poll() is None:
            self.process.terminate()
        try:
            assert self.process.wait(20) == 0, self.log.read_text()
        finally:
            self.process.kill()


@contextmanager
def collecting(
    kafka_servers: str, campaigns: Path, folder: Path, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[CollectorProcess]:
    """Run a collector that is ready, and end it whatever happens."""
    running = CollectorProcess(kafka_servers, campaigns, folder, settings)
    try:
        wait_until_ready(running.client)
        yield running
    finally:
        running.stop()


@pytest.fixture
def running(broker: EmbeddedBroker, campaigns: Path, tmp_path: Path) -> Iterator[CollectorProcess]:
    """Run a collector."""
    with collecting(broker.address, campaigns, tmp_path) as running:
        yield running


@pytest.fixture
def collector(running: CollectorProcess) -> httpx.Client:
    """Return a client of a running collector."""
    return running.client


def wait_until_ready(client: httpx.Client, limit_seconds: float = 30, *, has_kafka: bool = True) -> None:
    """Return once it is ready and, where there is a Kafka, has read which events are registered."""
    deadline = time.monotonic() + limit_seconds
    while not (is_ready(client) and (not has_kafka or client.get("/health/ready").json()["events"] == "ok")):
        assert time.monotonic() < deadline, "the collector did not become ready"
        time.sleep(0.05)


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def wait_until_away(client: httpx.Client, *, is_away: bool = True) -> None:
    deadline = time.monotonic() + 20
    while (client.get("/health/ready").json()["kafka"] != "ok") is not is_away:
        assert time.monotonic() < deadline, "it was not noticed"
        time.sleep(0.1)
