"""Positions and figures are of one moment, whatever is stored meanwhile."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from clickhouse_connect.driver.client import Client

from deploy.exporting.asked import Asked, What
from deploy.exporting.command import FORMATS
from deploy.exporting.giving import give_out
from tests.deploy.engines import Server
from tests.stacks import wait_for

_ONE_MORE = """INSERT INTO letter_reports
SELECT
    generateUUIDv4(), 0, false, NULL, 'w4r-2026', 'amara', 'none', 'FR', 'form', 'form', 'letter', 1, NULL, now64(3),
    {epoch:UInt32}, {partition:UInt16}, {offset:UInt64}, 1"""


def store(client: Client, epoch: int, partition: int, offset: int) -> None:
    client.command(_ONE_MORE, parameters={"epoch": epoch, "partition": partition, "offset": offset})


@contextmanager
def stored_meanwhile(server: Server) -> Iterator[Client]:
    """Store one report after the other, each of one letter, in turn into two partitions."""
    ends, began = Event(), Event()

    def go_on() -> None:
        with closing(server.connect()) as client:
            offset = 0
            while not ends.is_set():
                store(client, 1, 0, offset)
                store(client, 1, 1, offset)
                offset += 1
                began.set()

    thread = Thread(target=go_on)
    thread.start()
    try:
        assert began.wait(30)
        with closing(server.connect()) as client:
            yield client
    finally:
        ends.set()
        thread.join()


@pytest.mark.parametrize("what", ["reports", "days", "totals", "report"])
@pytest.mark.usefixtures("tables")
def test_what_is_stored_meanwhile_is_in_both_or_in_neither(server: Server, tmp_path: Path, what: What) -> None:
    """Every export has as many reports as its positions say that records were read."""
    with stored_meanwhile(server) as client:
        before = 0
        for _ in range(15):
            known = give_out(client, Asked("w4r-2026", what), FORMATS["csv"], tmp_path / "rows.csv")
            assert sum(known.positions) == known.reports == known.letters
            count = "SELECT count() FROM letter_reports"
            wait_for(lambda: client.query(count).result_rows[0][0] > known.reports, 20)  # noqa: B023 (at once)
            assert known.reports > before
            before = known.reports


def test_positions_are_those_of_the_newest_log(tables: Client, tmp_path: Path) -> None:
    """Rows of an earlier log count, but their offsets are not taken for places of the newest; a gap is position 0."""
    for epoch, partition, offset in ((1, 0, 900), (2, 0, 4), (2, 3, 7), (2, 3, 6)):
        store(tables, epoch, partition, offset)
    known = give_out(tables, Asked("w4r-2026", "totals"), FORMATS["csv"], tmp_path / "rows.csv")
    assert (known.epoch, known.positions, known.reports) == (2, [5, 0, 0, 8], 4)
