"""Rows from ClickHouse, as they come, with what they are of and a proof that all came."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID, uuid4

import orjson
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import StreamFailureError
from urllib3.exceptions import HTTPError

from deploy.exporting.asked import Asked
from deploy.exporting.figures import Figures, add_reports, add_sums
from schemas.tally import WORLD_MEMBER

_SETTINGS: Final = {
    "output_format_arrow_low_cardinality_as_dictionary": 1,
    "max_bytes_before_external_sort": 300_000_000,
    "http_send_timeout": 600,  # a sheet of a million rows takes its time
}
_BROKEN: Final = (pa.ArrowException, HTTPError, OSError, StreamFailureError)
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


class ReadingError(Exception):
    """What was asked for can't be given out; the message is a sentence."""


class Known(NamedTuple):
    """What ClickHouse knew at the moment of the query."""

    publication_id: UUID
    as_of: datetime
    epoch: int
    positions: list[int]
    letters: int
    reports: int


class Counted:
    """An answer: what is known of all of it, and its rows, which can be gone through once."""

    def __init__(self, asked: Asked, first: pa.RecordBatch, rest: Iterator[pa.RecordBatch]) -> None:
        self.asked = asked
        self.known = _known(first["counted"][0].as_py())
        self.schema = _shown(first).schema
        self.figures: Figures = {}
        self._first, self._rest = first, rest

    def rows(self) -> Iterator[pa.RecordBatch]:
        """Yield all rows and count them into `figures`; raises ReadingError unless they are what was known before."""
        add = add_reports if self.asked.what == "reports" else add_sums
        batch: pa.RecordBatch | None = self._first
        while batch is not None:
            shown = _shown(batch)
            add(self.figures, batch)
            yield shown
            batch = self._next()
        came = self.figures.get(("world", WORLD_MEMBER))
        if came != (self.known.letters, self.known.reports):
            raise ReadingError(
                f"ClickHouse knew of {self.known.letters:,} letters in {self.known.reports:,} reports, but gave "
                f"{came}: nothing is given out; ask again"
            )

    def _next(self) -> pa.RecordBatch | None:
        try:
            return next(self._rest, None)
        except _BROKEN as error:
            _, reports = self.figures[("world", WORLD_MEMBER)]
            raise ReadingError(
                f"ClickHouse broke off after {reports:,} of {self.known.reports:,} reports ({type(error).__name__}): "
                "nothing is given out; ask again"
            ) from error


@contextmanager
def counted(client: Client, asked: Asked) -> Iterator[Counted]:
    """Ask, and give the answer while it comes; raises ReadingError where nothing counts, or it breaks off."""
    with client.query_arrow_stream(asked.query(), parameters=asked.parameters(), settings=_SETTINGS) as answer:
        try:
            batches = (batch for batch in answer if batch.num_rows)
            first = next(batches, None)
        except _BROKEN as error:
            raise ReadingError(f"ClickHouse broke off at once ({type(error).__name__}): ask again") from error
        if first is None:
            raise ReadingError(f"No report of {asked.campaign!r}{asked.period()} is counted in ClickHouse")
        yield Counted(asked, first, batches)


def _known(text: str) -> Known:
    as_of, partitions = orjson.loads(text)
    rows = [tuple(map(int, row)) for row in partitions]
    epoch = max(row[0] for row in rows)
    positions = {partition: position for of, partition, position, _, _ in rows if of == epoch}
    return Known(
        uuid4(),
        _BEGINNING + timedelta(milliseconds=int(as_of)),
        epoch,
        [positions.get(partition, 0) for partition in range(max(positions) + 1)],
        sum(row[3] for row in rows),
        sum(row[4] for row in rows),
    )


def _shown(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return what is given out of a batch."""
    names = [name for name in batch.schema.names if name != "counted"]
    shown = batch.select(names)
    return shown.rename_columns(["report_id" if name == "report" else name for name in names])
