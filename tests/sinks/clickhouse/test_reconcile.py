"""Truth against totals, while letters come in: a real count worker, sink, broker and ClickHouse."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any
from uuid import UUID

import kafka
import pytest
from clickhouse_connect.driver.client import Client
from kafka import TopicPartition

from schemas.partition import partition_of
from schemas.wire import HEADERS, encode
from sinks.clickhouse.reconcile import Log, ReconcileError, _read_truth, reconcile

PARTITIONS = 3


@pytest.fixture
def stages(broker: str, url: str, tables: Client, tmp_path: Path) -> Iterator[str]:  # noqa: ARG001 (tables: migrated)
    settings = {"TALLY_KAFKA": broker, "TALLY_CLICKHOUSE": url, "TALLY_PARTITIONS": str(PARTITIONS)}
    more = {"TALLY_STATE": str(tmp_path), "TALLY_SESSION_TIMEOUT_SECONDS": "6"}
    # A keyframe would heal the total that the test spoils.
    more["TALLY_KEYFRAME_INTERVAL_SECONDS"] = "3600"
    started = [
        subprocess.Popen([sys.executable, "-m", module], env=os.environ | settings | more)
        for module in ("streams", "sinks.clickhouse")
    ]
    yield broker
    for process in started:
        process.kill()
        process.wait()


def change(random: Random) -> dict[str, Any]:
    """Return an original, a correction or a withdrawal of one of a few reports, so that most have a history."""
    return {
        "report_id": str(UUID(int=random.randrange(400))),
        "revision": random.randrange(6),
        "withdrawn": random.random() < 0.2,
        "participant": None,
        "campaign": "wfr",
        "case": random.choice(["ana", "ben"]),
        "event": random.choice([None, "school"]),
        "country": random.choice(["DE", "ZZ"]),
        "channel": "web",
        "source": "form",
        "kind": "card",
        "letters": random.randrange(4),
        "written_at": None,
        "received_at": time.time_ns() // 1_000_000,
    }


def produce(broker: str, stop: Event) -> None:
    random = Random(7)
    with closing(
        kafka.KafkaProducer(
            allow_auto_create_topics=False, bootstrap_servers=broker, acks="all", enable_idempotence=True
        )
    ) as producer:
        while not stop.wait(0.005):
            report = change(random)
            key = report["report_id"].encode()
            where = partition_of(key, PARTITIONS)
            producer.send("letters", partition=where, key=key, value=encode(report), headers=HEADERS)
        producer.flush()


def has_arrived(broker: str, tables: Client) -> bool:
    """Return whether the newest frames are those of the log's end: no emission is on its way."""
    partitions = [TopicPartition("letters", partition) for partition in range(PARTITIONS)]
    with closing(
        kafka.KafkaConsumer(allow_auto_create_topics=False, bootstrap_servers=broker, enable_auto_commit=False)
    ) as consumer:
        end = sum(consumer.end_offsets(partitions).values())
    return bool(tables.query("SELECT sum(version) FROM frames FINAL").result_rows[0][0] == end)


def test_truth_and_totals_agree_while_letters_come_in(stages: str, tables: Client) -> None:
    """Under a stream of originals, corrections and withdrawals nothing differs; a total that is off by one does."""
    stop = Event()
    producing = Thread(target=produce, args=(stages, stop))
    producing.start()
    try:
        deadline = time.monotonic() + 60
        while not tables.query("SELECT count() FROM tallies").result_rows[0][0]:
            assert time.monotonic() < deadline, "nothing was counted"
            time.sleep(0.2)
        for _ in range(5):
            assert reconcile(tables, stages, 1, PARTITIONS) == []
        assert tables.query("SELECT sum(letters) FROM tallies FINAL").result_rows[0][0] > 0
    finally:
        stop.set()
        producing.join()
    deadline = time.monotonic() + 60
    while not has_arrived(stages, tables):
        assert time.monotonic() < deadline, "the last totals did not arrive"
        time.sleep(0.2)
    assert reconcile(tables, stages, 1, PARTITIONS) == []
    names = ["campaign", "scope", "member", "epoch", "partition", "version", "letters", "reports"]
    query = "FROM tallies FINAL SELECT campaign, scope, member, epoch, partition, version, letters, reports "
    one = "WHERE scope = 'case' AND member = 'ana' ORDER BY partition LIMIT 1"
    wrong = tables.query(query + one).result_rows[0]
    tables.insert("tallies", [[*wrong[:6], wrong[6] + 1, wrong[7]]], column_names=names)
    found = reconcile(tables, stages, 1, PARTITIONS)
    assert [(d.partition, d.total, d.letters, d.reports) for d in found] == [(wrong[4], ("wfr", "case", "ana"), -1, 0)]


def test_what_cannot_be_compared_is_an_error(tables: Client, broker: str) -> None:
    """Where totals never reach what is stored, the answer is an error that names the partition, not agreement."""
    columns = ["report_id", "epoch", "partition", "offset", "version", "letters"]
    tables.insert("letter_reports", [[UUID(int=1), 1, 2, 8, 1, 1]], column_names=columns)
    with pytest.raises(ReconcileError, match=r"\[2\]"):
        reconcile(tables, broker, 1, PARTITIONS, seconds=1)


def test_every_id_of_the_window_is_named_singly(tables: Client) -> None:
    """What stands of a report in the window is returned beside the sums, be its id the nil UUID."""
    report = change(Random(1)) | {"report_id": str(UUID(int=0))}
    names = ["report_id", "revision", "campaign", "case", "event", "country", "channel", "kind", "letters", "epoch"]
    row = [UUID(int=0), 4, "wfr", "ana", "none", "DE", "web", "card", 3, 1]
    tables.insert("letter_reports", [[*row, 0, 5, 1]], column_names=[*names, "partition", "offset", "version"])
    truth = _read_truth(tables, 1, {0: Log(6, 7, [(6, report)])})[0]  # type: ignore[list-item]  # a report's dict
    assert {name: (stands.revision, stands.letters) for name, stands in truth.standing.items()} == {
        report["report_id"]: (4, 3)
    }
    assert truth.sums["wfr", "world", "all"] == (3, 1)
    assert truth.next_offset == 6
