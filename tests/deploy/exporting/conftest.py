from collections.abc import Iterator

import pytest
from clickhouse_connect.driver.client import Client

from schemas.migrations import migrate
from tests.deploy.engines import Server

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
