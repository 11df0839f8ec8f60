"""A lost log comes back from ClickHouse, under a new epoch, however often that is interrupted."""

import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.leashed import Leashed
from deploy.topics import open_topics
from schemas.environment import Environment
from schemas.report import LetterReport
from tests.brokers import EmbeddedBroker
from tests.counting import produce
from tests.deploy.engines import Server, start_part
from tests.stacks import TALLY, wait_for

REPORTS = 40_000
WORLD = sum(1 + number % 9 for number in range(REPORTS))
SHOWN = "SELECT epoch, letters, reports FROM current_tallies WHERE scope = 'world'"


AWAY = "http://tally:word@127.0.0.1:1/tally"


def report_of(number: int) -> LetterReport:
    return {
        "report_id": str(uuid.UUID(int=number)),
        "revision": 0,
        "withdrawn": False,
        "participant": None,
        "campaign": "w4r-2026",
        "case": f"case-{number % 3}",
        "event": None if number % 2 else "stall",
        "country": "PE",
        "channel": "reports",
        "source": "reports",
        "kind": "letter",
        "letters": 1 + number % 9,
        "written_at": 1_796_000_000_000 if number % 5 else None,
        "received_at": 1_796_000_000_000,
    }


class Cluster:
    """A broker and a ClickHouse, what counts and stores between them, and `tally` for both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broker = EmbeddedBroker(folder)
        self.broker.start()
        self.clickhouse = Server(folder)
        self.settings = {"TALLY_KAFKA": self.broker.address, "TALLY_CLICKHOUSE": self.clickhouse.url}
        self._parts: list[Leashed] = []

    def tally(self, *command: str) -> str:
        """Run a command that must succeed, and return what it says."""
        told = os.environ | self.settings
        done = subprocess.run([*TALLY, *command], env=told, check=False, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def count_and_store(self) -> None:
        for module in ("streams", "sinks.clickhouse"):
            self._parts.append(start_part(module, self.folder / "parts", self.settings))

    def stop_counting(self) -> None:
        while self._parts:
            self._parts.pop().kill()

    def lose_the_log(self) -> None:
        self.stop_counting()
        self.broker.kill()
        self.broker.start()

    def close(self) -> None:
        self.stop_counting()
        self.broker.kill()
        self.clickhouse.process.kill()
        self.clickhouse.process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Run a cluster whose tables hold a history, and whose log was lost after that."""
    cluster = Cluster(tmp_path)
    try:
        cluster.tally("topics", "create")
        cluster.tally("migrate")
        cluster.count_and_store()
        produce(cluster.broker.address, map(report_of, range(REPORTS)))
        wait_for(lambda: cluster.clickhouse.ask(SHOWN) == [(1, WORLD, REPORTS)], 120)
        wait_for(lambda: cluster.clickhouse.ask("SELECT count() FROM letter_reports FINAL") == [(REPORTS,)], 120)
        cluster.lose_the_log()
        yield cluster
    finally:
        cluster.close()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_restore_may_be_killed_and_run_again(cluster: Cluster) -> None:
    """Until a restore is complete readers keep the old epoch's numbers; killed and run again, all of it counts once."""
    assert "run `tally restore`" in cluster.tally("topics", "create")
    told = os.environ | cluster.settings
    restoring = subprocess.Popen([*TALLY, "restore"], env=told, stdout=subprocess.PIPE, text=True)
    assert restoring.stdout is not None
    assert [restoring.stdout.readline() for _ in range(2)][-1].startswith("10,000 of 40,000")
    restoring.kill()
    restoring.stdout.close()
    assert restoring.wait() != 0
    cluster.count_and_store()
    halfway = "SELECT sum(letters) BETWEEN 1 AND {} FROM tallies FINAL WHERE epoch = 2 AND scope = 'world'"
    wait_for(lambda: cluster.clickhouse.ask(halfway.format(WORLD - 1)) == [(1,)], 90)
    assert cluster.clickhouse.ask(SHOWN) == [(1, WORLD, REPORTS)]
    assert "40,000 of 40,000" in cluster.tally("restore")
    wait_for(lambda: cluster.clickhouse.ask(SHOWN) == [(2, WORLD, REPORTS)], 120)
    assert "40,000" not in cluster.tally("restore")
    cluster.tally("reconcile")
    standing = "SELECT sum(letters), count(), countIf(event = 'none'), countIf(written_at IS NULL) FROM letter_reports"
    assert cluster.clickhouse.ask(f"{standing} FINAL") == [(WORLD, REPORTS, REPORTS // 2, REPORTS // 5)]


@pytest.mark.timeout(600)
def test_a_log_that_was_opened_without_clickhouse_is_restored(cluster: Cluster) -> None:
    """With ClickHouse away no epoch is opened unless told that there is none; even then a restore brings all back."""
    told = os.environ | cluster.settings | {"TALLY_CLICKHOUSE": AWAY}
    create = [*TALLY, "topics", "create"]
    refused = subprocess.run(create, env=told, check=False, capture_output=True, text=True, timeout=120)
    assert refused.returncode == 1
    assert "--without-clickhouse" in refused.stderr
    assert "is missing" in check_of(told)
    subprocess.run([*create, "--without-clickhouse"], env=told, check=True, timeout=120)
    assert "epoch 1 is counted" in check_of(told)
    assert "40,000 of 40,000" in cluster.tally("restore")
    cluster.count_and_store()
    wait_for(lambda: cluster.clickhouse.ask(SHOWN) == [(2, WORLD, REPORTS)], 120)
    assert "40,000" not in cluster.tally("restore")


def check_of(told: dict[str, str]) -> str:
    """Return what `tally topics check` says, whatever that is."""
    done = subprocess.run(
        [*TALLY, "topics", "check"], env=told, check=False, capture_output=True, text=True, timeout=120
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("after_epoch", "logs", "number"),
    [(0, (), 1), (1, (), 1), (1, ("this",), 1), (1, ("another",), 2), (1, ("another", "this"), 2), (5, ("this",), 6)],
)
def test_an_epoch_that_clickhouse_contradicts_is_followed_by_the_next(
    tmp_path: Path, after_epoch: int, logs: tuple[str, ...], number: int
) -> None:
    """An epoch is kept while ClickHouse knows none that is newer, nor the same one for another log."""
    broker = EmbeddedBroker(tmp_path)
    broker.start()
    try:
        environment = Environment(kafka=broker.address)  # type: ignore[call-arg]
        opened = open_topics(environment)[1]
        of_logs = [opened["log_id"] if log == "this" else log for log in logs]
        again = open_topics(environment, after_epoch=after_epoch, of_logs=of_logs, is_complete=False)[1]
        assert again["epoch"] == number
        assert (again["complete_at"] is None) == (number > 1)
    finally:
        broker.kill()
