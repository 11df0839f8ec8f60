"""Letters from ClickHouse's truth back onto Kafka, for a log that was lost."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, Final, NamedTuple

import kafka
from clickhouse_connect.driver.client import Client

from deploy.topics import open_topics
from schemas.environment import Environment
from schemas.epoch import Epoch
from schemas.partition import partition_of
from schemas.report import NO_EVENT, LetterReport
from schemas.topics import LETTERS
from schemas.wire import HEADERS, encode

_COLUMNS: Final = (
    "toString(report_id), revision, withdrawn, toString(participant), campaign, case, event, country, channel, source, "
    "kind, letters, toUnixTimestamp64Milli(written_at), toUnixTimestamp64Milli(received_at)"
)
_NAMES: Final = tuple(LetterReport.__annotations__)
_AT_ONCE: Final = 10_000


class Stored(NamedTuple):
    """What ClickHouse has: the newest epoch that it knows, 0 for none, and how many reports."""

    epoch: int
    reports: int


def what_is_stored(client: Client) -> Stored:
    """Return what ClickHouse has; one without our tables has nothing."""
    tables = f"SELECT count() FROM system.tables WHERE database = '{client.database}' AND name = 'letter_reports'"  # noqa: S608 (our own)
    if not client.query(tables).result_rows[0][0]:
        return Stored(0, 0)
    rows = client.query(
        "SELECT greatest((SELECT max(epoch) FROM epochs), (SELECT max(epoch) FROM letter_reports)), "
        "(SELECT count() FROM letter_reports FINAL)"
    )
    return Stored(*map(int, rows.result_rows[0]))


def open_or_restore(client: Client, environment: Environment, say: Callable[[int, int], None]) -> Epoch:
    """Return the epoch of this log; a log without one that has less than ClickHouse gets the truth back first.

    `say` is told how many reports of how many are on Kafka. Readers show the new epoch once it has them all: killed
    before that, it is run again from the beginning, and what was sent twice is counted once.
    """
    stored = what_is_stored(client)
    _, epoch = open_topics(environment, after_epoch=stored.epoch, is_complete=stored.reports == 0)
    if epoch["complete_at"] is not None:
        return epoch
    say(0, stored.reports)
    ends = _send(_reports(client), environment, lambda done: say(done, stored.reports))
    return open_topics(environment, complete_at=ends)[1]


def _reports(client: Client) -> Iterator[LetterReport]:
    with client.query_row_block_stream(f"SELECT {_COLUMNS} FROM letter_reports FINAL") as blocks:  # noqa: S608 (ours)
        for block in blocks:
            for row in block:
                report = dict(zip(_NAMES, row, strict=True))
                report["event"] = None if report["event"] == NO_EVENT else report["event"]
                yield report  # type: ignore[misc]  # the columns are those of a report, in its order


def _send(reports: Iterator[LetterReport], environment: Environment, say: Callable[[int], None]) -> list[int]:
    """Send every report, acknowledged, and return each partition's end of what was sent."""
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
        for report in reports:
            key = report["report_id"].encode()
            home = partition_of(key, environment.partitions)
            waiting.append(producer.send(LETTERS.name, key=key, value=encode(report), headers=HEADERS, partition=home))
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
        ends[metadata.partition] = max(ends[metadata.partition], metadata.offset + 1)
    waiting.clear()
    return settled
