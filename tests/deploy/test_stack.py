"""The whole of it on one machine, as a newcomer runs it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import psutil
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from schemas.migrations import connect

TALLY = [sys.executable, "-m", "deploy"]
BODY = {"campaign": "w4r-2026", "country": "FR", "lines": [{"case": "amara", "letters": 5}]}


class Up:
    """`tally up` on a folder."""

    def __init__(self, data: Path) -> None:
        self._data = data
        (data / "addresses.json").unlink(missing_ok=True)
        with (data / "up.log").open("ab") as log:
            self.process = subprocess.Popen([*TALLY, "up", "--data", str(data)], stdout=log, stderr=log)
        wait_for((data / "addresses.json").exists, 90)
        self.addresses = json.loads((data / "addresses.json").read_text())

    def post(self, body: dict[str, object], key: str) -> int:
        headers = {"Idempotency-Key": key}
        return httpx.post(f"{self.addresses['collector']}/v1/reports", json=body, headers=headers).status_code

    def world(self) -> int | None:
        try:
            answer = httpx.get(f"{self.addresses['counters']}/v1/tallies/world/all", params={"campaign": "w4r-2026"})
        except httpx.TransportError:
            return None
        return int(answer.json()["letters"]) if answer.status_code == 200 else None

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def wait_for(is_so: Callable[[], bool], limit_seconds: float) -> None:
    deadline = time.monotonic() + limit_seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """Make a folder for `tally up`, with a campaign that is open today; whatever still runs on it is ended after."""
    campaigns = tmp_path / "data" / "campaigns"
    campaigns.mkdir(parents=True)
    example = Path(__file__).parents[2] / "deploy" / "demo" / "campaign.toml"
    text = example.read_text().replace("opens = 2026-11-01", "opens = 2020-01-01")
    text = text.replace("= 2026-12-31T", "= 2098-12-31T").replace("= 2027-01-31T", "= 2099-01-31T")
    (campaigns / "campaign.toml").write_text(text)
    yield tmp_path / "data"
    for process in of_folder(tmp_path):
        process.kill()


def of_folder(folder: Path) -> list[psutil.Process]:
    """Return the processes that were told of a folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ"]):
        told = [*(process.info["cmdline"] or []), *(process.info["environ"] or {}).values()]
        if process.pid != os.getpid() and any(str(folder) in word for word in told):
            found.append(process)
    return found


def test_a_second_up_goes_on_with_the_same_numbers(data: Path) -> None:
    """After a clean stop nothing is left running, and on the same folder all numbers are as they were, and grow."""
    first = Up(data)
    assert first.post(BODY, "one") == 202
    assert first.post(BODY, "one") == 202
    wait_for(lambda: first.world() == 5, 30)
    assert first.stop() == 0
    assert not [process for process in of_folder(data) if process.is_running()]
    second = Up(data)
    wait_for(lambda: second.world() == 5, 30)
    assert second.post(BODY, "two") == 202
    wait_for(lambda: second.world() == 10, 30)
    assert reconciled(data, second) == 0
    assert second.stop() == 0


def test_a_killed_part_is_started_again(data: Path) -> None:
    """Kill -9 of the count worker, then of the broker: the numbers come back, the broker's from ClickHouse."""
    up = Up(data)
    assert up.post(BODY, "one") == 202
    wait_for(lambda: up.world() == 5, 30)
    kill(data, "streams")
    assert up.post(BODY, "two") == 202
    wait_for(lambda: up.world() == 10, 60)
    wait_for(lambda: stored(data, up) == 2, 30)  # what the broker alone has, it would forget
    broker = next(p for p in psutil.Process(up.process.pid).children() if "broker" in p.cmdline())
    broker.kill()
    wait_for(lambda: not broker.is_running() and accepts(up), 90)
    wait_for(lambda: up.world() == 15, 60)
    assert up.stop() == 0


def kill(data: Path, module: str) -> None:
    next(p for p in of_folder(data) if p.cmdline()[1:3] == ["-m", module]).kill()


def clickhouse_of(data: Path, up: Up) -> str:
    password = (data / "secrets" / "clickhouse_password").read_text()
    return str(up.addresses["clickhouse"].replace("tally@", f"tally:{password}@"))


def reconciled(data: Path, up: Up) -> int:
    """Return the exit status of `tally reconcile`."""
    settings = {"TALLY_KAFKA": up.addresses["kafka"], "TALLY_CLICKHOUSE": clickhouse_of(data, up)}
    return subprocess.run([*TALLY, "reconcile"], check=False, env=os.environ | settings, timeout=90).returncode


def stored(data: Path, up: Up) -> int:
    """Return how many reports ClickHouse has."""
    with closing(connect(clickhouse_of(data, up))) as client:
        return int(client.query("SELECT count() FROM letter_reports FINAL").result_rows[0][0])


def accepts(up: Up) -> bool:
    try:
        return up.post(BODY, "three") == 202
    except httpx.TransportError:
        return False


def test_the_database_user_reads_no_files(data: Path) -> None:
    """Neither the file function nor the File engine is granted to the user of the embedded ClickHouse."""
    up = Up(data)
    with closing(connect(clickhouse_of(data, up))) as client:
        for query in (
            "SELECT * FROM file('/etc/hostname', 'LineAsString')",
            "CREATE TABLE spy (line String) ENGINE = File('LineAsString', '/etc/hostname')",
        ):
            with pytest.raises(DatabaseError, match=r"Not enough privileges|ACCESS_DENIED"):
                client.command(query)
    assert up.stop() == 0


def test_a_folder_has_one_owner(data: Path) -> None:
    """A second `up` on a folder in use is refused with a sentence."""
    up = Up(data)
    again = subprocess.run([*TALLY, "up", "--data", str(data)], check=False, capture_output=True, text=True, timeout=30)
    assert again.returncode == 1
    assert "in use" in again.stderr
    assert up.stop() == 0
