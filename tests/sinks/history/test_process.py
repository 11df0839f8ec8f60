"""`python -m sinks.history` as a process: it serves, says how it is, rides out ClickHouse, and stops."""

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import httpx
import pytest

from schemas.migrations import connect, migrate
from tests.parts import ClickHouse, Part
from tests.sinks.clickhouse.conftest import wait_for
from tests.sinks.clickhouse.history import seasons_history, store_history


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[ClickHouse]:
    """Run a ClickHouse of the test's own, that it may kill."""
    engine = ClickHouse(tmp_path / "clickhouse")
    engine.start()
    engine.wait_until("ready")
    yield engine
    engine.end()


@pytest.fixture
def part(tmp_path: Path, engine: ClickHouse) -> Iterator[Part]:
    part = Part(tmp_path / "history", ["sinks.history"], {"TALLY_CLICKHOUSE": engine.url})
    yield part
    part.end()


def status_of(part: Part, path: str = "/history") -> int:
    return httpx.get(f"http://127.0.0.1:{part.port}{path}", timeout=20, trust_env=False).status_code


def test_it_rides_out_clickhouse(engine: ClickHouse, part: Part) -> None:
    """While ClickHouse is away it lives, is not ready and says so to people; afterwards it shows charts as before."""
    with closing(connect(engine.url)) as client:
        migrate(client)
        store_history(client, seasons_history(Random(1), 50))
    part.start()
    part.wait_until("ready")
    assert (status_of(part), status_of(part, "/history/places.svg")) == (200, 200)
    engine.end()
    wait_for(lambda: not part.is_well("ready"), 30)
    assert part.is_well("live")
    wait_for(lambda: status_of(part) == 503, 30)
    engine.start()
    wait_for(lambda: status_of(part) == 200, 60)
    part.wait_until("ready")
    metrics = httpx.get(f"http://127.0.0.1:{part.port}/metrics", trust_env=False).text
    assert 'tally_history_errors_total{reason="refused"}' in metrics
    assert 'tally_history_seconds_count{what="draw"}' in metrics
    part.send(signal.SIGTERM)
    assert part.process is not None
    assert part.process.wait(15) == 0, part.last_words()


def test_it_starts_while_clickhouse_is_away(engine: ClickHouse, part: Part) -> None:
    """It is there for people before ClickHouse is, and stops when it is asked to."""
    engine.end()
    part.start()
    part.wait_until("live")
    assert (status_of(part), status_of(part, "/health/ready")) == (503, 503)
    part.send(signal.SIGTERM)
    assert part.process is not None
    assert part.process.wait(15) == 0, part.last_words()


@pytest.mark.parametrize("has_database", [True, False])
def test_without_its_tables_it_ends(engine: ClickHouse, part: Part, *, has_database: bool) -> None:
    """Where `tally migrate` was forgotten the exit status is 1, and a line of the log says what to do."""
    if has_database:
        with closing(connect(engine.url)) as client:
            client.command("CREATE DATABASE tally", use_database=False)
    part.start()
    assert part.process is not None
    assert part.process.wait(30) == 1
    assert ("tally migrate" if has_database else "is TALLY_CLICKHOUSE right?") in part.last_words()
