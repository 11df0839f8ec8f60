"""The embedded ClickHouse, and parts of ours, by themselves: without `tally up` around them."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from clickhouse_connect import get_client
from clickhouse_connect.driver.client import Client

from deploy.embedded.leashed import Leashed
from deploy.embedded.probes import answers_http
from deploy.ports import free_port
from schemas.migrations import connect, migrate
from schemas.report import LetterReport
from tests.parts import CAMPAIGN
from tests.sinks.clickhouse.history import store_history
from tests.stacks import wait_for

EMBEDDED = ("-m", "deploy.embedded.clickhouse")
ANALYSTS_WORD = "a word for analysts"


class Server:
    """The embedded ClickHouse, started from a folder of somebody's, in which a config.xml of theirs lies."""

    def __init__(self, folder: Path, argv: Sequence[str] = EMBEDDED) -> None:
        self._argv = argv
        self.data = folder / "data"
        self.port = free_port()
        self._elsewhere = folder / "elsewhere"
        self._elsewhere.mkdir()
        (self._elsewhere / "config.xml").write_text("<clickhouse>this is another program's and no XML")
        self.start()

    def start(self) -> None:
        argv = [*self._argv, "--data", str(self.data), "--port", str(self.port)]
        told = {**os.environ, "TALLY_CLICKHOUSE_PASSWORD": "word", "TALLY_ANALYST_PASSWORD": ANALYSTS_WORD}
        with (self.data.parent / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *argv], cwd=self._elsewhere, env=told, stdout=log, stderr=log
            )
        wait_for(lambda: answers_http(f"http://127.0.0.1:{self.port}/ping"), 40)

    @property
    def url(self) -> str:
        """Its address, as TALLY_CLICKHOUSE wants it."""
        return f"http://tally:word@127.0.0.1:{self.port}/tally"

    def connect(self) -> Client:
        client = connect(self.url)
        client.command("CREATE DATABASE IF NOT EXISTS tally", use_database=False)
        return client

    def connect_analyst(self) -> Client:
        """Return a client of the analysts' user, as anybody's tool would make it."""
        return get_client(
            host="127.0.0.1",
            port=self.port,
            username="analyst",
            password=ANALYSTS_WORD,
            database="tally",
            autogenerate_session_id=False,
        )

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """Return the rows of a query."""
        with closing(self.connect()) as client:
            return [tuple(row) for row in client.query(query).result_rows]


@contextmanager
def stocked(folder: Path, history: Sequence[LetterReport], argv: Sequence[str] = EMBEDDED) -> Iterator[Server]:
    """Run the embedded server with tables and a history in them, for analysts to ask."""
    server = Server(folder, argv)
    try:
        with closing(server.connect()) as tally:
            migrate(tally)
            store_history(tally, history)
        yield server
    finally:
        server.process.kill()
        server.process.wait()


def start_part(module: str, folder: Path, settings: dict[str, str]) -> Leashed:
    """Run a part of ours with a state in the folder; it ends with the test."""
    folder.mkdir(exist_ok=True)
    told = {
        "TALLY_STATE": str(folder / "state"),
        "TALLY_SESSION_TIMEOUT_SECONDS": "6",
        "TALLY_CAMPAIGNS": str(CAMPAIGN),
    }
    return Leashed([sys.executable, "-m", module], folder / f"{module}.log", os.environ | told | settings)
