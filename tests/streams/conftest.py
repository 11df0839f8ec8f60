from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.brokers import EmbeddedBroker
from tests.counting import Worker, open_cluster


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """Run the embedded broker with empty topics."""
    broker = EmbeddedBroker(tmp_path)
    broker.start()
    open_cluster(broker.address)
    yield broker.address
    broker.kill()


@pytest.fixture
def worker(broker: str, tmp_path: Path) -> Iterator[Worker]:
    """Prepare a count worker, not started yet."""
    worker = Worker(broker, tmp_path / "worker")
    yield worker
    worker.end()


@pytest.fixture
def second_worker(broker: str, tmp_path: Path) -> Iterator[Worker]:
    """Prepare another worker of the same group."""
    worker = Worker(broker, tmp_path / "second")
    yield worker
    worker.end()
