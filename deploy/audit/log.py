"""One partition of `letters`, read from its first record to a version."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Final

import kafka

from deploy.audit.history import History
from schemas.partition import partitions_of
from schemas.topics import LETTERS
from schemas.wire import Refusal, decode_report
from sinks.clickhouse.rows import Record

_PATIENCE_SECONDS: Final = 60.0
_AT_ONCE: Final = 5000


class AuditError(Exception):
    """There is no audit; the message says why and what to do."""


def read_history(servers: str, partition: int, partitions: int, version: int, say: Callable[[int], None]) -> History:
    """Return what the first `version` records of a partition have said; raises AuditError where they are not all there.

    What a count worker rejects is passed over, as it does. `say` is told how many records were read.
    """
    history = History()
    topic = kafka.TopicPartition(LETTERS.name, partition)
    consumer = kafka.KafkaConsumer(
        allow_auto_create_topics=False,
        bootstrap_servers=servers,
        enable_auto_commit=False,
        max_poll_records=_AT_ONCE,
    )
    with closing(consumer):
        consumer.assign([topic])
        if version and (begin := consumer.beginning_offsets([topic])[topic]):
            raise AuditError(
                f"partition {partition} of letters begins with offset {begin}, not 0: what lay before is lost to an "
                "audit. The topic must keep all (retention.ms = -1); `tally restore` fills a new log from ClickHouse"
            )
        consumer.seek(topic, 0)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (position := consumer.position(topic)) < version:
            if records := consumer.poll(timeout_ms=200).get(topic):
                deadline = time.monotonic() + _PATIENCE_SECONDS
                _take(history, [record for record in records if record.offset < version], partitions)
            say(min(consumer.position(topic), version))
            if time.monotonic() > deadline:
                raise AuditError(
                    f"Kafka hands out no more of partition {partition} of letters after offset {position}: is it well?"
                )
    return history


def _take(history: History, records: Sequence[Record], partitions: int) -> None:
    read = [(record, decode_report(record.key, record.value, record.headers)) for record in records]
    found = [(record, report) for record, report in read if not isinstance(report, Refusal)]
    right = partitions_of([report["report_id"].encode() for _, report in found], partitions).tolist() if found else []
    for (record, report), partition in zip(found, right, strict=True):
        if record.partition == partition:
            history.add(record.offset, report)
