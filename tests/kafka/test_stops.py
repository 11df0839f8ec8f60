"""Who is told to stop stops, and who starts says what is missing, although the broker is away."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from schemas.migrations import connect, migrate
from tests.brokers import EmbeddedBroker
from tests.counting import Worker
from tests.parts import ClickHouse, Part, Parts, make_collector, make_counter, make_sink, make_teller

PROMPTLY_SECONDS = 12
OUTAGE_SECONDS = 4
Make = Callable[[str, str, Path], Part]
PARTS: dict[str, Make] = {
    "worker": lambda broker, _, folder: Worker(broker, folder),
    "sink": make_sink,
    "counter": lambda broker, _, folder: make_counter(broker, folder),
    "milestones": lambda broker, _, folder: make_teller(broker, folder),
    "collector": lambda broker, _, folder: make_collector(broker, folder),
}


@pytest.fixture(scope="module")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    """Run ClickHouse with empty tables."""
    clickhouse = ClickHouse(tmp_path_factory.mktemp("clickhouse"))
    clickhouse.start()
    clickhouse.wait_until("ready")
    with closing(connect(clickhouse.url)) as client:
        migrate(client)
    yield clickhouse
    clickhouse.end()


@pytest.fixture
def parts(embedded: EmbeddedBroker, clickhouse: ClickHouse, tmp_path: Path) -> Iterator[list[Part]]:
    """Return one part of each kind, not started."""
    made = [make(embedded.address, clickhouse.url, tmp_path / name) for name, make in PARTS.items()]
    with closing(Parts()) as ending:
        for part in made:
            ending.add(part)
        yield made


def test_each_part_stops_within_seconds_although_the_broker_is_away(
    embedded: EmbeddedBroker, parts: list[Part]
) -> None:
    """SIGTERM ends every part promptly and with status 0 after its broker has gone; none ended before for that."""
    for part in parts:
        part.start()
    for part in parts:
        part.wait_until("live")
    embedded.kill()
    _stay(parts)
    for part in parts:
        part.send(signal.SIGTERM)
    for part in parts:
        assert part.process is not None
        assert part.process.wait(PROMPTLY_SECONDS) == 0, part.last_words()


def test_each_part_can_be_stopped_while_it_waits_for_a_broker_to_start_with(
    embedded: EmbeddedBroker, parts: list[Part]
) -> None:
    """A part that finds no broker at its start waits for it a while, and stops promptly when it is told to."""
    embedded.kill()
    for part in parts:
        part.start()
    _stay(parts)
    for part in parts:
        part.send(signal.SIGTERM)
    for part in parts:
        assert part.process is not None
        assert part.process.wait(PROMPTLY_SECONDS) is not None
        assert "Traceback" not in part.last_words()


@pytest.mark.chaos  # half a minute of waiting
def test_a_start_without_a_broker_ends_with_a_sentence(embedded: EmbeddedBroker, parts: list[Part]) -> None:
    """Whoever finds no broker, but a collector, ends with status 1 and a line that says so; a supervisor goes on."""
    embedded.kill()
    for part in parts[:4]:
        part.start()
    for part in parts[:4]:
        assert part.process is not None
        assert part.process.wait(60) == 1
        assert "Kafka" in part.last_words()
        assert "Traceback" not in part.last_words()


def _stay(parts: list[Part]) -> None:
    """Give them the time to notice that the broker is away, and see that none ends for that."""
    until = time.monotonic() + OUTAGE_SECONDS
    while time.monotonic() < until:
        for part in parts:
            assert part.process is not None
            assert part.process.poll() is None, part.last_words()
        time.sleep(0.1)
