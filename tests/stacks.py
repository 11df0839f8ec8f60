"""`tally up` as a process that tests can post to, ask and kill."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx
import psutil

from schemas.migrations import connect

TALLY = [sys.executable, "-m", "deploy"]
BODY = {"campaign": "w4r-2026", "country": "FR", "lines": [{"case": "amara", "letters": 5}]}


class Up:
    """`tally up` on a folder; constructed once it says where its parts are."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data = data
        (data / "addresses.json").unlink(missing_ok=True)  # what a killed one has left
        with (data / "up.log").open("ab") as log:
            self.process = subprocess.Popen([*TALLY, "up", "--data", str(data), *options], stdout=log, stderr=log)
        wait_for(lambda: self.process.poll() is not None or (data / "addresses.json").exists(), 120)
        assert self.process.poll() is None, self.said()
        self.addresses = json.loads((data / "addresses.json").read_text())
        self.web = httpx.Client(timeout=10, trust_env=False)

    def post(self, key: str, body: dict[str, object] = BODY) -> int:
        """Post a submission and return the status of the answer, 0 where there is none."""
        try:
            return self.web.post(
                f"{self.addresses['collector']}/v1/reports", json=body, headers={"Idempotency-Key": key}
            ).status_code
        except httpx.TransportError:
            return 0

    def status_of(self, address: str) -> int:
        """Post nothing to an address and return the status of the answer, 0 where there is none."""
        try:
            return self.web.post(address).status_code
        except httpx.TransportError:
            return 0

    def world(self) -> int | None:
        """Return the letters that the counters show, None where they show none."""
        try:
            answer = self.web.get(f"{self.addresses['counters']}/v1/tallies/world/all", params={"campaign": "w4r-2026"})
        except httpx.TransportError:
            return None
        return int(answer.json()["letters"]) if answer.status_code == 200 else None

    @property
    def clickhouse(self) -> str:
        """The address of the embedded ClickHouse with its password."""
        password = (self.data / "secrets" / "clickhouse_password").read_text()
        return str(self.addresses["clickhouse"].replace("tally@", f"tally:{password}@"))

    def stored(self) -> int:
        """Return how many reports ClickHouse has."""
        with closing(connect(self.clickhouse)) as client:
            return int(client.query("SELECT count() FROM letter_reports FINAL").result_rows[0][0])

    def run(self, *command: str) -> int:
        """Return the exit status of a command of `tally` against its engines."""
        told = os.environ | {"TALLY_KAFKA": self.addresses["kafka"], "TALLY_CLICKHOUSE": self.clickhouse}
        return subprocess.run([*TALLY, *command], check=False, env=told, timeout=120).returncode

    def printed(self, *command: str) -> str:
        """Return what a command of `tally` against its engines prints; it must succeed."""
        told = os.environ | {"TALLY_KAFKA": self.addresses["kafka"], "TALLY_CLICKHOUSE": self.clickhouse}
        return subprocess.run(
            [*TALLY, *command], check=True, env=told, timeout=120, stdout=subprocess.PIPE, text=True
        ).stdout

    def said(self) -> str:
        """Return what it has printed."""
        return (self.data / "up.log").read_text()

    def part(self, word: str) -> psutil.Process:
        """Return the running part whose command holds a word, not its leash."""
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # it ends this very moment
                argv = process.cmdline()
                if word in argv and "deploy.embedded.leash" not in argv:
                    return process
        raise LookupError(word)

    def stop(self) -> int:
        """Stop it as an operator does and return its exit status."""
        self.web.close()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(90)


def wait_for(is_so: Callable[[], bool], limit_seconds: float) -> None:
    """Return once it is so; fails after the limit."""
    deadline = time.monotonic() + limit_seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)


def make_folder(parent: Path) -> Path:
    """Return a folder for `tally up`, with the example campaign open today, whenever that is."""
    campaigns = parent / "data" / "campaigns"
    campaigns.mkdir(parents=True)
    text = (Path(__file__).parents[1] / "deploy" / "demo" / "campaign.toml").read_text()
    text = text.replace("opens = 2026-11-01", "opens = 2020-01-01")
    text = text.replace("= 2026-12-31T", "= 2098-12-31T").replace("= 2027-01-31T", "= 2099-01-31T")
    (campaigns / "campaign.toml").write_text(text)
    return parent / "data"


def of_folder(folder: Path) -> list[psutil.Process]:
    """Return the running processes that were told of a folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ", "status"]):
        told = [*(process.info["cmdline"] or []), *(process.info["environ"] or {}).values()]
        is_running = process.info["status"] != psutil.STATUS_ZOMBIE and process.pid != os.getpid()
        if is_running and any(str(folder) in word for word in told):
            found.append(process)
    return found


@contextmanager
def up_in(folder: Path) -> Iterator[Up]:
    """Run a `tally up` that ends well; whatever still runs on its folder is ended after."""
    try:
        up = Up(make_folder(folder))
        yield up
        assert up.stop() == 0, up.said()
    finally:
        end_all_of(folder)


def end_all_of(folder: Path) -> None:
    """Kill whatever still runs on a folder, where a test has failed."""
    for process in of_folder(folder):
        process.kill()
