"""Letters, what was held, events and milestones, from ClickHouse's truth back onto Kafka, for a log that was lost."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import chain
from typing import Any, Final, NamedTuple

import kafka
from clickhouse_connect.driver.client import Client

from deploy.stored import count_events, count_held, count_milestones, held_records, stored_events, stored_milestones
from deploy.topics import open_topics
from producers.publisher import Outgoing
from producers.records import event_record, held_record, letter_record
from schemas.crossing import Crossing, Delivery, milestone_key
from schemas.environment import Environment
from schemas.epoch import Epoch
from schemas.report import NO_EVENT, LetterReport
from schemas.topics import LETTERS, MILESTONES, TOPIC
from schemas.wire import HEADERS, encode

_COLUMNS: Final = (
    "toString(report_id), revision, withdrawn, toString(participant), campaign, case, event, country, channel, source, "
    "kind, letters, toUnixTimestamp64Milli(written_at), toUnixTimestamp64Milli(received_at)"
)
_NAMES: Final = tuple(LetterReport.__annotations__)
_AT_ONCE: Final = 10_000


class Stored(NamedTuple):
    """What ClickHouse has: the newest epoch that it knows (0 for none), its logs, how many records of each kind.

    An epoch has two logs where a lost one was taken for the first; one that is not noted yet has none.
    """

    epoch: int
    logs: frozenset[str]
    reports: int
    held: int = 0
    events: int = 0
    milestones: int = 0

    @property
    def records(self) -> int:
        """How many records a log that was lost gets back."""
        return self.reports + self.held + self.events + self.milestones


NOTHING: Final = Stored(0, frozenset(), 0)


def what_is_stored(client: Client) -> Stored:
    """Return what ClickHouse has; one without our tables, or without the database, has nothing."""
    tables = f"SELECT arrayStringConcat(groupArray(name), ',') FROM system.tables WHERE database = '{client.database}'"  # noqa: S608 (our own)
    names = str(client.command(tables, use_database=False)).split(",")
    if "letter_reports" not in names:
        return NOTHING
    rows = client.query(
        "SELECT greatest((SELECT max(epoch) FROM epochs), (SELECT max(epoch) FROM letter_reports)) AS newest, "
        "(SELECT groupUniqArray(log_id) FROM epochs WHERE epoch = newest), "
        "(SELECT count() FROM letter_reports FINAL)"
    )
    epoch, logs, reports = rows.result_rows[0]
    held = count_held(client) if "held_verdicts" in names else 0
    events = count_events(client) if "letter_events" in names else 0
    milestones = count_milestones(client) if "milestone_deliveries" in names else 0
    return Stored(int(epoch), frozenset(logs), int(reports), held, events, milestones)


def open_or_restore(client: Client, environment: Environment, say: Callable[[int, int], None]) -> Epoch:
    """Return the epoch of this log; a log without one that has less than ClickHouse gets the truth back first.

    `say` is told how many records of how many are on Kafka. Readers show the new epoch once it has them all: killed
    before that, it is run again from the beginning, and what was sent twice is counted once.
    """
    stored = what_is_stored(client)
    _, epoch = open_topics(environment, after_epoch=stored.epoch, of_logs=stored.logs, is_complete=stored.records == 0)
    if epoch["complete_at"] is not None:
        return epoch
    say(0, stored.records)
    # Events first: whoever takes reports while this runs may ask for them.
    events = map(event_record, stored_events(client)) if stored.events else ()
    # Milestones as well: once the numbers are shown again, whoever tells them must know what was told.
    milestones = map(_milestone_record, stored_milestones(client)) if stored.milestones else ()
    records = chain(events, milestones, _reports(client), map(held_record, held_records(client)))
    ends = _send(records, environment, lambda done: say(done, stored.records))
    return open_topics(environment, complete_at=ends)[1]


def _milestone_record(said: Crossing | Delivery) -> Outgoing:
    return Outgoing(MILESTONES.name, milestone_key(said), encode(said))


def _reports(client: Client) -> Iterator[Outgoing]:
    with client.query_row_block_stream(f"SELECT {_COLUMNS} FROM letter_reports FINAL") as blocks:  # noqa: S608 (ours)
        for block in blocks:
            for row in block:
                report: LetterReport = dict(zip(_NAMES, row, strict=True))  # type: ignore[assignment]  # in its order
                report["event"] = None if report["event"] == NO_EVENT else report["event"]
                yield letter_record(report)


def _send(records: Iterable[Outgoing], environment: Environment, say: Callable[[int], None]) -> list[int]:
    """Send every record, acknowledged, and return each partition's end of the letters that were sent."""
    ends = [0] * environment.partitions
    done = 0
    waiting: list[Any] = []
    producer = kafka.KafkaProducer(
        allow_auto_create_topics=False,
        bootstrap_servers=environment.kafka,
        acks="all",
        enable_idempotence=True,
        linger_ms=20,
        batch_size=256 << 10,
        metrics_enabled=False,
    )
    with closing(producer):
        for topic, key, value in records:
            home = TOPIC[topic].home_of(key, environment.partitions)
            waiting.append(producer.send(topic, value, key, HEADERS, home))
            if len(waiting) == _AT_ONCE:
                done += _settle(waiting, ends)
                say(done)
        done += _settle(waiting, ends)
        say(done)
    return ends


def _settle(waiting: list[Any], ends: list[int]) -> int:
    settled = len(waiting)
    for sent in waiting:
        metadata = sent.get(timeout=60)
        if metadata.topic == LETTERS.name:
            ends[metadata.partition] = max(ends[metadata.partition], metadata.offset + 1)
    waiting.clear()
    return settled
