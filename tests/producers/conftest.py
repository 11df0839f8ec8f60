import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.brokers import EmbeddedBroker
from tests.counting import free_port, open_cluster

CAMPAIGN = Path(__file__).parents[2] / "deploy" / "demo" / "campaign.toml"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    """Run the embedded broker with empty topics."""
    broker = EmbeddedBroker(tmp_path)
    broker.start()
    open_cluster(broker.address)
    yield broker
    broker.kill()


@pytest.fixture
def open_campaign(tmp_path: Path) -> Path:
    """Write a campaign that is open today, whenever that is."""
    file = tmp_path / "campaign.toml"
    text = CAMPAIGN.read_text().replace("opens = 2026-11-01", "opens = 2020-01-01")
    file.write_text(
        text.replace("closes = 2026-12-31", "closes = 2098-12-31").replace("late_until = 2027", "late_until = 2099")
    )
    return file


@pytest.fixture
def collector(broker: EmbeddedBroker, open_campaign: Path, tmp_path: Path) -> Iterator[httpx.Client]:
    """Run a collector and return a client of it."""
    port = free_port()
    environment = {
        **os.environ,
        "TALLY_KAFKA": broker.address,
        "TALLY_CAMPAIGNS": str(open_campaign),
        "TALLY_PSEUDONYM_KEY": "a key of the tests, long enough for it",
        "TALLY_PORT": str(port),
    }
    with (tmp_path / "collector.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "producers"], env=environment, stdout=log, stderr=log)
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20) as client:
        wait_until_ready(client)
        yield client
    process.terminate()
    assert process.wait(15) == 0


def wait_until_ready(client: httpx.Client, limit_seconds: float = 30) -> None:
    deadline = time.monotonic() + limit_seconds
    while not is_ready(client):
        assert time.monotonic() < deadline, "the collector did not become ready"
        time.sleep(0.05)


def is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/health/ready").status_code == 200
    except httpx.TransportError:
        return False
