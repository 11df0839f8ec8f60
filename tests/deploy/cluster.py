"""A cluster on real engines, for `tally`'s commands."""

import json
import os
import subprocess
from pathlib import Path

from deploy.embedded.leashed import Leashed
from tests.brokers import EmbeddedBroker
from tests.deploy.engines import Server, start_part
from tests.stacks import TALLY, wait_for


class Cluster:
    """A broker and a ClickHouse, the worker of held reports and the sink between them, and `tally` for both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = EmbeddedBroker(folder)
        self.broker.start()
        self.clickhouse = Server(folder)
        self.settings = {"TALLY_KAFKA": self.broker.address, "TALLY_CLICKHOUSE": self.clickhouse.url}
        self._parts: list[Leashed] = []

    def tally(self, *command: str, status: int = 0) -> str:
        """Run a command and return what it says; one that is to fail says it on standard error."""
        told = os.environ | self.settings
        done = subprocess.run([*TALLY, *command], env=told, check=False, capture_output=True, text=True, timeout=120)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stderr if status else done.stdout

    def start_parts(self) -> None:
        for module in ("streams.held", "sinks.clickhouse"):
            self.start_part(module)

    def start_part(self, module: str) -> None:
        self._parts.append(start_part(module, self.folder / "parts", self.settings))

    def stop_parts(self) -> None:
        while self._parts:
            self._parts.pop().kill()

    def lose_the_log(self) -> None:
        self.stop_parts()
        self.broker.kill()
        self.broker.start()

    def listed(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(self.tally("held", "list", "--json"))
        return found

    def has_rows(self, table: str, count: int) -> None:
        query = f"SELECT count() FROM {table} FINAL"  # noqa: S608 (our own)
        wait_for(lambda: self.clickhouse.ask(query) == [(count,)], 60)

    def close(self) -> None:
        self.stop_parts()
        self.broker.kill()
        self.clickhouse.process.kill()
        self.clickhouse.process.wait()
