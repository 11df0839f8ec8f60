"""Finds the rows that ClickHouse refuses, names them on `rejected`, and stores the rest."""

import time
from collections.abc import Callable
from contextlib import closing
from typing import Final

import kafka

from schemas.metrics import REFUSED
from schemas.operations import log_of
from schemas.rejection import Reason, Rejection, text_of
from schemas.topics import REJECTED
from schemas.wire import HEADERS, encode
from sinks.clickhouse.insert import Refused, Store
from sinks.clickhouse.rows import Record, Rows

_ACKNOWLEDGE_SECONDS: Final = 30
_log: Final = log_of("clickhouse")
Reject = Callable[[Record, Reason, str | None, str], None]
"""Names a record, a reason, a field and a detail; returns once the rejection is safe."""


def insert_what_is_taken(store: Store, rows: Rows, reject: Reject) -> None:
    """Store every row that ClickHouse takes, halving the block until each row that it refuses stands alone."""
    try:
        store.insert(rows.table, rows.columns)
    except Refused as refused:
        count = len(rows.records)
        if count == 1:
            reject(rows.records[0], "refused_by_sink", None, f"{rows.table}: {refused}")
            return
        insert_what_is_taken(store, rows.part(0, count // 2), reject)
        insert_what_is_taken(store, rows.part(count // 2, count), reject)


def origin_of(record: Record) -> str:
    """Return `topic/partition/offset`."""
    return f"{record.topic}/{record.partition}/{record.offset}"


def reject_to(servers: str) -> Reject:
    """Return a function that writes a rejection to `rejected` and raises KafkaError where it was not acknowledged."""

    def reject(record: Record, reason: Reason, field: str | None, detail: str) -> None:
        REFUSED.labels("clickhouse", reason).inc()
        _log.error("record_refused", origin=origin_of(record), reason=reason, detail=detail)
        if record.topic == REJECTED.name:
            return  # it stays on `rejected`, and a rejection of a rejection would come round here for ever
        rejection = Rejection(
            origin=origin_of(record),
            reason=reason,
            field=field,
            detail=detail,
            value=text_of(record.value),
            rejected_at=time.time_ns() // 1_000_000,
        )
        _send(servers, rejection)

    return reject


def _send(servers: str, rejection: Rejection) -> None:
    # A producer of its own each time: this is rare, and an idle one would cost a connection and a thread.
    with closing(
        kafka.KafkaProducer(
            allow_auto_create_topics=False,
            bootstrap_servers=servers,
            acks="all",
            enable_idempotence=True,
            metrics_enabled=False,
        )
    ) as producer:
        acknowledged = producer.send(
            REJECTED.name, key=rejection["origin"].encode(), value=encode(rejection), headers=HEADERS
        )
        acknowledged.get(timeout=_ACKNOWLEDGE_SECONDS)
