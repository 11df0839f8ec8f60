"""A batch of records of any topic -> rows in ClickHouse, and the offsets that may then be committed."""

import time
from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Any, Final

from kafka import TopicPartition
from pydantic import ValidationError

from schemas.crossing import decode_milestone
from schemas.event import decode_event
from schemas.metrics import END_TO_END
from schemas.topics import EVENTS, HELD, LETTERS, MILESTONES, MINUTES, REJECTED, TALLIES
from schemas.wire import decode_minute, decode_rejection, decode_tally, refusal_of
from sinks.clickhouse.emissions import Emissions
from sinks.clickhouse.held_rows import held_rows
from sinks.clickhouse.insert import Store
from sinks.clickhouse.milestone_rows import milestone_rows
from sinks.clickhouse.narrow import Reject, insert_what_is_taken
from sinks.clickhouse.rows import (
    Record,
    Rows,
    event_rows,
    frame_rows,
    letter_rows,
    minute_rows,
    rejected_rows,
    total_rows,
)

STORED_TOPICS: Final = tuple(topic.name for topic in (LETTERS, HELD, TALLIES, MINUTES, REJECTED, EVENTS, MILESTONES))
Batch = dict[TopicPartition, list[Record]]
Offsets = dict[TopicPartition, int]
_SAMPLES: Final = 100
_LARGEST_TOTAL: Final = 2**63


class Storing:
    """Stores batches, one at a time; remembers the totals whose frame is still to come."""

    def __init__(self, store: Store, reject: Reject, epoch: int, partitions: int) -> None:
        self._store = store
        self._reject = reject
        self._epoch = epoch
        self._partitions = partitions
        self._emissions: dict[TopicPartition, Emissions] = {}

    def take(self, batch: Batch) -> Offsets:
        """Return the offsets that may be committed, once everything before them is stored or rejected."""
        offsets = {partition: records[-1].offset + 1 for partition, records in batch.items()}
        self._store_letters(_of(LETTERS.name, batch))
        for rows in held_rows(_of(HELD.name, batch), self._epoch, self._partitions):
            self._insert(rows)
        self._insert(minute_rows(self._read(_of(MINUTES.name, batch), _read_minute)))
        self._insert(rejected_rows(self._read(_of(REJECTED.name, batch), _read_rejection), self._epoch))
        self._insert(event_rows(self._read(_of(EVENTS.name, batch), _read_event)))
        for rows in milestone_rows(self._read(_of(MILESTONES.name, batch), _read_milestone), self._epoch):
            self._insert(rows)
        tallies = [partition for partition in batch if partition.topic == TALLIES.name]
        for partition in tallies:
            emissions = self._emissions.setdefault(partition, Emissions())
            for record, value in self._read(batch[partition], _read_tally):
                emissions.put(record, value)
        self._store_closed(tallies)
        return offsets | {partition: self._emissions[partition].safe_offset for partition in tallies}

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """Drop what is remembered of partitions that will be read again from what was committed."""
        for partition in partitions:
            self._emissions.pop(partition, None)

    def _store_letters(self, records: Sequence[Record]) -> None:
        rows = letter_rows(records, self._epoch, self._partitions)
        self._insert(rows)
        now = time.time()
        arrivals = rows.columns.get("received_at", [])
        # An even sample: to observe each row would take longer than to make it.
        for arrived in arrivals[:: max(1, len(arrivals) // _SAMPLES)]:
            END_TO_END.labels("stored").observe(max(0.0, now - arrived / 1000))

    def _store_closed(self, partitions: Sequence[TopicPartition]) -> None:
        closed = [done for partition in partitions if (done := self._emissions[partition].close())]
        # All totals of an emission in one block, then the frames: no reader ever sees half of one.
        self._insert(total_rows(pair for done in closed for pair in done.totals))
        self._insert(frame_rows([done.frame for done in closed]))

    def _insert(self, rows: Rows) -> None:
        if rows.records:
            insert_what_is_taken(self._store, rows, self._reject)

    def _read(self, records: Sequence[Record], read: Callable[[Record], Any]) -> list[tuple[Record, Any]]:
        found = []
        for record in records:
            try:
                found.append((record, read(record)))
            except ValidationError as error:
                refusal = refusal_of(error)
                self._reject(record, refusal.reason, refusal.field, refusal.detail)
            except ValueError as error:
                self._reject(record, "bad_value", None, str(error))
        return found


def _of(topic: str, batch: Batch) -> list[Record]:
    return [record for partition, records in batch.items() if partition.topic == topic for record in records]


def _read_tally(record: Record) -> Any:  # noqa: ANN401 (a Tally or a Frame, told apart where it is used)
    value = decode_tally(record.key or b"", record.value or b"")
    if any(isinstance(number, int) and abs(number) >= _LARGEST_TOTAL for number in _bounded(value)):
        raise ValueError("expected numbers of 64 bits")
    if value["partition"] != record.partition:
        raise ValueError("expected the totals of a partition in the partition of that number")
    return value


def _bounded(value: Any) -> list[Any]:  # noqa: ANN401 (as _read_tally)
    return [number for name, number in value.items() if name != "checksum"]


def _read_minute(record: Record) -> Any:  # noqa: ANN401 (one signature for all readers)
    return decode_minute(record.value or b"")


def _read_rejection(record: Record) -> Any:  # noqa: ANN401 (as _read_minute)
    return decode_rejection(record.value or b"")


def _read_milestone(record: Record) -> Any:  # noqa: ANN401 (as _read_minute)
    return decode_milestone(record.key or b"", record.value or b"")


def _read_event(record: Record) -> Any:  # noqa: ANN401 (as _read_minute)
    event = decode_event(record.value or b"")
    date.fromisoformat(event["date"])  # a day that no month has is refused here, not by the whole block
    return event
