"""The parts of the pipeline as processes that tests can break, each with its address, folder and log."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import httpx

from deploy.ports import free_port

CAMPAIGN: Final = Path(__file__).parents[1] / "deploy" / "demo" / "campaign.toml"


class Part:
    """One process; started again it has the same settings, as under a supervisor."""

    def __init__(self, folder: Path, argv: Iterable[str], settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = int(settings["TALLY_PORT"]) if "TALLY_PORT" in settings else free_port()
        self._argv = [sys.executable, "-m", *argv]
        self._environment = {**os.environ, "TALLY_PORT": str(self.port), **settings}
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "part.log"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self._argv, env=self._environment, stdout=log, stderr=log)

    def send(self, signal_number: int) -> None:
        assert self.process is not None
        self.process.send_signal(signal_number)

    def ensure_runs(self) -> None:
        """Start it where it has ended, as a supervisor does."""
        if self.process is None or self.process.poll() is not None:
            self.start()

    def end(self) -> None:
        """Kill it, also where it is stopped."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()

    def is_well(self, question: str = "ready") -> bool:
        """Return whether it answers that it is live or ready."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/health/{question}", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def wait_until(self, question: str, limit_seconds: float = 60) -> None:
        """Return once it is live or ready; a process that ends first has failed."""
        deadline = time.monotonic() + limit_seconds
        while not self.is_well(question):
            assert self.process is not None
            assert self.process.poll() is None, f"it ended: {self.last_words()}"
            assert time.monotonic() < deadline, f"it is not {question}: {self.last_words()}"
            time.sleep(0.1)

    def last_words(self) -> str:
        return self.log.read_text("utf-8", "replace")[-2_000:]


class ClickHouse(Part):
    """The embedded ClickHouse; killed and started again it has its data and its address."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        argv = ["deploy.embedded.clickhouse", "--data", str(folder / "data"), "--port", str(port)]
        super().__init__(folder, argv, {"TALLY_CLICKHOUSE_PASSWORD": "word"})
        self.url = f"http://tally:word@127.0.0.1:{port}/tally"
        self._ping = f"http://127.0.0.1:{port}/ping"

    def is_well(self, question: str = "ready") -> bool:  # noqa: ARG002 (it knows one question only)
        try:
            return httpx.get(self._ping, timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False


def make_sink(broker: str, clickhouse: str, folder: Path) -> Part:
    """Return a ClickHouse sink, a member of the one group of sinks."""
    settings = {"TALLY_KAFKA": broker, "TALLY_CLICKHOUSE": clickhouse, "TALLY_SESSION_TIMEOUT_SECONDS": "6"}
    return Part(folder, ["sinks.clickhouse"], settings | {"TALLY_CAMPAIGNS": str(CAMPAIGN)})


def make_counter(broker: str, folder: Path) -> Part:
    """Return a live counter."""
    return Part(folder, ["sinks.counters"], {"TALLY_KAFKA": broker, "TALLY_CAMPAIGNS": str(CAMPAIGN)})


def make_teller(broker: str, folder: Path) -> Part:
    """Return who tells milestones."""
    settings = {"TALLY_KAFKA": broker, "TALLY_CAMPAIGNS": str(CAMPAIGN), "TALLY_SESSION_TIMEOUT_SECONDS": "6"}
    return Part(folder, ["sinks.milestones"], settings)


def make_collector(broker: str, folder: Path, more: Mapping[str, str] = MappingProxyType({})) -> Part:
    """Return a collector of a campaign that is open today, whenever that is."""
    folder.mkdir(parents=True, exist_ok=True)
    text = CAMPAIGN.read_text().replace("opens = 2026-11-01", "opens = 2020-01-01")
    text = text.replace("= 2026-12-31T", "= 2098-12-31T").replace("= 2027-01-31T", "= 2099-01-31T")
    (folder / "campaign.toml").write_text(text)
    settings = {
        "TALLY_KAFKA": broker,
        "TALLY_CAMPAIGNS": str(folder / "campaign.toml"),
        "TALLY_PSEUDONYM_KEY": "a key of the tests, long enough for it",
        "TALLY_RECEIPT_KEY": "another key of the tests long enough for it",
        "TALLY_OUTBOX": str(folder / "outbox"),
        **more,
    }
    return Part(folder, ["producers"], settings)


class Parts:
    """Parts that are kept running, and that end with the test whatever happened in it."""

    def __init__(self) -> None:
        self._all: list[Part] = []

    def add(self, part: Part) -> None:
        self._all.append(part)

    def keep_running(self, seconds: float, *, but: Part | None = None) -> None:
        """Do what a supervisor does, for a while; one part may be left as it is."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for part in self._all:
                if part is not but:
                    part.ensure_runs()
            time.sleep(0.2)

    def close(self) -> None:
        for part in self._all:
            part.end()
