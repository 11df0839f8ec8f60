"""The ClickHouse server out of a wheel: started through a private interface, so held to what it must do."""

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from tests.deploy.engines import Server
from tests.stacks import wait_for


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.process.kill()
    server.process.wait()


def test_what_it_acknowledged_survives_a_kill(server: Server) -> None:
    """Every row that was inserted before kill -9 is there after the next start."""
    with closing(server.connect()) as client:
        client.command("CREATE TABLE kept (number UInt64) ENGINE = MergeTree ORDER BY number")
        for begin in range(0, 10_000, 1_000):
            client.insert("kept", [[number] for number in range(begin, begin + 1_000)], column_names=["number"])
    server.process.kill()
    server.process.wait()
    server.start()
    with closing(server.connect()) as client:
        assert client.query("SELECT count(), sum(number) FROM kept").result_rows == [(10_000, 49_995_000)]


def test_it_leaves_when_it_is_taken_off_the_network(server: Server) -> None:
    """SYSTEM STOP LISTEN ends the process with status 1, for the supervisor to start it again."""
    ended = httpx.post(f"http://127.0.0.1:{server.port}/", content="SYSTEM STOP LISTEN HTTP", trust_env=False)
    assert ended.is_success
    assert server.process.wait(90) == 1
    assert "does not listen any more" in (server.data.parent / "log").read_text()


def test_it_stops_when_asked(server: Server) -> None:
    """SIGTERM ends it with status 0 while connections are open."""
    with closing(server.connect()):
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(5) == 0


def test_its_password_is_its_owners(server: Server) -> None:
    """Nobody else may look into its folder or read its settings."""
    assert server.data.stat().st_mode & 0o777 == 0o700
    for name in ("config.xml", "users.xml"):
        assert (server.data / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "CREATE TABLE spy (line String) ENGINE = File('LineAsString', '/etc/hostname')",
    ],
)
def test_its_user_reads_no_files(server: Server, query: str) -> None:
    """Neither the functions nor the engines that read files and addresses are granted to its user."""
    with (
        closing(server.connect()) as client,
        pytest.raises(DatabaseError, match=r"Not enough privileges|ACCESS_DENIED|filesystem_error"),
    ):
        client.command(query)


def test_no_function_reads_files_or_variables(server: Server) -> None:
    """The engine's own file() and python(), which ask for no grant and can end the process, fail for every user."""
    wait_for(lambda: str(Path(f"/proc/{server.process.pid}/cwd").readlink()).endswith("(deleted)"), 20)
    with closing(server.connect()) as tally, closing(server.connect_analyst()) as analyst:
        for client in (tally, analyst):
            for path in ("'/etc/hostname'", "'/proc/self/environ', ''", "'users.xml', NULL"):
                with pytest.raises(DatabaseError, match="filesystem_error"):
                    client.command(f"SELECT file({path})")
            with pytest.raises(DatabaseError, match="allow_python_table_function"):
                client.command("SELECT * FROM python(os)")
        with pytest.raises(DatabaseError, match="allow_python_table_function"):
            tally.command("SELECT * FROM python(os) SETTINGS allow_python_table_function = 1")
    assert server.process.poll() is None
