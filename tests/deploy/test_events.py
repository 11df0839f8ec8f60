"""`tally events` against a real collector, and what ClickHouse keeps of events, for a log that is lost."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deploy.cluster import Cluster
from tests.producers.conftest import CollectorProcess, wait_until_ready
from tests.producers.test_collector import BODY
from tests.producers.test_events import HALL, KEY
from tests.stacks import TALLY, make_folder, wait_for

HEAD = "slug;name;place;country;date;ours"
ROWS = (
    "toulouse-hall;Soirée d'écriture;Toulouse;FR;2026-12-10;x",
    "lodz-library;Maraton;Łódź;PL;2026-12-12;",
)
Tally = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def campaigns(tmp_path: Path) -> Path:
    """Return a folder with the example campaign, open today."""
    return make_folder(tmp_path / "campaign") / "campaigns"


@pytest.fixture
def collector(cluster: Cluster, campaigns: Path, tmp_path: Path) -> Iterator[CollectorProcess]:
    """Run a collector where organisers register events."""
    collector = CollectorProcess(cluster.broker.address, campaigns, tmp_path, {"TALLY_ORGANISERS_KEY": KEY})
    try:
        wait_until_ready(collector.client)
        yield collector
    finally:
        collector.stop()


@pytest.fixture
def tally(collector: CollectorProcess, campaigns: Path) -> Tally:
    """Return how to run `tally events` against the collector."""

    def run(*command: str, key: str = KEY) -> subprocess.CompletedProcess[str]:
        told = os.environ | {"TALLY_CAMPAIGNS": str(campaigns), "TALLY_ORGANISERS_KEY": key, "COLUMNS": "250"}
        argv = [*TALLY, "events", *command, "--collector", collector.url]
        return subprocess.run(argv, env=told, check=False, capture_output=True, text=True, timeout=60)

    return run


def write(file: Path, *rows: str, charset: str = "utf-8") -> str:
    file.write_bytes("\n".join(rows).encode(charset))
    return str(file)


def test_a_file_is_shown_and_registered(tally: Tally, collector: CollectorProcess, tmp_path: Path) -> None:
    """Semicolons and UTF-8 with its mark are read; twice changes nothing; another date is shown as an update."""
    file = tmp_path / "events.csv"
    name = write(file, HEAD, *ROWS, "", charset="utf-8-sig")
    asked = tally("import", name)
    assert asked.returncode == 1
    assert "'ours' is not read" in asked.stdout
    assert collector.client.post("/v1/reports", json=BODY | {"event": "toulouse-hall"}).status_code == 422
    for outcome in ("registered: 2", "unchanged: 2"):
        done = tally("import", name, "--yes")
        assert done.returncode == 0, done.stderr
        assert outcome in done.stdout
    assert collector.client.post("/v1/reports", json=BODY | {"event": "toulouse-hall"}).status_code == 202
    write(file, HEAD, ROWS[0], ROWS[1].replace("2026-12-12", "2026-12-13"))
    done = tally("import", name, "--yes")
    assert "unchanged: 1, updated: 1" in done.stdout
    assert [line for line in done.stdout.splitlines() if "lodz" in line and "updated" in line and "date" in line]
    listed = tally("list", "--campaign", "w4r-2026").stdout
    assert [line for line in listed.splitlines() if "Łódź" in line and "2026-12-13" in line and "registered" in line]
    assert [line for line in listed.splitlines() if "warsaw-marathon" in line and "file" in line]


def test_mistakes_are_named_by_row_and_column(tally: Tally, tmp_path: Path) -> None:
    """A wrong cell sends nothing, not even the rows that are right; neither does a file without a column, or a key."""
    file = tmp_path / "events.csv"
    write(file, HEAD, ROWS[0], ROWS[1].replace("PL", "Poland"), "nameless;;Nice;FR;2026-12-10;")
    done = tally("import", str(file), "--yes")
    assert (done.returncode, "2 rows are wrong" in done.stderr) == (1, True)
    lines = done.stdout.splitlines()
    assert [line for line in lines if "│ 3 " in line and "wrong" in line and "country" in line]
    assert [line for line in lines if "│ 4 " in line and "wrong" in line and "name" in line]
    write(file, "slug,name,place,date", "a,b,c,2026-12-10")
    assert "no column country" in tally("import", str(file), "--yes").stderr
    write(file, HEAD, *ROWS)
    assert "The collector refuses it" in tally("import", str(file), "--yes", key="x" * 40).stderr
    assert "toulouse-hall" not in tally("list").stdout


@pytest.mark.timeout(600)
def test_a_lost_log_gets_its_events_back(cluster: Cluster, campaigns: Path, collector: CollectorProcess) -> None:
    """ClickHouse has each event as it was registered last; after a restore a new collector knows them all."""
    client, headers = collector.client, {"Authorization": f"Bearer {KEY}"}
    events = [HALL | {"event": f"hall-{number}", "name": f"Hall {number}"} for number in range(300)]
    assert client.post("/v1/events", json=events, headers=headers).status_code == 200
    moved = events[7] | {"place": "Albi", "date": "2026-12-11"}
    assert client.post("/v1/events", json=moved, headers=headers).status_code == 200
    kept = "SELECT count(), countIf(place = 'Albi' AND date = '2026-12-11') FROM letter_events FINAL"
    wait_for(lambda: cluster.clickhouse.ask(kept) == [(300, 1)], 60)
    before = client.get("/v1/events?campaign=w4r-2026").json()
    cluster.lose_the_log()
    collector.stop()
    assert "300 of 300 records" in cluster.tally("restore")
    again = CollectorProcess(cluster.broker.address, campaigns, cluster.folder)
    try:
        wait_until_ready(again.client)
        assert again.client.get("/v1/events?campaign=w4r-2026").json() == before
        assert again.client.post("/v1/reports", json=BODY | {"event": "hall-299"}).status_code == 202
    finally:
        again.stop()
