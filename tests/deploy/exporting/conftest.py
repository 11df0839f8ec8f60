import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client

from schemas.migrations import migrate
from tests.deploy.engines import Server
from tests.stacks import TALLY

Tally = Callable[..., subprocess.CompletedProcess[str]]
MANY = """INSERT INTO letter_reports
SELECT
    generateUUIDv4(), 0, false, NULL, 'w4r-2026', 'amara', 'none', 'FR', 'form', 'form', 'letter', 1, NULL, now64(3),
    1, 0, number, 1
FROM numbers(200000)"""
_TABLES = ("letter_reports", "campaigns", "campaign_cases", "publications", "publication_figures")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("exporting"))
    yield server
    server.process.kill()
    server.process.wait()


@pytest.fixture
def tables(server: Server) -> Iterator[Client]:
    """Give tables in which nothing is."""
    client = server.connect()
    migrate(client)
    clear(client)
    yield client
    client.close()


def clear(client: Client) -> None:
    for table in _TABLES:
        client.command(f"TRUNCATE TABLE {table}")


@pytest.fixture
def tally(server: Server) -> Tally:
    """Give what runs `tally` and returns what it said."""

    def run(*argv: str, url: str = server.url) -> subprocess.CompletedProcess[str]:
        told = {**os.environ, "TALLY_CLICKHOUSE": url}
        return subprocess.run([*TALLY, *argv], env=told, capture_output=True, text=True, timeout=280, check=False)

    return run


def left_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def publications(client: Client) -> int:
    return int(client.query("SELECT count() FROM publications").result_rows[0][0])
